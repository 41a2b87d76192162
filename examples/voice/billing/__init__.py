"""What runs of the voice pipeline cost: a consumer of the events of `voice-pipeline`."""
