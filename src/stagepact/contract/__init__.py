"""The contract language: documents become frozen values whose every part knows its place."""
