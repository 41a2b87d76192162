"""Every error of the service as a problem document (RFC 9457), and how OpenAPI is told of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from voice.models import Fault, Problem

logger = logging.getLogger("voice.problems")

MEDIA_TYPE = "application/problem+json"
_MOST_FAULTS = 20
_LONGEST = 500


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of the problems that an operation can answer with."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def schemas() -> dict[str, Any]:
    """The schemas that `described` refers to, for the document's components."""
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**problem.pop("$defs"), "Problem": problem}


def install(app: FastAPI) -> None:
    """Make an app answer with a problem whatever goes wrong."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _broken)


async def _refused(request: Request, error: Exception) -> Response:
    known = cast(HTTPException, error)
    return _response(request, known.status_code, str(known.detail), headers=known.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    found = cast(RequestValidationError, error).errors()
    faults = [_fault(each) for each in found[:_MOST_FAULTS]]
    return _response(request, 422, "the request isn't what it should be", faults)


async def _broken(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _response(request, 500, "the service made a mistake")


def _fault(error: Mapping[str, Any]) -> Fault:
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in error["loc"])
    pointer = "".join(f"/{step}" for step in steps)
    return Fault(pointer=_plain(pointer), detail=_plain(str(error["msg"])))


def _response(
    request: Request,
    status: int,
    detail: str,
    faults: Sequence[Fault] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=_plain(detail),
        instance=quote(_plain(request.url.path)),
        errors=list(faults) if faults else None,
    )
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, status, dict(headers or {}), MEDIA_TYPE)


def _plain(text: str) -> str:
    """A text that UTF-8 can say: a request can name keys and values with lone surrogates."""
    return text[:_LONGEST].encode("utf-8", errors="replace").decode("utf-8")
