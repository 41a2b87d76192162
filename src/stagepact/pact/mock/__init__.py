"""A provider in a consumer's tests: it answers as pacts say, and notes what it was asked.

`provider` decides, without I/O; `wire` is its form on the wire; each way to it has a module.
"""
