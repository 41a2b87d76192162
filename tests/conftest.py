"""What a run of all tests says on top: which conformance data and which databases it has."""

import os
import signal
from importlib.metadata import PackageNotFoundError, version

from databases import found

# They are subjects of tests, not tests.
collect_ignore = ["bank/contracts"]

_ABSENT = [name for name in ("postgres", "redis-server") if found(name) is None]
collect_ignore += [f"fault/test_{name.removesuffix('-server')}.py" for name in _ABSENT]

try:
    _PACT = f"pact-python-ffi {version('pact-python-ffi')}"
except PackageNotFoundError:
    _PACT = "not collected, install `stagepact[pact]`"
    collect_ignore += [
        "property/test_pact_engines.py",
        "property/test_pact_making_properties.py",
        "property/test_pact_verifiers.py",
        "unit/test_pact_official.py",
    ]

# In the background of a shell, SIGINT is ignored, also by all that is started from there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> list[str]:
    folder = os.environ.get("STAGEPACT_CONFORMANCE")
    absent = f"without {' and '.join(_ABSENT)}: not collected, see `make databases`"
    return [
        f"conformance: {folder or 'not collected, STAGEPACT_CONFORMANCE is unset'}",
        f"the other engine of pacts: {_PACT}",
        f"databases: {absent if _ABSENT else 'postgres and redis-server'}",
    ]
