"""Contracts → a server that answers as they declare: an ASGI app, and what it decides, pure."""
