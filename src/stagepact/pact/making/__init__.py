"""Pacts made from contracts: `consumes:` → pact files, and what Pact can't say of it.

`parties` is the whole: documents → files. An `example` is made of each schema and `demands` makes
rules for it; both walk through the shape that the schema engine makes of the schema. What the
schema promises and the rules don't is a `loss`.
"""
