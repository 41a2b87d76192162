"""Resources of a service, seen from its paths and schemas, and the laws that they are held to."""

from stagepact.contract.resources.clauses import service_laws
from stagepact.contract.resources.conservation import ConservationValue, conservation_clauses
from stagepact.contract.resources.found import resources
from stagepact.contract.resources.laws import LAWS, ServiceLaw
from stagepact.contract.resources.resource import Range, Resource, is_number

__all__ = [
    "LAWS",
    "ConservationValue",
    "Range",
    "Resource",
    "ServiceLaw",
    "conservation_clauses",
    "is_number",
    "resources",
    "service_laws",
]
