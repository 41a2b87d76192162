"""Other engines of the field, each in an environment of its own under build/peers/.

Their versions are pinned here: a figure in docs/ names what it was measured with. `ask` runs
tools/peer_worker.py there, with jobs as JSON on its input; what it prints is JSON too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environment import ROOT, python_in

WORKER = Path(__file__).with_name("peer_worker.py")


@dataclass(frozen=True)
class Peer:
    """An engine: what the worker calls it, and what is installed for it (nothing: it is ours)."""

    name: str
    packages: tuple[str, ...] = ()

    @property
    def python(self) -> Path:
        """Return its interpreter; its environment is made at the first call."""
        if not self.packages:
            return Path(sys.executable)
        folder = ROOT / "build" / "peers" / "-".join(self.packages).replace("=", "")
        stamp = folder / "installed"
        if not stamp.exists():
            print(f"installing {' '.join(self.packages)} into {folder}", file=sys.stderr)
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            pip = (str(python_in(folder)), "-m", "pip", "install", "--quiet", *self.packages)
            subprocess.run(pip, check=True)
            stamp.touch()
        return python_in(folder)


OURS = Peer("stagepact")
BY_HAND = Peer("by hand")
HYPOTHESIS_JSONSCHEMA = Peer(
    "hypothesis-jsonschema",
    ("hypothesis-jsonschema==0.23.1", "hypothesis==6.170.9", "jsonschema-rs==0.60.3"),
)
SCHEMATHESIS = Peer("schemathesis", ("schemathesis==4.32.5", "hypothesis==6.170.15"))


def ask(peer: Peer, what: str, jobs: list[dict[str, Any]]) -> list[Any]:
    """Return the worker's answers, one a job.

    Raises:
        CalledProcessError: the worker failed; its words are on standard error.
    """
    done = subprocess.run(
        [str(peer.python), str(WORKER), peer.name, what],
        input=json.dumps(jobs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers
