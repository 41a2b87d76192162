"""What a run of all tests says on top: which conformance data it has."""

import os
import signal

# They are subjects of tests, not tests.
collect_ignore = ["bank/contracts"]

# In the background of a shell, SIGINT is ignored, also by all that is started from there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    folder = os.environ.get("STAGEPACT_CONFORMANCE")
    return f"conformance: {folder or 'not collected, STAGEPACT_CONFORMANCE is unset'}"
