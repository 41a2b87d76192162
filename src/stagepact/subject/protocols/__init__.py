"""Protocols that several adapters speak; values and rules, no I/O of their own."""
