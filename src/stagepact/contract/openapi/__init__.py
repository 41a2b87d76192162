"""OpenAPI documents (2.0 to 3.2) as operations of the contract language; nothing is fetched."""

from stagepact.contract.openapi.read import Described, Description, Server, describe

__all__ = ["Described", "Description", "Server", "describe"]
