"""The mutants by kind of clause: each clause turned wrong on purpose, to see whether it breaks."""
