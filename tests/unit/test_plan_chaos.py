"""`chaos:`: runs to which something happens, in a child process; good code stands, bad doesn't."""

from __future__ import annotations

import resource
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from plans import Make, all_verdicts, make, told, verdicts

from stagepact.contract.models.chaos import Chaos, ChaosTermError, chaos_of
from stagepact.faults import FaultTargetError, inject_fault
from stagepact.flow import Options, check
from stagepact.verdict.model import State

__all__ = ["make"]

GIVEN = "given: {input: {type: integer, minimum: 0, maximum: 3}}"
GOOD = """
import json, os, socket, tempfile, time
from pathlib import Path

HERE = Path(__file__).parent

def fetch(n: int) -> str:
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=2).close()
    except OSError as error:
        return "kept from before"
    return "fresh"

def read(n: int) -> int:
    try:
        with open(__file__) as file:
            return len(file.read())
    except OSError:
        return 0

def big(n: int) -> int:
    try:
        return len(bytes(2_000_000_000))
    except MemoryError:
        return 0

def save(n: int) -> str:
    target = HERE / "saved.json"
    part = target.with_suffix(".part")
    try:
        part.write_text(json.dumps({"n": n, "rest": "x" * 1000}))
    except OSError:
        part.unlink(missing_ok=True)
        return "full"
    os.replace(part, target)
    return "saved"

def is_whole():
    target = HERE / "saved.json"
    return not target.exists() or "rest" in json.loads(target.read_text())

def age(n: int) -> bool:
    began = time.time()
    return time.time() - began < 3600

class Store:
    def __init__(self):
        self.rows = []
    def put(self, row):
        self.rows.append(row)
        with open(HERE / "rows.txt", "a") as file:
            file.write(f"{row} ")

def put(n: int, store) -> str:
    try:
        store.put(n)
        store.put(n)
    except OSError:
        return "not put"
    return "put"
"""
BAD = """
import json, os, socket, time
from pathlib import Path

HERE = Path(__file__).parent
kept = []

def fetch(n: int) -> str:
    socket.create_connection(("127.0.0.1", PORT), timeout=2).close()
    return "fresh"

def hangs(n: int) -> str:
    while True:
        try:
            socket.create_connection(("127.0.0.1", PORT), timeout=2).close()
            return "fresh"
        except OSError:
            time.sleep(0.01)

def dies(n: int) -> int:
    try:
        return len(bytes(2_000_000_000))
    except MemoryError:
        os.abort()

broken = []

def never_again(n: int) -> str:
    if broken:
        raise RuntimeError("still broken")
    try:
        open(__file__).close()
    except OSError:
        broken.append(1)
        return "closed"
    return "read"

def save(n: int, store) -> str:
    with open(HERE / "saved.json", "w") as file:
        file.write('{"n": ')
        file.flush()
        store.put(n)
        file.write(f"{n}}}")
    return "saved"

def is_whole():
    text = (HERE / "saved.json").read_text()
    if not text.endswith("}"):
        return f"half a file: {text!r}"

class Store:
    def put(self, row):
        pass
"""


def found(plan: Any) -> dict[str, tuple[str, str]]:
    return {
        name: (str(each.state), each.reason or (each.violations[0].seen if each.violations else ""))
        for name, each in verdicts(plan).items()
    }


def states(plan: Any) -> dict[str, str]:
    return {name.partition("::")[2]: state for name, (state, _) in found(plan).items()}


@pytest.mark.parametrize(
    ("stage", "chaos", "more"),
    [
        ("fetch", "network", ""),
        ("read", "too-many-files", ""),
        ("big", "no-memory", ""),
        ("save", "disk-full", ""),
        ("age", "clock-jump 2h", ""),
        ("age", "clock-jump -2h", ""),
        ("put", "lost store", "ports: {store: 'code_of_plan:Store'}"),
    ],
)
def test_good_code_stands(make: Make, stage: str, chaos: str, more: str) -> None:
    given = GIVEN.replace("given: {", f"given: {{{more}, ") if more else GIVEN
    plan = make(
        GOOD,
        shaken=f"""
        stages:
          {stage}:
            subject: code_of_plan:{stage}
            {given}
            timeout: 5s
            fuzz: false
            chaos: {{{chaos}: {{within: 5s, holds: {{same: before.status == after.status}}}}}}
        """,
    )
    assert told(plan) == []
    assert found(plan) == {
        f"{stage}::chaos.{chaos}[direct]": ("kept", ""),
        f"{stage}::chaos.{chaos}.within[direct]": ("kept", ""),
        f"{stage}::chaos.{chaos}.holds.same[direct]": ("kept", ""),
        f"{stage}::chaos.{chaos}.recovers[direct]": ("kept", ""),
    }


def test_who_is_killed_half_way_leaves_nothing_partial_and_recovers(make: Make) -> None:
    plan = make(
        GOOD,
        shaken="""
        stages:
          put:
            subject: code_of_plan:put
            given:
              input: {type: integer, minimum: 0, maximum: 3}
              ports: {store: 'code_of_plan:Store'}
            chaos:
              killed at call 2: {check: 'code_of_plan:is_whole', holds: {dies: status == 'died'}}
              killed at call 3:
        """,
    )
    assert found(plan) == {
        "put::chaos.killed at call 2.check[direct]": ("kept", ""),
        "put::chaos.killed at call 2.holds.dies[direct]": ("kept", ""),
        "put::chaos.killed at call 2.recovers[direct]": ("kept", ""),
        "put::chaos.killed at call 3.recovers[direct]": (
            "not exercised", "killed at call 3 never happened: the run had ended before",
        ),
    }  # fmt: skip


@pytest.fixture
def port() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def bad(make: Make, port: int, stage: str, chaos: str, more: str = "") -> dict[str, Any]:
    plan = make(
        BAD.replace("PORT", str(port)),
        shaken=f"""
        stages:
          {stage}:
            subject: code_of_plan:{stage}
            given: {{input: {{type: integer}}, ports: {{store: 'code_of_plan:Store'}}}}
            timeout: 1s
            chaos: {{{chaos}: {{{more}}}}}
        """,
    )
    assert told(plan) == []
    return {name.partition("chaos.")[2]: each for name, each in found(plan).items()}


def test_an_error_that_nobody_declared_is_broken(make: Make, port: int) -> None:
    broken = bad(make, port, "fetch", "network")
    assert broken["network[direct]"] == (
        "broken", "error (ConnectionRefusedError: [Errno 111] connection refused)",
    )  # fmt: skip
    assert broken["network.recovers[direct]"] == ("kept", "")
    declared = bad(make, port, "fetch", "network", "raises: [ConnectionError]")
    assert declared["network[direct]"] == ("kept", "")


@pytest.mark.slow
def test_who_hangs_is_broken(make: Make, port: int) -> None:
    state, seen = bad(make, port, "hangs", "network")["network[direct]"]
    assert (state, "was not over in time" in seen) == ("broken", True)


def test_who_dies_is_broken(make: Make, port: int) -> None:
    broken = bad(make, port, "dies", "no-memory")
    assert broken["no-memory[direct]"] == ("broken", "the process was killed by SIGABRT")


def test_who_doesn_t_recover_is_broken(make: Make, port: int) -> None:
    broken = bad(make, port, "never_again", "too-many-files")
    assert broken["too-many-files[direct]"] == ("kept", "")
    assert broken["too-many-files.recovers[direct]"] == (
        "broken", "error (\"RuntimeError: still broken\")",
    )  # fmt: skip


def test_a_partial_write_is_broken(make: Make, port: int) -> None:
    broken = bad(make, port, "save", "killed at call 1", "check: 'code_of_plan:is_whole'")
    state, seen = broken["killed at call 1.check[direct]"]
    assert (state, seen) == ("broken", "half a file: '{\"n\": '")
    assert broken["killed at call 1.recovers[direct]"] == ("kept", "")


def test_what_never_happened_is_not_exercised(make: Make) -> None:
    plan = make(
        "def plain(n: int) -> int:\n    return n\n",
        shaken=f"""
        stages:
          plain:
            subject: code_of_plan:plain
            {GIVEN}
            chaos: all
        """,
    )
    seen = found(plan)
    assert {state for state, _ in seen.values()} == {"not exercised"}
    assert seen["plain::chaos.network[direct]"][1] == (
        "network never happened: nothing was connected to, and no name was asked for"
    )
    assert seen["plain::chaos.killed at event 1.recovers[direct]"][1].endswith("had ended before")


def test_what_is_ill_by_itself_is_not_blamed_on_chaos(make: Make) -> None:
    plan = make(
        "def ill(n: int) -> int:\n    raise ValueError('always')\n",
        shaken=f"""
        stages:
          ill:
            subject: code_of_plan:ill
            {GIVEN}
            chaos: [network]
        """,
    )
    reasons = {reason for _, reason in found(plan).values()}
    assert reasons == {'it isn\'t well as it is: error ("ValueError: always")'}


def test_what_can_t_be_run_twice_shows_nothing(make: Make) -> None:
    plan = make(
        """
        import socket

        class Store:
            def __init__(self):
                self.rows = set()
            def put(self, row):
                if row in self.rows:
                    raise KeyError("twice")
                self.rows.add(row)

        def once(n: int, store) -> int:
            store.put(n)
            return n
        """,
        shaken="""
        stages:
          once:
            subject: code_of_plan:once
            given: {input: {type: integer}, ports: {store: 'code_of_plan:Store'}}
            chaos: [lost store, killed at call 1]
        """,
    )
    seen = found(plan)
    assert {state for state, _ in seen.values()} == {"not exercised"}
    assert all("can't be run twice as it is: ok, then error" in why for _, why in seen.values())


def test_a_text_that_says_nothing_is_told_with_its_line(make: Make) -> None:
    wrong = f"stages: {{plain: {{subject: 'code_of_plan:plain', {GIVEN}, chaos: [netwrok]}}}}"
    plan = make("def plain(n: int) -> int:\n    return n\n", wrong=wrong)
    assert len(told(plan)) == 1
    assert told(plan)[0].startswith("contracts/wrong.contract.yaml:3")
    assert "says no chaos; expected `network`" in told(plan)[0]


def test_a_port_that_isn_t_there_and_a_text_that_says_nothing_are_told(make: Make) -> None:
    lost = f"stages: {{plain: {{subject: 'code_of_plan:plain', {GIVEN}, chaos: [lost store]}}}}"
    plan = make("def plain(n: int) -> int:\n    return n\n", lost=lost)
    assert "no port is given" in told(plan)[0]
    with pytest.raises(ChaosTermError, match="says no chaos; expected `network`"):
        chaos_of("netwrok")


def test_what_the_platform_can_t_do_is_not_exercised(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = f"""
        stages:
          age: {{subject: 'code_of_plan:age', {GIVEN}, chaos: [clock-jump 2h, no-memory]}}
        """
    monkeypatch.setattr("stagepact.plan.chaos.find_spec", lambda name: None)
    monkeypatch.setattr("stagepact.faults.limits._resource", lambda: None)
    reasons = {each.reason for each in verdicts(make(GOOD, shaken=contract)).values()}
    assert reasons == {
        'the clock jumps by time-machine: `pip install "stagepact[faults]"`',
        f"{sys.platform} has no RLIMIT_AS",
    }
    monkeypatch.delattr("os.fork")
    reasons = {each.reason for each in verdicts(make(GOOD, shaken=contract)).values()}
    assert reasons == {f"{sys.platform} has no os.fork, which chaos needs"}


def test_an_extra_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stagepact.faults.jumps", None)
    with (
        pytest.raises(FaultTargetError, match=r'pip install "stagepact\[faults\]"'),
        inject_fault("clock", "clock-jump 2h"),
    ):
        pass


def test_texts_are_read() -> None:
    assert chaos_of("killed after 200ms") == Chaos("killed", seconds=0.2)
    assert chaos_of("killed at event 3") == Chaos("killed", unit="event", number=3)
    assert chaos_of("clock-jump -2h") == Chaos("clock-jump", seconds=-7200)
    assert chaos_of("lost stt") == Chaos("lost", port="stt")


def test_nothing_of_it_stays(make: Make, port: int) -> None:
    before = (resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_AS))
    bad(make, port, "never_again", "too-many-files")
    after = (resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_AS))
    assert after == before
    with open(__file__) as file:
        assert file.read(3) == '"""'


def test_each_clause_can_fail(make: Make) -> None:
    plan = make(
        GOOD,
        shaken="""
        stages:
          put:
            subject: code_of_plan:put
            given:
              input: {type: integer, minimum: 0, maximum: 3}
              ports: {store: 'code_of_plan:Store'}
            chaos:
              lost store:
                within: 5s
                check: code_of_plan:is_whole
                holds: {again: after.output == 'put'}
        """,
    )
    options = Options(max_examples=5, seed=0, prove=True)
    judged = [verdict for target in plan.targets for verdict in check(target, options)]
    assert [(each.state, each.unfailing) for each in judged] == [(State.KEPT, "")] * 5


APP = """
import json, socket

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    status = 200
    try:
        socket.getaddrinfo("example.org", 80) if STRICT else None
        socket.create_connection(("127.0.0.1", PORT), timeout=2).close()
    except OSError:
        status = 503 if scope["path"] == "/good" else 500
    await send({"type": "http.response.start", "status": status,
                "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps({"n": 1}).encode()})
"""


def test_a_service_in_process(make: Make, port: int, tmp_path: Path) -> None:
    plan = make(
        APP.replace("PORT", str(port)).replace("STRICT", "False"),
        shaken="""
        services:
          shop:
            app: code_of_plan:app
            operations:
              GET /good:
                responses: {200: {}, 503: {}}
                examples: [{name: one, request: {}, response: {status: 200}}]
                chaos: [network]
              GET /bad:
                responses: {200: {}, 503: {}}
                examples: [{name: one, request: {}, response: {status: 200}}]
                chaos: {network: {status: 503}}
        """,
    )
    assert told(plan) == []
    seen = {name: each for name, each in found(plan).items() if "chaos" in name}
    assert seen == {
        "GET /good::chaos.network[asgi]": ("kept", ""),
        "GET /good::chaos.network.recovers[asgi]": ("kept", ""),
        "GET /bad::chaos.network[asgi]": ("broken", "500"),
        "GET /bad::chaos.network.recovers[asgi]": ("kept", ""),
    }
    assert len(all_verdicts(plan)) > 4
