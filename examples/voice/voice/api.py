"""The service in front of the pipeline: sessions, their jobs, and what the jobs gave.

A job is run before its request is answered: an answer 201 says that it ended, and its `status` how.
Errors are problem documents; no input makes it answer with a status that its OpenAPI document
doesn't have.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.openapi.utils import get_openapi
from stageflow import Pipeline
from stageflow.pipeline.dag import UnifiedPipelineCancelled, UnifiedStageExecutionError
from stageflow.pipeline.results import PipelineResults
from starlette.exceptions import HTTPException

from voice import fakes, problems
from voice.ledger import Ledger
from voice.models import (
    MAX_TEXT,
    Answer,
    Health,
    Id,
    Job,
    NewJob,
    NewSession,
    Result,
    Saved,
    Session,
    Sessions,
    Speech,
    State,
    Transcript,
)
from voice.pipeline import pipeline as voice_pipeline
from voice.pipeline import run
from voice.ports import VoicePorts
from voice.problems import described
from voice.store import Store, StoreError

VERSION = "1.0.0"

logger = logging.getLogger("voice.api")


@dataclass
class Service:
    """What one app has: its pipeline, its store and what it knows."""

    pipeline: Pipeline = field(default_factory=lambda: voice_pipeline)
    store: Store = field(default_factory=Store)
    ledger: Ledger = field(default_factory=Ledger)

    def ports(self) -> VoicePorts:
        """The ports of the service's runs."""
        return VoicePorts(fakes.Stt(), fakes.Llm(), fakes.Tts(), self.store)

    def reset(self) -> None:
        """Forget everything, and have an open store."""
        self.store.close()
        self.store.open()
        self.ledger.clear()

    async def work(self, job: Job, session: Session, wanted: NewJob) -> None:
        """Run a job to its end; how it ended is said by the job."""
        job.status = State.PROCESSING
        audio = {**wanted.model_dump(mode="json"), "language": session.language.value}
        audio["session_id"] = str(session.id)
        try:
            results = await run(self.pipeline, audio, self.ports(), run_id=job.id)
            self.ledger.results[job.id] = _result(job, results)
            job.status = State.DONE
        except UnifiedPipelineCancelled as end:
            _end(job, State.CANCELLED, end.reason)
        except UnifiedStageExecutionError as error:
            _end(job, State.FAILED, str(error))
        except asyncio.CancelledError:
            _end(job, State.CANCELLED, "the request was given up")
            raise
        except Exception as error:
            logger.exception("job %s failed", job.id)
            _end(job, State.FAILED, type(error).__name__)


def _end(job: Job, status: State, error: str) -> None:
    job.status, job.error = status, error[:MAX_TEXT]


def _result(job: Job, results: PipelineResults) -> Result:
    spoken = results.ok("speak")
    return Result(
        job_id=job.id,
        transcript=Transcript.model_validate(results.data("transcribe")),
        answer=Answer.model_validate(results.data("answer")),
        speech=Speech.model_validate(results.data("speak")) if spoken else None,
        saved=Saved.model_validate(results.data("persist")),
    )


# -- what requests ask for ---------------------------------------------------------------------

router = APIRouter()


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(_service)]


def _session(service: Serving, id: Id) -> Session:
    if id not in service.ledger.sessions:
        raise HTTPException(404, f"there is no session {id}")
    return service.ledger.sessions[id]


def _job(service: Serving, id: Id) -> Job:
    if id not in service.ledger.jobs:
        raise HTTPException(404, f"there is no job {id}")
    return service.ledger.jobs[id]


KnownSession = Annotated[Session, Depends(_session)]
KnownJob = Annotated[Job, Depends(_job)]
Offset = Annotated[int, Query(ge=0, le=100_000)]
Limit = Annotated[int, Query(ge=1, le=100)]

_LOCATION = {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}
_MADE: dict[int | str, dict[str, Any]] = {201: {"headers": _LOCATION}}


@router.post("/sessions", status_code=201, responses={**_MADE, **described(400, 422)})
async def create_session(wanted: NewSession, response: Response, service: Serving) -> Session:
    """Begin a session."""
    session = service.ledger.add_session(wanted)
    response.headers["Location"] = f"/sessions/{session.id}"
    return session


@router.get("/sessions", responses=described(422))
async def list_sessions(service: Serving, offset: Offset = 0, limit: Limit = 20) -> Sessions:
    """List the sessions, oldest first."""
    items = list(service.ledger.page(offset, limit))
    return Sessions(items=items, total=len(service.ledger.sessions))


@router.get("/sessions/{id}", responses=described(404, 422))
async def read_session(session: KnownSession) -> Session:
    """Tell a session."""
    return session


@router.delete("/sessions/{id}", status_code=204, responses=described(404, 422, 503))
async def delete_session(session: KnownSession, service: Serving) -> None:
    """Forget a session with all that it has; it stays when the store can't forget it."""
    try:
        await service.store.forget(str(session.id))
    except StoreError as error:
        logger.warning("session %s stays: %s", session.id, error)
        raise HTTPException(503, "the store can't forget the session now") from error
    service.ledger.remove_session(session.id)


@router.post(
    "/sessions/{id}/jobs", status_code=201, responses={**_MADE, **described(400, 404, 422)}
)
async def create_job(
    session: KnownSession, wanted: NewJob, response: Response, service: Serving
) -> Job:
    """Run the pipeline for a session."""
    job = service.ledger.add_job(session)
    response.headers["Location"] = f"/jobs/{job.id}"
    await service.work(job, session, wanted)
    return job


@router.get("/jobs/{id}", responses=described(404, 422))
async def read_job(job: KnownJob) -> Job:
    """Tell how a job stands."""
    return job


@router.get("/jobs/{id}/result", responses=described(404, 409, 422))
async def read_result(job: KnownJob, service: Serving) -> Result:
    """Tell what a job gave; one that isn't done has given nothing."""
    if job.id not in service.ledger.results:
        raise HTTPException(409, f"the job is {job.status}")
    return service.ledger.results[job.id]


@router.get("/health")
async def health(service: Serving) -> Health:
    """Tell whether the service can work."""
    return Health(
        status="degraded" if service.store.closed else "ok",
        sessions=len(service.ledger.sessions),
        version=VERSION,
    )


# -- the app -----------------------------------------------------------------------------------


class VoiceApi(FastAPI):
    """An app whose OpenAPI document knows what a problem is."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            document = get_openapi(title=self.title, version=self.version, routes=self.routes)
            known = document.setdefault("components", {}).setdefault("schemas", {})
            known.update(problems.schemas())
            self.openapi_schema = document
        return self.openapi_schema


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    service.reset()
    try:
        yield
    finally:
        service.store.close()


def create_app(pipeline: Pipeline | None = None) -> FastAPI:
    """A service of its own: its store is opened and closed by its lifespan, or at its first use."""
    app = VoiceApi(
        title="voice",
        version=VERSION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = Service(pipeline or voice_pipeline)
    problems.install(app)
    app.include_router(router)
    return app


app = create_app()
