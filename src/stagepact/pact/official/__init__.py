"""The official engine, and how it is asked."""
