"""By bug, a probe written by hand: whether a service is clean of it."""
