"""The web client of the voice service: a consumer of `voice-api`."""
