"""Git repositories of a consumer and a provider, whose pacts are verified by the native matcher."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from stagepact.pact import files
from stagepact.pact.deploying import verified
from stagepact.pact.matching import match_response
from stagepact.pact.model import Http, Response

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


def get(path: str, body: Any, **more: Any) -> dict[str, Any]:
    """An interaction: a request for a path, and the body that answers it."""
    return {
        "description": f"GET {path}",
        "request": {"method": "GET", "path": path},
        "response": {"status": 200, "body": body},
        **more,
    }


@dataclass
class Repo:
    """A git repository in a folder."""

    root: Path
    minutes: int = 0

    @classmethod
    def new(cls, root: Path) -> Repo:
        root.mkdir(parents=True)
        repo = cls(root)
        repo.git("init", "--quiet", "--initial-branch=main")
        return repo

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.root), *arguments],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **IDENTITY},
        )
        return done.stdout.strip()

    def write(self, name: str, value: Any) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def expects(self, consumer: str, provider: str, *interactions: dict[str, Any]) -> str:
        """A consumer's pact file, written anew and committed."""
        pact = {
            "consumer": {"name": consumer},
            "provider": {"name": provider},
            "interactions": list(interactions),
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
        self.write(f"pacts/{consumer}-{provider}.json", pact)
        return self.commit(f"{consumer} expects of {provider}: {len(interactions)}")

    def answers(self, **bodies: Any) -> str:
        """A provider's code: what it answers for each path."""
        self.write("answers.json", bodies)
        return self.commit("the provider answers")

    def verify(self, provider: str, pact: Path, engine: str = "native", **how: Any) -> Path:
        """Hold the provider's answers against a pact file, and record what was found."""
        read = files.read_pact(pact)
        answers = json.loads((self.root / "answers.json").read_text(encoding="utf-8"))
        found = [(each, _wrong(each.exchange, answers)) for each in read.interactions]
        self.minutes += 1
        record = verified.Verification(
            provider=provider,
            commit=self.git("rev-parse", "HEAD"),
            branch=self.git("branch", "--show-current"),
            time=START + timedelta(minutes=self.minutes),
            engine=engine,
            results=verified.results_of(read, found),
            **how,
        )
        path = verified.record_path(self.root / "pacts", provider, record.branch, engine)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(verified.text_of(record), encoding="utf-8")
        return path

    def verify_and_commit(self, provider: str, pact: Path, **how: Any) -> str:
        self.verify(provider, pact, **how)
        return self.commit("what was verified")


def _wrong(exchange: Any, answers: Mapping[str, Any]) -> list[str]:
    assert isinstance(exchange, Http)
    name = exchange.request.path.strip("/")
    known = name in answers
    body = files.json_body(answers[name] if known else {})
    actual = Response(200 if known else 404, {"content-type": ("application/json",)}, body)
    return [str(each) for each in match_response(exchange.response, actual).mismatches]


PROVIDER = '''
    """What a provider answers: the paths of answers.json."""

    import json
    from pathlib import Path


    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        text = (Path(__file__).parent / "answers.json").read_text(encoding="utf-8")
        body = json.loads(text).get(scope["path"].strip("/"))
        headers = [(b"content-type", b"application/json")]
        status = 404 if body is None else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})
'''

CONTRACT = """
    stagepact: 1
    name: api
    services:
      api: {app: "provider:app"}
    pacts: {provider: api, from: FROM}
"""
