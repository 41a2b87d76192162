"""What an interaction can't be run for: its run raises one of these, and the clause is broken."""


class StateError(Exception):
    """A state doesn't hold: nothing brings it about, or what should has raised."""


class EngineError(Exception):
    """The official engine gave no result: it isn't there, or it broke down."""


class ProducerError(Exception):
    """Nothing produces a message."""
