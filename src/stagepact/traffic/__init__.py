"""Recorded HTTP traffic → a first contract: pure, but for the proxy that records."""
