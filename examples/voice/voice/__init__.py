"""A voice assistant: what is heard is transcribed, checked, answered, spoken and kept."""
