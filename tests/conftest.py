"""What a run of all tests says on top: which conformance data it has."""

import os


def pytest_report_header() -> str:
    folder = os.environ.get("STAGEPACT_CONFORMANCE")
    return f"conformance: {folder or 'not collected, STAGEPACT_CONFORMANCE is unset'}"
