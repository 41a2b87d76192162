"""States that a service can be put into, each by its own operations' rules.

Each takes the app and returns the values for the path of the operation that is to be called.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Coroutine
from threading import Thread
from uuid import uuid4

from fastapi import FastAPI

from voice.api import Service
from voice.models import Job, NewJob, NewSession, Session, State

Values = dict[str, str]


def no_sessions(app: FastAPI) -> Values:
    """The service knows nothing; the id is of no session and of no job."""
    _service(app)
    return {"id": str(uuid4())}


def session_exists(app: FastAPI) -> Values:
    """There is a session."""
    session = _session(_service(app))
    return {"id": str(session.id), "session_id": str(session.id)}


def job_queued(app: FastAPI) -> Values:
    """There is a job that hasn't begun, so it has no result."""
    service = _service(app)
    return _values(service.ledger.add_job(_session(service)))


def job_done(app: FastAPI) -> Values:
    """There is a job that is done."""
    return _values(_worked(_service(app), "hello there", State.DONE))


def job_cancelled(app: FastAPI) -> Values:
    """There is a job that moderation stopped."""
    return _values(_worked(_service(app), "a bomb", State.CANCELLED))


def job_failed(app: FastAPI) -> Values:
    """There is a job that failed, because the store was closed."""
    service = _service(app)
    service.store.close()
    job = _worked(service, "hello there", State.FAILED)
    service.store.open()
    return _values(job)


def store_closed(app: FastAPI) -> Values:
    """There is a session, and the store can't be used until the next state is asked for."""
    service = _service(app)
    session = _session(service)
    service.store.close()
    return {"id": str(session.id), "session_id": str(session.id)}


def _service(app: FastAPI) -> Service:
    """The app's service, knowing nothing, with its store open."""
    service: Service = app.state.service
    service.reset()
    return service


def _session(service: Service) -> Session:
    return service.ledger.add_session(NewSession(title="a session"))


def _worked(service: Service, text: str, expected: State) -> Job:
    session = _session(service)
    job = service.ledger.add_job(session)
    wanted = NewJob(audio=base64.b64encode(text.encode()).decode())
    _finish(service.work(job, session, wanted))
    if job.status is not expected:
        raise RuntimeError(f"the job should be {expected}, and is {job.status}: {job.error}")
    return job


def _finish(work: Coroutine[None, None, None]) -> None:
    """Run it to its end, whether or not a loop runs in this thread."""
    thread = Thread(target=asyncio.run, args=(work,))
    thread.start()
    thread.join()


def _values(job: Job) -> Values:
    return {"id": str(job.id), "job_id": str(job.id), "session_id": str(job.session_id)}
