"""Whether versions fit, asked of git."""
