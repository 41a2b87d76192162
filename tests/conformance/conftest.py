"""Where the cases that others keep are: `STAGEPACT_CONFORMANCE`, never in this project.

Unset, nothing here is collected, and the run's header says so; set to a folder that isn't
there, the run fails.
"""

import os
from pathlib import Path

import pytest

VARIABLE = "STAGEPACT_CONFORMANCE"
FOLDER = os.environ.get(VARIABLE)

collect_ignore_glob = [] if FOLDER else ["test_*.py"]


@pytest.fixture(scope="session")
def conformance() -> Path:
    folder = Path(FOLDER or "")
    if not (folder / "README.md").is_file():
        pytest.fail(f"{VARIABLE} = {FOLDER}, and there is no conformance data")
    return folder
