"""Pacts: what a consumer expects of a provider, read from pact files and compared natively.

`files` reads a pact file into the values of `model`; `matching` holds a request, a response or a
message against what such a value expects. Nothing here runs a provider or opens a socket.
"""
