"""Consumers, given all that their pacts permit."""
