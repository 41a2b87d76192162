"""What can't be told here: neither a match nor a mismatch, with the reason."""


class Undecided(Exception):  # noqa: N818 - it is no error, but an answer
    """What the native matcher leaves to the official engine; the text is the reason."""
