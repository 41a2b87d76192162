"""The two consumers read what their pacts say, without the service and the pipeline.

The fixture `pact` is stagepact's, and answers as the pact files in `contracts/pacts/` say.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from billing import handlers
from ui import client

ID = "6f1c1f0e-2b57-4c39-9a0a-2d6c5d1b7a11"  # the pact's example


def test_a_session_is_shown_in_the_words_of_people(pact: Any) -> None:
    with pact("voice-api", "GET session that exists") as provider:
        assert client.session(provider.client, ID) == client.SessionView(UUID(ID), "English", 1)


def test_what_is_said_becomes_a_job(pact: Any) -> None:
    with pact("voice-api", "POST what was heard in a session") as provider:
        assert client.ask(provider.client, ID) == (UUID(ID), False)


def test_a_refusal_is_told_by_its_title(pact: Any) -> None:
    with (
        pact("voice-api", "GET session that is not there") as provider,
        pytest.raises(client.RefusedError, match="Not Found"),
    ):
        client.session(provider.client, ID)


def test_a_stage_that_is_done_costs_what_it_took(pact: Any) -> None:
    message = pact.messages("voice-pipeline", "stage.speak.completed")
    message.verify(handlers.stage_completed)
    run = UUID(message.contents["pipeline_run_id"])
    assert handlers.costs.pop(run) == 5 * message.contents["duration_ms"]
