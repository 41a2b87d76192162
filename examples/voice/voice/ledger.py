"""The sessions, jobs and results that a service knows, while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from voice.models import Job, NewSession, Result, Session, State


@dataclass
class Ledger:
    """Sessions, jobs and results by their ids, in the order in which they were made."""

    sessions: dict[UUID, Session] = field(default_factory=dict)
    jobs: dict[UUID, Job] = field(default_factory=dict)
    results: dict[UUID, Result] = field(default_factory=dict)

    def add_session(self, wanted: NewSession) -> Session:
        """Begin a session."""
        session = Session(
            id=uuid4(),
            language=wanted.language,
            title=wanted.title,
            created_at=datetime.now(UTC),
            jobs=0,
        )
        self.sessions[session.id] = session
        return session

    def page(self, offset: int, limit: int) -> Sequence[Session]:
        """Some of the sessions, oldest first."""
        return list(self.sessions.values())[offset : offset + limit]

    def add_job(self, session: Session) -> Job:
        """Queue a job of a session."""
        job = Job(
            id=uuid4(), session_id=session.id, status=State.QUEUED, created_at=datetime.now(UTC)
        )
        self.jobs[job.id] = job
        session.jobs += 1
        return job

    def remove_session(self, id: UUID) -> None:
        """Forget a session with its jobs and their results."""
        self.sessions.pop(id, None)
        for job_id in [job.id for job in self.jobs.values() if job.session_id == id]:
            self.jobs.pop(job_id)
            self.results.pop(job_id, None)

    def clear(self) -> None:
        """Forget everything."""
        for each in (self.sessions, self.jobs, self.results):
            each.clear()
