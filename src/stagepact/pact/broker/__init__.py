"""What is told to a broker and asked of it."""
