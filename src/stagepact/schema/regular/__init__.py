"""Regular expressions as languages: parsed, intersected, complemented, compared, and written out.

ECMA-262 in Unicode mode, the dialect that JSON Schema asks for (2020-12 core, section 6.4).
"""

from stagepact.schema.regular.characters import NotRegular
from stagepact.schema.regular.language import Language, missing_from, missing_from_all

__all__ = ["Language", "NotRegular", "missing_from", "missing_from_all"]
