"""What runs inside a peer's environment: draws values of schemas with the engine there.

    python tools/peer_worker.py ENGINE rate|draw  < jobs.json

A job is {"name", "schema", "draft", "count", "seconds"}. `rate` answers with values a second of
CPU time, warm and drawing only, or null where it can't; `draw` with {"values"}, {"empty"} or
{"error"}, by the method of docs/scoreboard.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable

Job = dict[str, Any]
_SECONDS = 20.0


class OutOfTime(BaseException):
    """Not an Exception, so that no engine takes it for a fault of its own."""


def _stagepact(job: Job) -> Any:
    from stagepact.schema.generate import from_schema

    folder = os.environ.get("STAGEPACT_CONFORMANCE", "")

    def retrieve(uri: str) -> Any:
        path = uri.removeprefix("http://localhost:1234/")
        return json.loads(Path(folder, "json-schema-test-suite/remotes", path).read_text("utf-8"))

    return from_schema(job["schema"], retrieve=retrieve, dialect=job.get("dialect"))


def _by_hand(job: Job) -> Any:
    sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
    models: Any = import_module("schema_models")
    return models.BY_HAND[job["name"]]


def _hypothesis_jsonschema(job: Job) -> Any:
    import hypothesis_jsonschema

    return hypothesis_jsonschema.from_schema(_named(job))


def _named(job: Job) -> Any:
    """The schema, with the dialect that it is written in."""
    schema, dialect = job["schema"], job.get("dialect")
    if dialect is None or not isinstance(schema, dict):
        return schema
    return {"$schema": dialect, **schema}


def _schemathesis(job: Job) -> Any:
    import jsonschema_rs

    builder: Any = import_module("schemathesis.generation.jsonschema.builder")
    known: Any = import_module("schemathesis.specs.openapi.formats").get_default_format_strategies
    draft = getattr(jsonschema_rs, job.get("draft", "Draft202012"))
    # it draws files for `binary`, which are no JSON
    formats = {name: made for name, made in known().items() if name != "binary"}
    return builder.build(job["schema"], draft=draft, formats=formats)


ENGINES: dict[str, Callable[[Job], Any]] = {
    "stagepact": _stagepact,
    "by hand": _by_hand,
    "hypothesis-jsonschema": _hypothesis_jsonschema,
    "schemathesis": _schemathesis,
}


def _run(strategy: Any, count: int, take: Callable[[Any], None]) -> None:
    @seed(1)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(strategy)
    def test(value: Any) -> None:
        take(value)

    test()


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise OutOfTime

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def rate(engine: Callable[[Job], Any], job: Job) -> float | None:
    """Values a second of CPU time: a run that warms up, then one that is measured."""
    values: list[Any] = []
    try:
        with _limited(job.get("seconds", _SECONDS)):
            strategy = engine(job)
            _run(strategy, job["count"], values.append)
            values.clear()
            began = time.process_time()
            _run(strategy, job["count"], values.append)
            spent = time.process_time() - began
    except (Exception, OutOfTime):
        return None
    return len(values) / spent if values else None


def draw(engine: Callable[[Job], Any], job: Job) -> dict[str, Any]:
    """So many values of a schema in so many seconds; what came when the time was over counts."""
    values: list[Any] = []
    try:
        with _limited(job["seconds"]):
            strategy = engine(job)
            if strategy.is_empty:
                return {"empty": True}
            _run(strategy, job["count"], values.append)
    except Unsatisfiable:
        return {"empty": True}
    except OutOfTime:
        return {"values": values} if values else {"error": "time-out"}
    except Exception as error:
        empty = type(error).__name__ == "Unsatisfiable"  # ours says so by its own
        return {"empty": True} if empty else {"error": f"{type(error).__name__}: {error}"[:200]}
    return {"values": values} if values else {"empty": True}


def main() -> None:
    """Answer the jobs on standard input."""
    warnings.simplefilter("ignore")
    engine, what = ENGINES[sys.argv[1]], {"rate": rate, "draw": draw}[sys.argv[2]]
    print(json.dumps([what(engine, job) for job in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
