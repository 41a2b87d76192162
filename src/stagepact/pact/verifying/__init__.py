"""What a provider does, held against what its consumers expect."""
