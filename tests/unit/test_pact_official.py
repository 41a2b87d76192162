"""The official engine is run once a file, and each interaction has a result of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from stagepact.contract.source import Json
from stagepact.pact import official, official_results
from stagepact.pact.files import body_of, parse_pact
from stagepact.pact.mismatch import Mismatch
from stagepact.pact.model import Interaction, Message
from stagepact.subject.protocols.http import WireRequest, WireResponse

JSON = "application/json"


@dataclass
class Fake:
    """A provider whose answers, messages and states are said by description; it keeps a journal."""

    answers: Mapping[str, WireResponse | BaseException] = field(default_factory=dict)
    made: Mapping[str, Message | BaseException] = field(default_factory=dict)
    states: Mapping[str, Mapping[str, Json] | BaseException] = field(default_factory=dict)
    journal: list[tuple[str, str]] = field(default_factory=list)
    requests: list[WireRequest] = field(default_factory=list)
    asked: list[Message | None] = field(default_factory=list)

    async def enter(self, interaction: Interaction) -> Mapping[str, Json]:
        self.journal.append(("enter", interaction.description))
        return _given(self.states.get(interaction.description, {}))

    async def leave(self, interaction: Interaction) -> None:
        self.journal.append(("leave", interaction.description))

    async def respond(self, interaction: Interaction, request: WireRequest) -> WireResponse:
        self.journal.append(("respond", interaction.description))
        self.requests.append(request)
        return _given(self.answers.get(interaction.description, WireResponse(200)))

    async def produce(self, interaction: Interaction, asked: Message | None) -> Message:
        self.journal.append(("produce", interaction.description))
        self.asked.append(asked)
        return _given(self.made[interaction.description])


def _given(value: Any) -> Any:
    if isinstance(value, BaseException):
        raise value
    return value


def document(version: str, *interactions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "consumer": {"name": "ui"},
        "provider": {"name": "api"},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": version}},
        **more,
    }


def get(description: str, status: int = 200, **more: Any) -> dict[str, Any]:
    request = {"method": "GET", "path": "/x", **more.pop("request", {})}
    return {
        "description": description,
        "request": request,
        "response": {"status": status, **more.pop("response", {})},
        **more,
    }


def sent(description: str, contents: Json, **more: Any) -> dict[str, Any]:
    told = {"contentType": JSON, "encoded": False, "content": contents}
    kind = "Asynchronous/Messages"
    return {"type": kind, "description": description, "contents": told, **more}


def verified(
    written: dict[str, Any],
    provider: Fake,
    chosen: tuple[int, ...] | None = None,
    seconds: float = 30,
) -> list[official.Result]:
    pact = parse_pact(json.dumps(written), "pacts/ui-api.json")
    numbers = range(len(pact.interactions)) if chosen is None else chosen
    found = asyncio.run(official.verify(pact, written, numbers, provider, seconds))
    assert [*found] == [*numbers]
    return [*found.values()]


def message(value: Json) -> Message:
    return Message(body_of(json.dumps(value).encode(), JSON))


def test_a_state_that_raises_is_told_at_once_and_the_next_interaction_is_verified() -> None:
    error = RuntimeError("the database is locked")
    provider = Fake(states={"one": error})
    one, two = verified(document("4.0", get("one"), get("two")), provider)
    assert (one.raised, one.holds) == (error, False)
    assert two == official.Result()
    assert two.holds
    assert provider.journal == [
        ("enter", "one"),
        ("enter", "two"),
        ("respond", "two"),
        ("leave", "two"),
    ]


def test_an_app_that_raises_is_left_and_told() -> None:
    error = ZeroDivisionError("division by zero")
    provider = Fake(answers={"one": error})
    (one,) = verified(document("4.0", get("one")), provider)
    assert one.raised is error
    assert [each.part for each in one.comparison.mismatches] == ["status"]
    assert provider.journal == [("enter", "one"), ("respond", "one"), ("leave", "one")]


def test_an_app_that_ends_the_process_ends_its_interaction() -> None:
    provider = Fake(answers={"one": SystemExit(3)})
    one, two = verified(document("4.0", get("one"), get("two")), provider)
    assert isinstance(one.raised, SystemExit)
    assert two.holds


def test_what_makes_a_message_is_asked_once_also_when_it_raises() -> None:
    error = LookupError("no such order")
    provider = Fake(made={"one": error, "two": message({"a": 1})})
    one, two = verified(document("4.0", sent("one", {"a": 1}), sent("two", {"a": 1})), provider)
    assert (one.raised, one.holds) == (error, False)
    assert two.holds
    assert provider.journal.count(("produce", "one")) == 1


def test_a_request_and_a_message_of_one_description_have_results_of_their_own() -> None:
    provider = Fake(made={"done": message({"a": "x"})})
    written = document("4.0", get("done"), sent("done", {"a": 1}))
    request, told = verified(written, provider)
    assert request.holds
    assert [(each.part, each.path) for each in told.comparison.mismatches] == [("body", "$.a")]


def test_one_description_in_two_states_has_two_results() -> None:
    states = [{"providerStates": [{"name": name}]} for name in ("there", "gone")]
    written = document("3.0.0", get("get", **states[0]), get("get", 404, **states[1]))
    there, gone = verified(written, Fake())
    assert (there.holds, gone.holds) == (True, False)


def test_only_what_is_chosen_is_run() -> None:
    provider = Fake()
    written = document("4.0", get("one"), get("two"), get("three"))
    verified(written, provider, chosen=(2, 0))
    assert [name for what, name in provider.journal if what == "enter"] == ["three", "one"]


def test_nothing_is_started_where_nothing_is_chosen() -> None:
    provider = Fake()
    assert verified(document("4.0", get("one")), provider, chosen=()) == []
    assert provider.journal == []


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "2.0.0"])
def test_files_of_old_versions_have_their_state_as_a_text(version: str) -> None:
    provider = Fake()
    written = document(version, get("one", providerState="there"), get("two", 404))
    one, two = verified(written, provider)
    assert (one.holds, two.holds) == (True, False)
    assert provider.journal[0] == ("enter", "one")


def test_requests_and_messages_in_one_file_of_version_3_are_all_verified() -> None:
    told = {"description": "told", "contents": {"a": 1}, "metaData": {"contentType": JSON}}
    provider = Fake(made={"told": message({"a": 2})})
    one, two = verified(document("3.0.0", get("one"), messages=[told]), provider)
    assert one.holds
    assert [(each.part, each.path) for each in two.comparison.mismatches] == [("body", "$.a")]


def test_what_states_give_goes_into_the_request() -> None:
    generated = {"path": {"type": "ProviderState", "expression": "/x/${id}/${by}"}}
    states = [{"name": "there", "params": {"by": "parameter"}}]
    written = document("4.0", get("one", providerStates=states, request={"generators": generated}))
    provider = Fake(states={"one": {"id": "o-9"}})
    verified(written, provider)
    assert [each.target for each in provider.requests] == ["/x/o-9/parameter"]


def test_a_redirect_is_judged_and_not_followed() -> None:
    provider = Fake(answers={"one": WireResponse(302, (("location", "/elsewhere"),))})
    (one,) = verified(document("4.0", get("one", 302)), provider)
    assert one.holds
    assert len(provider.requests) == 1


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "OPTIONS"])
def test_any_method_arrives(method: str) -> None:
    provider = Fake()
    (one,) = verified(document("4.0", get("one", request={"method": method})), provider)
    assert one.holds
    assert [each.method for each in provider.requests] == [method]


def synchronous(*responses: Json) -> dict[str, Any]:
    told = [
        {"contents": {"contentType": JSON, "encoded": False, "content": each}}
        for each in ({"ask": 1}, *responses)
    ]
    kind = "Synchronous/Messages"
    return {"type": kind, "description": "ask", "request": told[0], "response": told[1:]}


def test_the_answer_to_a_message_is_judged_and_the_message_is_told() -> None:
    provider = Fake(made={"ask": message({"a": 2})})
    (one,) = verified(document("4.0", synchronous({"a": 1})), provider)
    assert [(each.part, each.path) for each in one.comparison.mismatches] == [("body", "$.a")]
    (asked,) = provider.asked
    assert asked is not None
    assert asked.contents.value == {"ask": 1}


def test_two_answers_to_one_message_are_undecided_and_not_run() -> None:
    provider = Fake()
    (one,) = verified(document("4.0", synchronous({"a": 1}, {"a": 2})), provider)
    assert one.comparison.undecided == (
        "the official engine compares one response to a message, not more and not none",
    )
    assert provider.journal == []


def test_a_provider_that_never_answers_is_given_up() -> None:
    class Hanging(Fake):
        cancelled = False

        async def respond(self, interaction: Interaction, request: WireRequest) -> WireResponse:
            if interaction.description == "two":
                return WireResponse(200)
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled = True
            raise AssertionError

    provider = Hanging()
    one, two = verified(document("4.0", get("one"), get("two")), provider, seconds=0.5)
    assert (one.holds, two.holds) == (False, True)
    assert str(one.raised) == "no answer in the time that the official engine waits"
    assert provider.cancelled


def test_an_engine_that_breaks_down_is_told_for_each_interaction(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    script = tmp_path / "broken.py"
    script.write_text("raise SystemError('no native library')")
    monkeypatch.setattr(official, "_SCRIPT", script)
    results = verified(document("4.0", get("one"), get("two")), Fake())
    expected = (
        "the official engine gave no result: its process ended with 1: "
        "SystemError: no native library"
    )
    assert [each.fault for each in results] == [expected, expected]
    assert not any(each.holds for each in results)


def test_an_engine_that_leaves_out_an_interaction_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    script = tmp_path / "silent.py"
    script.write_text(
        "import json, pathlib, sys\n"
        "pathlib.Path(sys.argv[2]).write_text(json.dumps({'interactionResults': []}))\n"
    )
    monkeypatch.setattr(official, "_SCRIPT", script)
    (one,) = verified(document("4.0", get("one")), Fake())
    assert one.fault == "the official engine gave no result: nor a reason"


def test_a_run_that_is_cancelled_kills_the_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    script = tmp_path / "slow.py"
    started = tmp_path / "started"
    script.write_text(
        f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(600)\n"
    )
    monkeypatch.setattr(official, "_SCRIPT", script)
    written = document("4.0", get("one"))
    pact = parse_pact(json.dumps(written), "pacts/ui-api.json")

    async def run() -> None:
        task = asyncio.create_task(official.verify(pact, written, [0], Fake()))
        while not started.exists():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_where_it_is_not_installed_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert official.absent() == ""
    monkeypatch.setattr(official, "find_spec", lambda name: None)
    assert official.absent() == ("pact-python is not installed: pip install 'stagepact[pact]'")


def test_keys_that_are_missing_are_told_one_by_one_and_sorted() -> None:
    status = {"type": "StatusMismatch", "expected": 200, "actual": 404, "mismatch": "not 200"}
    body = {
        "type": "BodyMismatch",
        "path": "$.a",
        "expected": '["x","a b","y"]',
        "actual": '["y"]',
        "mismatch": "Actual map is missing the following keys: a b, x",
    }
    missing = "nothing: the key is missing"
    assert official_results.mismatches([body, status]) == (
        Mismatch("status", "", "200 (not 200)", "404"),
        Mismatch("body", "$.a.x", "a value", missing),
        Mismatch("body", "$.a['a b']", "a value", missing),
    )


def test_a_mismatch_of_a_kind_that_is_not_known_is_told_as_it_is() -> None:
    told = {"type": "NewMismatch", "path": "$.a", "mismatch": "it differs"}
    (found,) = official_results.mismatches([told])
    assert str(found) == "NewMismatch $.a: expected it differs, got something else"
