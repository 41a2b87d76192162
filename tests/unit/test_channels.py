"""Channels: templates, transcripts and laws as values, and small channels that a test writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import pytest
from observations import document, observed
from plans import Make, make, told, verdicts

from stagepact.adapters.sse import Lines
from stagepact.contract.channels import LAWS, LawValue, channel_clauses
from stagepact.contract.clauses import Clause
from stagepact.contract.models import Channel, LawName
from stagepact.errors import ContractError
from stagepact.subject import Output
from stagepact.subject.protocols.channels import (
    ANYTHING,
    Client,
    Heard,
    Published,
    Transcript,
    filled,
    found_at,
    has,
)
from stagepact.subject.protocols.scenarios import SCENARIOS, malformed
from stagepact.verdict import State
from stagepact.verdict.checks import CHECKS
from stagepact.verdict.judge import judge

__all__ = ["make"]


# -- templates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{number}", 3),
        ("no {number} of {topic}", "no 3 of a"),
        ({"n": ["{number}", 1, None]}, {"n": [3, 1, None]}),
        ("{other}", "{other}"),
    ],
)
def test_placeholders_become_values(template: Any, message: Any) -> None:
    assert filled(template, {"number": 3, "topic": "a"}) == message


@pytest.mark.parametrize(
    ("template", "message", "is_so"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": {"b": ANYTHING}}, {"a": {"b": None}}, True),
        ({"a": ANYTHING}, {}, False),
        ({"a": 1}, {"a": True}, False),
        ({}, [], False),
        ("a", "a", True),
    ],
)
def test_a_message_has_what_a_template_says(template: Any, message: Any, is_so: bool) -> None:
    assert has(template, message) is is_so


@pytest.mark.parametrize(
    ("pointer", "found"),
    [("/a/0/b", 1), ("/a/1", None), ("/c~1d", 2), ("/x", None), (None, {"whole": True})],
)
def test_a_pointer_leads_into_a_message(pointer: str | None, found: Any) -> None:
    message = {"a": [{"b": 1}], "c/d": 2} if pointer else {"whole": True}
    assert found_at(pointer, message) == found


def test_a_stream_s_chunks_become_events() -> None:
    """Wherever they are cut; comments and events without data aren't told."""
    lines, text = (
        Lines(),
        b": hi\r\nid: 1\nevent: a\ndata: [1,\ndata:2]\n\nid: 2\n\ndata: \xc3\xa4\n\n",
    )
    found = [event for byte in text for event in lines.events(bytes([byte]))]
    assert found == [{"type": "a", "id": "1", "data": [1, 2]}, {"type": "message", "data": "ä"}]


# -- the language ------------------------------------------------------------------------------


def test_each_law_has_a_promise_a_scenario_and_a_check() -> None:
    laws = set(get_args(get_args(LawName)[0]))
    assert laws == set(LAWS) == set(SCENARIOS)
    assert {f"channels.{law}" for law in laws} == {k for k in CHECKS if k.startswith("channels.")}


def test_a_channel_has_its_clauses_in_the_order_of_the_document() -> None:
    text = """\
    name: a
    channels:
      c:
        bus: "a:b"
        messages: {event: {required: [n]}}
        order: event*
        terminal: [done]
        sequence: {field: n}
        laws: [burst, no-gaps]
    """
    found = channel_clauses(document(text), "c")
    assert [(each.id, each.kind) for each in found] == [
        ("messages.event", "events.payload"),
        ("order", "events.order"),
        ("terminal", "events.terminal"),
        ("sequence", "events.sequence"),
        ("laws.burst", "channels.burst"),
        ("laws.no-gaps", "channels.no-gaps"),
    ]


def test_a_schema_that_is_none_is_told() -> None:
    text = 'name: a\nchannels: {c: {bus: "a:b", messages: {e: {$ref: "#/schemas/No"}}}}'
    with pytest.raises(ContractError):
        channel_clauses(document(text), "c")


@pytest.mark.parametrize("keys", ["{}", "{bus: 'a:b', sse: 'a:b#/c'}", "{bus: 'a:b', laws: [x]}"])
def test_what_is_no_channel_is_told(keys: str, make: Make) -> None:
    assert told(make("", a=f"channels: {{c: {keys}}}"))


# -- laws over transcripts ---------------------------------------------------------------------

CHANNEL: Mapping[str, Any] = {"bus": "a:b", "events": ["e"], "number": "/n", "terminal": ["end"]}


def event(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "e", "n": number, **more}


def client(name: str, *messages: Any, **more: Any) -> Client:
    return Client(name, heard=tuple(Heard(each, 1.0) for each in messages), **more)


def law(name: str, seen: Transcript | None, **keys: Any) -> Any:
    """What the law says of a transcript: what was seen instead, or why it isn't exercised."""
    channel = Channel.model_validate({**CHANNEL, **keys})
    place = channel_clauses(document('name: a\nchannels: {c: {bus: "a:b", laws: [burst]}}'), "c")
    promise = Clause(name, f"channels.{name}", place[0].place, "", LawValue(name, channel))
    found = judge(promise, observed(output=Output(raw=seen)))
    return found if isinstance(found, str) else [each.seen for each in found]


END = {"type": "end"}
SOCKET = {"bus": None, "websocket": "a:b#/ws"}
PUBLISHED = tuple(Published("a", n, f"a.{n}", "speaker", at) for n, at in ((1, 0.0), (2, 2.0)))
OTHERS = {"error": {"type": "error"}}


@pytest.mark.parametrize(
    ("name", "clients", "keys", "seen"),
    [
        ("ordered", [client("subscriber", event(1), event(2), END)], {}, []),
        ("ordered", [client("subscriber", event(1), event(2))], {}, ["none"]),
        ("ordered", [], {}, ["none"]),
        ("ordered", [client("subscriber", event(2), event(1), END)], {}, ["1 after 2"]),
        ("ordered", [client("subscriber", END, event(2))], {}, ['"e"']),
        ("no-duplicates", [client("first", event(1), event(1))], {}, ["1 again"]),
        ("no-duplicates", [client("first")], {}, "no event was heard"),
        ("no-gaps", [client("first", event(1), event(3))], {}, ["3 after 1"]),
        ("no-gaps", [client("first", event(1))], {}, ["1: 1"]),
        ("no-gaps", [], {}, ["0: none"]),
        ("isolated", [client("publisher"), client("here", event(1))], {}, ["1"]),
        (
            "isolated",
            [client("here 0", event(1, t="b"), topics=("a",))],
            {"match": {"topic": "/t"}},
            ['one of "b"'],
        ),
        (
            "survives-malformed",
            [
                client("malformed a", code=1011),
                client("malformed b", answered=False),
                client("malformed c"),
                client("malformed d", {"type": "error"}),
                client("bystander"),
            ],
            OTHERS,
            ["closed by 1011", "nothing is answered", "nothing", "none"],
        ),
        ("resumes", [client("first")], {}, ["none was heard"]),
        ("resumes", [client("first", event(1)), client("again")], {}, ["0: none"]),
        ("resumes", [client("first", event(1)), client("again", event(1))], {}, ["1 again"]),
        (
            "resumes",
            [client("first", event(1)), client("again", event(3), event(2))],
            {},
            ["3, 2"],
        ),
        ("resumes", [client("first", event(3)), client("again", event(4))], {}, []),
        ("burst", [client("subscriber", event(1))], {}, ["1"]),
        ("concurrent", [client("one a", event(1), topics=("a",))], {}, ["1"]),
        (
            "concurrent",
            [client("one a", event(1), event(2), topics=("a",))],
            {"ack": {"type": "ack"}},
            [],
        ),
        ("handshake", [client("guest", accepted=True)], {}, []),
        ("handshake", [client("guest")], {}, ["no answer"]),
        ("handshake", [client("guest", code=403), client("stranger")], {}, ["closed by 403", "an"]),
        (
            "handshake",
            [client("guest", accepted=True)],
            {"bus": None, "sse": "a:b#/c"},
            ["nothing"],
        ),
        ("close-code", [client("stranger")], {"close": {"unauthorised": 1}}, ["an open"]),
        (
            "close-code",
            [client("stranger", code=403, refused=1)],
            {"close": {"unauthorised": 1}},
            [],
        ),
        (
            "close-code",
            [client("stranger", code=403, refused=2)],
            {"close": {"unauthorised": 1}},
            ["HTTP 403: refused before it was accepted, when no code is sent (the app says 2)"],
        ),
        ("subprotocol", [client("guest")], {"subprotocol": "v1"}, ["none"]),
        (
            "subprotocol",
            [client("guest", subprotocol="v1"), client("unoffered", subprotocol="v1")],
            {"subprotocol": "v1", "close": {"subprotocol": 4406}},
            ["v1", "an open"],
        ),
        ("ping", [client("asking", 1)], {"ping": {"send": 1, "answer": {"a": 1}}}, ["1"]),
        ("idle", [client("silent")], {"idle": "1s"}, ["an open"]),
        (
            "idle",
            [client("silent", code=1000, seconds=0.1)],
            {"idle": "1s", "close": {"idle": 4408}},
            ["the code 1000", "one after 100 ms"],
        ),
        (
            "acknowledgement",
            [client("speaker", {"i": "a.1"}, {"i": "a.1"})],
            {"ack": {"i": "{id}"}},
            ["2: "],
        ),
        ("latency", [client("round 0", event(1), topics=("a",))], {"within": "1s"}, ["1"]),
        (
            "latency",
            [client("round 0", event(1), event(2), topics=("a",))],
            {"within": "500ms"},
            ["event 1 took 1000.0 ms"],
        ),
    ],
)
def test_a_law_says_what_was_seen(
    name: str, clients: list[Client], keys: dict[str, Any], seen: str | list[str]
) -> None:
    found = law(name, Transcript(tuple(clients), PUBLISHED), **keys)
    if isinstance(seen, str):
        assert found == seen
    else:
        assert len(found) == len(seen)
        assert all(wanted in each for wanted, each in zip(seen, found, strict=True)), found


def test_a_quantile_of_latencies_needs_its_sample() -> None:
    """Of few events p50 says nothing; of many late ones it is broken."""
    few, many = client("round 0", event(1), topics=("a",)), [event(n) for n in range(60)]
    assert law("latency", Transcript((few,), PUBLISHED[:1]), within={"p50": "1ms"}) == []
    published = tuple(Published("a", n, "", "", 0.0) for n in range(60))
    seen = Transcript((client("round 0", *many, topics=("a",)),), published)
    assert len(law("latency", seen, within={"p50": "1ms"})) == 1


@pytest.mark.parametrize(
    ("counts", "seen"), [((0, 1, 0), []), ((0, 1, 1), ["1"]), ((0, 0, 0), "doesn't show")]
)
def test_subscriptions_are_gone(counts: tuple[int, ...], seen: str | list[str]) -> None:
    found = law("subscriptions-gone", Transcript(counts=counts))
    assert seen in found if isinstance(seen, str) else found == seen


def test_a_scenario_that_could_not_be_played_breaks_its_law() -> None:
    assert law("burst", None) == ["ok"]


# -- channels that a test writes ---------------------------------------------------------------

BUS = """
class Bus:
    def __init__(self):
        self.receivers = {}
        self.number = 0

    async def subscribe(self, topic, receiver):
        self.receivers.setdefault(topic, []).append(receiver)
        return lambda: self.receivers[topic].remove(receiver)

    async def publish(self, topic, message):
        for receiver in self.receivers.get(topic, []):
            receiver(topic, message)

bus = Bus()
nothing = object

class Endless(Bus):
    async def subscribe(self, topic, receiver):
        return None
"""
PAIRS = "match: {type: /1/type, topic: /0}, publish: {type: e, n: '{number}'}, number: /1/n"
EVENTS = "events: e, patience: 10ms"


@pytest.mark.parametrize("name", ["Bus", "bus"])
def test_a_bus_or_what_makes_one_keeps_its_laws(name: str, make: Make) -> None:
    keys = f"bus: 'code_of_plan:{name}', {PAIRS}, {EVENTS}, within: {{p50: 1s}}"
    laws = "no-duplicates, no-gaps, isolated, burst, concurrent, latency"
    plan = make(BUS, a=f"channels: {{c: {{{keys}, laws: [{laws}]}}}}")
    assert {each.state for each in verdicts(plan).values()} == {State.KEPT}


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("laws: [ordered]", "neither `number` nor `terminal`"),
        ("laws: [resumes]", "`number` and `resume`"),
        ("laws: [ping]", "clients of a bus say nothing"),
        ("laws: [survives-malformed]", "clients of a bus say nothing"),
        ("laws: [acknowledgement]", "clients of a bus say nothing"),
        ("laws: [subprotocol]", "clients of a bus say nothing"),
        ("laws: [idle]", "clients of a bus say nothing"),
        ("laws: [handshake]", "nobody connects to a bus"),
        ("laws: [close-code]", "nobody connects to a bus"),
        ("laws: [latency]", "doesn't say `within`"),
        ("laws: [subscriptions-gone], subscriptions: lost", "has no method 'lost'"),
    ],
)
def test_a_law_that_lacks_something_is_not_exercised(keys: str, reason: str, make: Make) -> None:
    plan = make(BUS, a=f"channels: {{c: {{bus: 'code_of_plan:Bus', {keys}}}}}")
    (found,) = verdicts(plan).values()
    assert found.state is State.NOT_EXERCISED
    assert reason in found.reason


@pytest.mark.parametrize(
    ("name", "reason"), [("nothing", "has no `subscribe`"), ("Endless", "doesn't end")]
)
def test_what_makes_no_bus_is_not_exercised(name: str, reason: str, make: Make) -> None:
    plan = make(BUS, a=f"channels: {{c: {{bus: 'code_of_plan:{name}', laws: [burst]}}}}")
    (found,) = verdicts(plan).values()
    assert reason in found.reason


@pytest.mark.parametrize(
    "where", ["bus: 'code_of_plan:lost'", "bus: 'sys:path'", "sse: 'sys:path#/a'"]
)
def test_what_is_no_channel_in_the_code_is_told(where: str, make: Make) -> None:
    plan = make("", a=f"channels: {{c: {{{where}, laws: [burst]}}}}")
    assert told(plan)


def test_an_exception_covers_a_law_and_an_idle_one_is_told(make: Make) -> None:
    entry = "reason: r, issue: i, until: 2099-01-01"
    keys = f"except: [{{clause: laws.burst, {entry}}}, {{clause: laws.bursd, {entry}}}]"
    code = BUS + "\n    async def publish(self, topic, message): raise RuntimeError"
    keys = f"bus: 'code_of_plan:Endless', {EVENTS}, laws: [burst], {keys}"
    found = verdicts(make(code, a=f"channels: {{c: {{{keys}}}}}"))
    assert found["c::laws.burst[bus]"].excepted is not None
    assert "did you mean" in found["c::except.2"].reason


APP = """
import json

async def crashes(scope, receive, send):
    raise ValueError("no")

async def plain(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "late":
            await send({"type": "websocket.send", "bytes": b"1"})
            return
        await send({"type": "websocket.send", "text": message["text"]})

async def deaf(scope, receive, send):
    if scope["type"] != "lifespan":
        await __import__("asyncio").sleep(60)

async def refuses(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 503})
        await send({"type": "http.response.body"})
    else:
        await receive()
        await send({"type": "websocket.close"})
"""
ASKED = "ping: {send: {a: 1}, answer: {a: 1}}, patience: 50ms"


@pytest.mark.parametrize(("code", "seen"), [(1000, []), (403, []), (4401, ["HTTP 403: refused"])])
def test_a_code_before_the_handshake_counts_in_process(
    code: int, seen: list[str], make: Make
) -> None:
    keys = f"credentials: {{a: b}}, close: {{unauthorised: {code}}}, laws: [close-code]"
    plan = make(APP, a=f"channels: {{c: {{websocket: 'code_of_plan:refuses#/ws', {keys}}}}}")
    (found,) = verdicts(plan).values()
    assert [each.seen[:17] for each in found.violations] == seen


@pytest.mark.parametrize(
    ("where", "law", "seen"),
    [
        ("websocket: 'code_of_plan:plain#/ws'", "handshake", []),
        ("websocket: 'code_of_plan:plain#/ws'", "ping", []),
        ("websocket: 'code_of_plan:crashes#/ws'", "handshake", ["closed by 1011"]),
        ("websocket: 'code_of_plan:deaf#/ws'", "handshake", ["no answer"]),
        ("websocket: 'code_of_plan:refuses#/ws'", "handshake", ["closed by 403"]),
        ("sse: 'code_of_plan:crashes#/s'", "handshake", ["closed by 500"]),
        ("sse: 'code_of_plan:deaf#/s'", "handshake", ["no answer"]),
        ("sse: 'code_of_plan:refuses#/s'", "handshake", ["closed by 503"]),
        (
            "websocket: 'code_of_plan:plain#/ws', credentials: {a: b}",
            "handshake",
            ["an open connection"],
        ),
    ],
)
def test_apps_are_spoken_to_by_raw_asgi(where: str, law: str, seen: list[str], make: Make) -> None:
    plan = make(APP, a=f"channels: {{c: {{{where}, {ASKED}, laws: [{law}]}}}}")
    (found,) = verdicts(plan).values()
    assert [each.seen for each in found.violations] == seen


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (
            "sse: 'code_of_plan:plain#/{topic}', via: POST /, publish: 1, laws: [no-gaps]",
            "doesn't say `number`",
        ),
        ("sse: 'code_of_plan:plain#/{topic}', publish: 1, laws: [burst]", "`via` is missing"),
        ("websocket: 'code_of_plan:plain#/a', laws: [burst]", "doesn't say `publish`"),
        ("websocket: 'code_of_plan:plain#/a', idle: 1h, laws: [idle]", "longer than the `timeout`"),
        ("websocket: 'code_of_plan:plain#/a', laws: [idle]", "doesn't say `idle`"),
        ("websocket: 'code_of_plan:plain#/a', laws: [close-code]", "no `close` code"),
        ("websocket: 'code_of_plan:plain#/a', laws: [survives-malformed]", "neither `error`"),
    ],
)
def test_an_app_s_law_that_lacks_something_is_not_exercised(
    keys: str, reason: str, make: Make
) -> None:
    plan = make(APP, a=f"channels: {{c: {{{keys}, {ASKED}}}}}")
    (found,) = verdicts(plan).values()
    assert reason in found.reason


ROOMS = """
import json

async def rooms(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    await receive()
    await send({"type": "websocket.accept"})
    room = members.setdefault(scope["path"], [])
    room.append(send)
    while (message := await receive())["type"] == "websocket.receive":
        text = message.get("text") or "?"
        if text == '"ping"':
            await send({"type": "websocket.send", "text": '{"type": "pong"}'})
            continue
        for member in room:
            await member({"type": "websocket.send", "text": text})
    room.remove(send)

members = {}
"""


def test_a_topic_may_be_in_the_path(make: Make) -> None:
    """Then each client has one, and whoever publishes comes to it, too."""
    keys = "websocket: 'code_of_plan:rooms#/ws/{topic}', publish: {type: e, n: '{number}'}"
    keys += ", number: /n, sentinel: {send: ping, answer: {type: pong}}, ack: {type: e}"
    laws = "ordered, no-gaps, isolated, burst, latency, handshake, acknowledgement"
    text = f"channels: {{c: {{{keys}, {EVENTS}, within: 5s, laws: [{laws}]}}}}"
    found = verdicts(make(ROOMS, a=text))
    broken = {name for name, each in found.items() if each.state is not State.KEPT}
    assert broken == {"c::laws.acknowledgement[websocket]"}
    assert len(found) == 7


def test_a_number_of_subscriptions_that_is_not_told_breaks_the_law(make: Make) -> None:
    keys = "sse: 'code_of_plan:refuses#/s', via: POST /p, publish: 1, subscriptions: /h#/n"
    plan = make(APP, a=f"channels: {{c: {{{keys}, laws: [subscriptions-gone]}}}}")
    (found,) = verdicts(plan).values()
    assert "/h tells nothing at /n" in found.violations[0].seen


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"subscribe": {"op": "s", "topic": "{topic}"}, "publish": {"op": "p", "n": "{number}"}},
            '{"op": "stagepact-unknown", "topic": "stagepact"}',
        ),
        ({"subscribe": {"room": "lobby", "topic": "{topic}"}}, None),
        ({"subscribe": {"room": "a"}, "publish": {"room": "a"}}, None),
        ({"subscribe": {"op": "{topic}"}, "publish": {"op": "p"}}, None),
        ({"subscribe": "s", "publish": {"op": "p"}}, None),
    ],
)
def test_an_unknown_operation_is_made_of_the_known_ones(keys: Any, message: str | None) -> None:
    channel = Channel.model_validate({"websocket": "a:b#/c", **keys})
    assert malformed(channel).get("unknown-operation") == message


SHORT = """
class Forgetful(Bus):
    async def subscribe(self, topic, receiver):
        await super().subscribe(topic, receiver)

        def end():
            for receivers in self.receivers.values():
                if receiver in receivers:
                    receivers.remove(receiver)

        return end
"""


def test_who_leaves_one_of_two_topics_hears_the_other(make: Make) -> None:
    keys = f"bus: 'code_of_plan:Forgetful', {PAIRS}, {EVENTS}, laws: [isolated]"
    (found,) = verdicts(make(BUS + SHORT, a=f"channels: {{c: {{{keys}}}}}")).values()
    assert [each.pointer for each in found.violations] == [("clients", "half")]


FIFTH = """
class Bus:
    def __init__(self):
        self.receivers, self.number = {}, 0

    def subscribe(self, topic, receiver):
        self.receivers.setdefault(topic, []).append(receiver)
        return lambda: self.receivers[topic].remove(receiver)

    def publish(self, topic, message):
        self.number += 1
        number = str(self.number) if self.number % 20 == 0 else self.number
        for receiver in self.receivers.get(topic, []):
            receiver({"type": "e", "number": number})
"""


def test_a_message_that_is_seldom_wrong_is_found(make: Make) -> None:
    keys = "bus: 'code_of_plan:Bus', messages: {e: {properties: {number: {type: integer}}}}"
    plan = make(FIFTH, a=f"channels: {{c: {{{keys}}}}}")
    assert State.BROKEN in {each.state for each in verdicts(plan).values()}
