"""How many cases a second are checked in process, against the same requests sent by nobody.

    python benchmarks/bench_cases.py            writes to docs/benchmarks.md
    python benchmarks/bench_cases.py --quick    fewer rounds, writes nothing
    python benchmarks/bench_cases.py --json     prints the figures as JSON

Each round is a fresh process: it checks a service, keeps every request that its app was asked,
and then asks the app the same again by bare ASGI, in the same order. Both are seconds of the
processor, for all is done in one thread: a busy machine makes them no longer. Other tools call
each request a case; runs that are judged are told beside, for the walk of a law is many requests.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from page import ROOT, machine, options, tell

from stagepact.flow import Options
from stagepact.observation import Observation, Observer
from stagepact.plan.door import make_plan, open_project, run_plan
from stagepact.subject import Case, Subject

NAME = Path(__file__).stem
ASKED_REQUESTS, ASKED_SECONDS, ASKED_WORKERS = 700, 3.0, 1.5
BANK = ROOT / "tests" / "bank" / "contracts"
PATHS = (str(ROOT / "src"), str(ROOT / "tests"))

LIGHT = '''"""Three collections over raw ASGI, twelve operations, and the document of them."""

import json

KEPT = {name: {} for name in ("notes", "tasks", "users")}
NEW = {
    "type": "object",
    "required": ["text", "size"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "minLength": 1, "maxLength": 20},
        "size": {"type": "integer", "minimum": 1, "maximum": 99},
        "done": {"type": "boolean"},
    },
}
ITEM = {"type": "object", "required": ["id", "text", "size"]}


def forget(app):
    for each in KEPT.values():
        each.clear()


def fits(body):
    if not isinstance(body, dict) or body.keys() - NEW["properties"].keys():
        return False
    text, size, done = body.get("text"), body.get("size"), body.get("done", False)
    return (
        isinstance(text, str) and 1 <= len(text) <= 20
        and type(size) is int and 1 <= size <= 99 and isinstance(done, bool)
    )


def answer(method, path, body):
    _, name, *rest = path.split("/")
    kept = KEPT.get(name)
    if kept is None or len(rest) > 1:
        return 404, None
    if not rest:
        if method == "GET":
            return 200, list(kept.values())
        if method != "POST":
            return 405, None
        try:
            given = json.loads(body)
        except ValueError:
            return 400, None
        if not fits(given):
            return 422, None
        made = {"id": f"i{len(kept) + 1}", **given}
        kept[made["id"]] = made
        return 201, made
    if method not in ("GET", "DELETE"):
        return 405, None
    if rest[0] not in kept:
        return 404, None
    return (200, kept[rest[0]]) if method == "GET" else (204, kept.pop(rest[0]) and None)


async def respond(scope, receive, send):
    if scope["type"] != "http":
        return
    status, body = answer(scope["method"], scope["path"], (await receive())["body"])
    headers = [(b"content-type", b"application/json")] if body is not None else []
    if status == 405:
        is_list = scope["path"].count("/") == 1
        headers.append((b"allow", b"GET, POST" if is_list else b"GET, DELETE"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    data = b"" if body is None else json.dumps(body).encode()
    await send({"type": "http.response.body", "body": data})


def openapi():
    def content(schema):
        return {"content": {"application/json": {"schema": schema}}}

    def said(**statuses):
        return {code.lstrip("s"): {"description": code, **each} for code, each in statuses.items()}

    paths, id_ = {}, {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    for name in KEPT:
        many = content({"type": "array", "items": ITEM})
        new = {"required": True, **content(NEW)}
        paths[f"/{name}"] = {
            "get": {"responses": said(s200=many)},
            "post": {
                "requestBody": new,
                "responses": said(s201=content(ITEM), s400={}, s422={}),
            },
        }
        paths[f"/{name}/{{id}}"] = {
            "parameters": [id_],
            "get": {"responses": said(s200=content(ITEM), s404={})},
            "delete": {"responses": said(s204={}, s404={})},
        }
    return {"openapi": "3.1.0", "info": {"title": "light", "version": "1"}, "paths": paths}


class App:
    async def __call__(self, scope, receive, send):
        await respond(scope, receive, send)

    def openapi(self):
        return openapi()


app = App()
'''
CONTRACT = """stagepact: 1
name: light
services:
  light:
    app: "light:app"
    openapi: true
    states: {nothing is kept: "light:forget"}
"""


@dataclass(frozen=True)
class Round:
    """One check of one service: what was run, and the processor's seconds for it, ours and bare."""

    cases: int
    requests: int
    seconds: float
    bare: float
    whole: float
    broken: int


@dataclass(frozen=True)
class Figures:
    """All rounds of one service."""

    title: str
    rounds: tuple[Round, ...]
    asked: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table tells: medians, in brackets the least and the most."""
        rounds = self.rounds
        reached = self._of(lambda r: r.requests / r.seconds, least=ASKED_REQUESTS)
        soon = self._of(lambda r: r.whole, most=ASKED_SECONDS)
        both = f"{reached[1]}, {soon[1]}" if self.asked else ""
        return (
            self.title,
            f"{rounds[0].cases:,} / {rounds[0].requests:,}",
            self._of(lambda r: r.cases / r.seconds)[0],
            reached[0],
            self._of(lambda r: r.requests / r.bare)[0],
            self._of(lambda r: r.seconds / r.bare, digits=1)[0] + " ×",
            soon[0],
            both,
        )

    def _of(
        self,
        value: Callable[[Round], float],
        *,
        least: float | None = None,
        most: float | None = None,
        digits: int = 0,
    ) -> tuple[str, str]:
        found = [value(each) for each in self.rounds]
        middle = statistics.median(found)
        digits = 1 if most is not None else digits
        told = f"{middle:,.{digits}f} ({min(found):,.{digits}f}–{max(found):,.{digits}f})"
        missed = (least is not None and middle < least) or (most is not None and middle > most)
        return told, "missed" if missed else "reached"


# -- one round, in a process of its own ------------------------------------------------------------


class Counting(Observer):
    """An observer that counts its runs."""

    runs = 0

    def observe(self, subject: Subject, case: Case) -> Observation:
        """Run and count."""
        Counting.runs += 1
        return super().observe(subject, case)


def one_round(module: str, contract: Path) -> Round:
    """Check a contract, then send the same requests to the module's app again."""
    app = __import__(module, fromlist=["app"]).app
    asked: list[tuple[dict[str, Any], bytes]] = []
    with kept_in(asked, type(app)):
        plan = make_plan(open_project([contract], contract.parent))
        assert plan.problems == (), plan.problems
        began = time.process_time()
        run = run_plan(plan, Options(seed=7, observer=Counting))
        seconds = time.process_time() - began
    broken = sum(each.state == "broken" for each in run.verdicts)
    return Round(Counting.runs, len(asked), seconds, bare(app, asked), 0.0, broken)


@contextmanager
def kept_in(asked: list[tuple[dict[str, Any], bytes]], kind: Any) -> Iterator[None]:
    """Keep all requests that apps of a class are asked."""
    call = kind.__call__

    async def keeping(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await call(self, scope, receive, send)
            return
        given = [await receive()]
        asked.append(({**scope, "state": {}}, given[0]["body"]))

        async def again() -> Any:
            return given.pop() if given else await receive()

        await call(self, scope, again, send)

    kind.__call__ = keeping
    try:
        yield
    finally:
        kind.__call__ = call


def bare(app: Any, asked: list[tuple[dict[str, Any], bytes]]) -> float:
    """The processor's seconds for the requests, sent one after the other by nothing but ASGI."""

    async def send(message: Any) -> None:
        pass

    async def run() -> float:
        began = time.process_time()
        for scope, body in asked:
            messages = [{"type": "http.request", "body": body, "more_body": False}]

            async def receive(messages: list[dict[str, Any]] = messages) -> dict[str, Any]:
                return messages.pop() if messages else {"type": "http.disconnect"}

            await app({**scope}, receive, send)
        return time.process_time() - began

    return asyncio.run(run())


# -- two workers -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Workers:
    """Seconds of whole `pytest` commands, by one process and by two workers, round by round."""

    one: tuple[float, ...]
    two: tuple[float, ...]
    tests: int
    same: bool

    def section(self) -> str:
        """The paragraph of the page."""
        ratios = sorted(one / two for one, two in zip(self.one, self.two, strict=True))
        middle = statistics.median(ratios)
        reached = "reached" if middle >= ASKED_WORKERS else "missed"
        results = "the same results" if self.same else "OTHER RESULTS"
        return (
            f"`pytest` on the bank's services ({self.tests:,} clauses), whole commands by the "
            f"clock: {statistics.median(self.one):.1f} s by one process, "
            f"{statistics.median(self.two):.1f} s with `-n 2`, {results}: {middle:.2f} × "
            f"({ratios[0]:.2f}–{ratios[-1]:.2f}) as fast (asked: {ASKED_WORKERS} ×, {reached}). "
            "Each worker imports and collects for itself."
        )


def two_workers(rounds: int) -> Workers:
    """Time `pytest -n 0` and `pytest -n 2` on the contracts of the bank, in turn."""
    seconds: dict[int, list[float]] = {0: [], 2: []}
    results: list[dict[str, str]] = []
    for _ in range(rounds):
        for workers in seconds:
            spent, told = tested(workers)
            seconds[workers].append(spent)
            results.append(told)
    same = all(each == results[0] for each in results)
    return Workers(tuple(seconds[0]), tuple(seconds[2]), len(results[0]), same)


def tested(workers: int) -> tuple[float, dict[str, str]]:
    """The seconds of one command, and what became of each clause."""
    with tempfile.TemporaryDirectory() as name:
        told = Path(name) / "told.xml"
        contracts = Path(name) / "contracts"
        shutil.copytree(BANK, contracts, ignore=shutil.ignore_patterns("live*", "__pycache__"))
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=7",
             "-n", str(workers), f"--junitxml={told}", str(contracts)],
            cwd=name, env={**os.environ, "PYTHONPATH": os.pathsep.join([*PATHS])},
            stdout=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        spent = time.perf_counter() - began
        cases = ET.parse(told).iter("testcase")
        return spent, {
            f"{case.get('classname')} {case.get('name')}": ", ".join(each.tag for each in case)
            for case in cases
        }


# -- all rounds ------------------------------------------------------------------------------------


def services(folder: Path) -> dict[str, tuple[str, Path, bool]]:
    """By title, the module with the app, the contract, and whether figures are asked of it."""
    (folder / "light.py").write_text(LIGHT, encoding="utf-8")
    light = folder / "light.contract.yaml"
    light.write_text(CONTRACT, encoding="utf-8")
    (folder / "pyproject.toml").write_text("[tool.stagepact]\n", encoding="utf-8")
    return {
        "raw ASGI, 12 operations, by its document": ("light", light, True),
        "the bank's shop (FastAPI), by its contract": (
            "bank.shop",
            BANK / "shop.contract.yaml",
            False,
        ),
        "the bank's shop (FastAPI), by its document": (
            "bank.shop",
            BANK / "shop-openapi.contract.yaml",
            False,
        ),
    }


def measured(folder: Path, title: str, module: str, contract: Path) -> Round:
    """One round, in a fresh process, with the seconds of the whole process."""
    paths = [str(folder), str(ROOT / "tests"), str(Path(__file__).parent)]
    code = (
        f"import sys, json, time; sys.path[:0] = {paths!r}\n"
        "from dataclasses import asdict, replace\nfrom pathlib import Path\nimport bench_cases\n"
        f"found = bench_cases.one_round({module!r}, Path({str(contract)!r}))\n"
        "whole = time.process_time() - found.bare\n"
        "print(json.dumps(asdict(replace(found, whole=whole))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{title}: {done.stderr[-2000:]}")
    found = Round(**json.loads(done.stdout.splitlines()[-1]))
    if found.broken:
        raise SystemExit(f"{title}: {found.broken} clauses are broken")
    return found


def section(figures: list[Figures], rounds: int) -> str:
    """The section of the page."""
    head = (
        "service", "runs / requests", "runs a second", "requests a second",
        "the same by bare ASGI", "ratio", "the whole run, s",
        f"asked: ≥ {ASKED_REQUESTS} requests a second, ≤ {ASKED_SECONDS:g} s",
    )  # fmt: skip
    rows = [head, tuple("---" for _ in head), *(each.cells for each in figures)]
    return "\n".join(
        [
            f"## {NAME}",
            "",
            f"`python benchmarks/{NAME}.py`: medians of {rounds} interleaved rounds, in brackets "
            "the least and the most; seconds of the processor, in one thread. Each round is a "
            "fresh process that checks a service in process, then sends the same requests again "
            "by bare ASGI. Other tools call each request a case, so that is what is asked "
            "for; a run that is judged is one of them, or a walk of several. The whole run has the "
            "start and the imports.",
            "",
            machine(),
            "",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
    )


def main() -> None:
    """Measure, and write the page unless it is to be quick."""
    asked = options(__doc__).parse_args()
    rounds = 2 if asked.quick else 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = services(folder)
        found: dict[str, list[Round]] = {title: [] for title in known}
        for _ in range(rounds):
            for title, (module, contract, _is_asked) in known.items():
                found[title].append(measured(folder, title, module, contract))
        figures = [Figures(t, tuple(each), known[t][2]) for t, each in found.items()]
        workers = two_workers(rounds)
    text = section(figures, rounds) + "\n\n" + workers.section()
    told = {"machine": machine(), "rounds": rounds, "figures": [asdict(each) for each in figures]}
    told["workers"] = asdict(workers)
    tell(asked, NAME, text, told)


if __name__ == "__main__":
    main()
