"""The official engine verifies interactions one by one, and whatever happens is told."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stagepact.contract.source import Json
from stagepact.pact.files import body_of, parse_pact
from stagepact.pact.mismatch import Comparison, Mismatch
from stagepact.pact.model import Message
from stagepact.pact.official import engine as official_engine
from stagepact.pact.official import results as official_results
from stagepact.pact.official.engine import Engine
from stagepact.pact.official.verifier import Written, match_messages, verify_response
from stagepact.pact.verifying.lacking import EngineError
from stagepact.subject.protocols.http import WireRequest, WireResponse

JSON = "application/json"
OK = WireResponse(200)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    """An engine whose process runs this code instead."""
    made: list[Engine] = []

    def make(code: str) -> Engine:
        script = tmp_path / "engine.py"
        script.write_text(code)
        made.append(Engine(script))
        return made[-1]

    yield make
    for each in made:
        each.close()


def answering(
    response: WireResponse | BaseException, heard: list[WireRequest]
) -> Callable[[WireRequest], Awaitable[WireResponse]]:
    async def send(request: WireRequest) -> WireResponse:
        heard.append(request)
        if isinstance(response, BaseException):
            raise response
        return response

    return send


def of(document: dict[str, Any], number: int = 0) -> Written:
    return Written(document, parse_pact(json.dumps(document), "pacts/ui-api.json"), number)


def asked(
    engine: Engine,
    document: dict[str, Any],
    response: WireResponse | BaseException = OK,
    number: int = 0,
    **given: Json,
) -> tuple[Comparison, list[WireRequest]]:
    heard: list[WireRequest] = []
    send = answering(response, heard)
    _, compared = asyncio.run(verify_response(engine, of(document, number), given, send))
    return compared, heard


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


def message(value: Json) -> Message:
    return Message(body_of(json.dumps(value).encode(), JSON))


def where(compared: Comparison) -> list[tuple[str, str]]:
    return [(each.part, each.path) for each in compared.mismatches]


def test_the_provider_is_asked_once_and_its_response_is_judged(engine: Engine) -> None:
    compared, heard = asked(engine, document("4.0", get("one")))
    assert compared == Comparison()
    assert [(each.method, each.target) for each in heard] == [("GET", "/x")]
    compared, _ = asked(engine, document("4.0", get("one", 404)))
    assert where(compared) == [("status", "")]


def test_one_process_verifies_one_interaction_after_the_other(engine: Engine) -> None:
    asked(engine, document("4.0", get("one")))
    (first,) = engine._idle
    asked(engine, document("4.0", get("two")))
    assert engine._idle == [first]


def test_what_the_provider_raises_is_raised_and_the_engine_goes_on(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        asked(engine, document("4.0", get("one")), ZeroDivisionError())
    assert len(engine._idle) == 1
    assert asked(engine, document("4.0", get("one")))[0].matches


def test_a_provider_that_is_broken_into_ends_the_process_and_the_next_starts(
    engine: Engine,
) -> None:
    with pytest.raises(KeyboardInterrupt):
        asked(engine, document("4.0", get("one")), KeyboardInterrupt())
    assert engine._idle == []
    assert asked(engine, document("4.0", get("one")))[0].matches


def test_a_verification_that_is_cancelled_ends_the_process(engine: Engine) -> None:
    async def run() -> None:
        begun = asyncio.Event()

        async def send(request: WireRequest) -> WireResponse:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

        written = of(document("4.0", get("one")))
        task = asyncio.create_task(verify_response(engine, written, {}, send))
        await begun.wait()
        assert engine._idle == []
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert engine._idle == []


def test_two_verifications_at_once_have_a_process_each(engine: Engine) -> None:
    async def send(request: WireRequest) -> WireResponse:
        await asyncio.sleep(0)
        return WireResponse(200)

    async def run() -> list[tuple[WireResponse, Comparison]]:
        found = (
            of(document("4.0", get(name, status))) for name, status in (("a", 200), ("b", 404))
        )
        return await asyncio.gather(*(verify_response(engine, each, {}, send) for each in found))

    (_, kept), (_, broken) = asyncio.run(run())
    assert (kept.matches, broken.matches) == (True, False)


def test_a_request_and_a_message_of_one_description_are_told_apart(engine: Engine) -> None:
    written = document("4.0", get("done"), sent("done", {"a": 1}))
    assert asked(engine, written)[0].matches
    compared = match_messages(engine, of(written, 1), (message({"a": "x"}),))
    assert where(compared) == [("body", "$.a")]


def test_one_description_in_two_states_is_two_interactions(engine: Engine) -> None:
    states = [{"providerStates": [{"name": name}]} for name in ("there", "gone")]
    written = document("3.0.0", get("get", **states[0]), get("get", 404, **states[1]))
    verdicts = [asked(engine, written, number=number)[0].matches for number in (0, 1)]
    assert verdicts == [True, False]


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "2.0.0", "3.0.0"])
def test_files_of_old_versions_are_verified(engine: Engine, version: str) -> None:
    written = document(version, get("one", providerState="there"), get("two", 404))
    verdicts = [asked(engine, written, number=number)[0].matches for number in (0, 1)]
    assert verdicts == [True, False]


def test_requests_and_messages_in_one_file_of_version_3_are_all_verified(engine: Engine) -> None:
    told = {"description": "told", "contents": {"a": 1}, "metaData": {"contentType": JSON}}
    written = document("3.0.0", get("one"), messages=[told])
    assert asked(engine, written)[0].matches
    assert match_messages(engine, of(written, 1), (message({"a": 1}),)).matches
    compared = match_messages(engine, of(written, 1), (message({"a": 2}),))
    assert where(compared) == [("body", "$.a")]


def test_what_states_gave_goes_into_the_request(engine: Engine) -> None:
    generated = {"path": {"type": "ProviderState", "expression": "/x/${id}/${by}"}}
    states = [{"name": "there", "params": {"by": "unused"}}]
    written = document("4.0", get("one", providerStates=states, request={"generators": generated}))
    _, heard = asked(engine, written, id="o-9", by="state")
    assert [each.target for each in heard] == ["/x/o-9/state"]


def test_a_redirect_is_judged_and_not_followed(engine: Engine) -> None:
    response = WireResponse(302, (("location", "/elsewhere"),))
    compared, heard = asked(engine, document("4.0", get("one", 302)), response)
    assert compared.matches
    assert len(heard) == 1


def test_a_server_error_is_judged_and_not_tried_again(engine: Engine) -> None:
    compared, heard = asked(engine, document("4.0", get("one", 503)), WireResponse(503))
    assert compared.matches
    assert len(heard) == 1


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "OPTIONS"])
def test_any_method_arrives(engine: Engine, method: str) -> None:
    compared, heard = asked(engine, document("4.0", get("one", request={"method": method})))
    assert compared.matches
    assert [each.method for each in heard] == [method]


def synchronous(*responses: Json) -> dict[str, Any]:
    told = [
        {"contents": {"contentType": JSON, "encoded": False, "content": each}}
        for each in ({"ask": 1}, *responses)
    ]
    kind = "Synchronous/Messages"
    return {"type": kind, "description": "ask", "request": told[0], "response": told[1:]}


def test_the_answer_to_a_message_is_judged(engine: Engine) -> None:
    written = of(document("4.0", synchronous({"a": 1})))
    assert match_messages(engine, written, (message({"a": 1}),)).matches
    compared = match_messages(engine, written, (message({"a": 2}),))
    assert where(compared) == [("body", "$.a")]


def test_two_answers_to_one_message_are_undecided(engine: Engine) -> None:
    written = of(document("4.0", synchronous({"a": 1}, {"a": 2})))
    compared = match_messages(engine, written, (message({"a": 1}), message({"a": 2})))
    assert compared.undecided == ("the official engine compares one answer to a message",)


def test_an_engine_that_breaks_down_is_told(broken: Callable[[str], Engine]) -> None:
    engine = broken("raise SystemError('no native library')")
    with pytest.raises(EngineError) as told:
        asked(engine, document("4.0", get("one")))
    expected = "the official engine ended with 1: SystemError: no native library"
    assert str(told.value) == expected


def test_an_engine_that_is_killed_is_told(broken: Callable[[str], Engine]) -> None:
    engine = broken("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(EngineError, match="ended with -9: without a word"):
        asked(engine, document("4.0", get("one")))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    engine = Engine()
    asked(engine, document("4.0", get("one")))
    (process,) = engine._idle
    assert len([*tmp_path.iterdir()]) == 1
    engine.close()
    assert [*tmp_path.iterdir()] == []
    assert process._popen.returncode is not None


def test_an_engine_that_hangs_is_killed(broken: Callable[[str], Engine]) -> None:
    engine = broken("import time\ntime.sleep(600)")
    engine.seconds = 0.2
    with pytest.raises(EngineError, match=r"^the official engine said nothing for 0\.2 s$"):
        asked(engine, document("4.0", get("one")))


@pytest.mark.parametrize(
    ("results", "why"),
    [
        ("{}", "nor a reason"),
        ("{'errors': [{'mismatch': {'message': 'no such file'}}]}", "no such file"),
    ],
)
def test_an_engine_without_a_result_is_told(
    broken: Callable[[str], Engine], results: str, why: str
) -> None:
    engine = broken(f"import json\ninput()\nprint(json.dumps({{'results': {results}}}))")
    with pytest.raises(EngineError, match=f"gave no result: {why}"):
        asked(engine, document("4.0", get("one")))


def test_an_engine_that_never_asks_is_told(broken: Callable[[str], Engine]) -> None:
    found = "{'interactionResults': [{'result': 'OK'}]}"
    engine = broken(f"import json\ninput()\nprint(json.dumps({{'results': {found}}}))")
    with pytest.raises(EngineError, match="never asked the provider"):
        asked(engine, document("4.0", get("one")))


def test_where_it_is_not_installed_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert official_engine.absent() == ""
    monkeypatch.setattr(official_engine, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"not installed: pip install 'stagepact\[pact\]'"):
        asked(Engine(), document("4.0", get("one")))


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
