"""HTTP as values: parts of a request become bytes for the wire, a response's bytes an output.

Nothing here opens a socket or calls an app. An adapter hands in an `Exchange`, whose connections
take a `WireRequest` and bring back a `WireResponse`; all else about an operation is the same for
every way to reach a service.
"""

from stagepact.subject.protocols.http.model import (
    FORM,
    JSON,
    MOST_BYTES,
    Connection,
    Exchange,
    ServiceError,
    WireRequest,
    WireResponse,
    describe_error,
    is_json,
    media_type,
    split_target,
    unique,
)
from stagepact.subject.protocols.http.read import joined, read_response, settled
from stagepact.subject.protocols.http.subject import (
    After,
    OperationSubject,
    Produce,
    StateFunction,
    completed,
    state_function,
    state_values,
)
from stagepact.subject.protocols.http.templates import path_names, plain_template
from stagepact.subject.protocols.http.written import plain_request, write_request

__all__ = [
    "FORM",
    "JSON",
    "MOST_BYTES",
    "After",
    "Connection",
    "Exchange",
    "OperationSubject",
    "Produce",
    "ServiceError",
    "StateFunction",
    "WireRequest",
    "WireResponse",
    "completed",
    "describe_error",
    "is_json",
    "joined",
    "media_type",
    "path_names",
    "plain_request",
    "plain_template",
    "read_response",
    "settled",
    "split_target",
    "state_function",
    "state_values",
    "unique",
    "write_request",
]
