"""A folder in a git repository, read at any commit without a checkout: pact files, and records.

The one module of pacts that runs git. What isn't committed isn't seen.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stagepact.errors import ConfigurationError, Place, Problem
from stagepact.pact.deploying.verified import Verification, is_record, quick_record
from stagepact.pact.files import parse_pact
from stagepact.pact.model import Pact

PACTS = "pacts"
"""The name of the folders in which pact files are."""

_REFS = ("refs/tags/{0}", "refs/heads/{0}", "refs/remotes/origin/{0}")


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder in a repository: the repository's top, and the folder's path below it."""

    top: Path
    below: str = ""

    def commit(self, revision: str) -> str | None:
        """The commit that a tag, a branch (here or at origin) or a revision means."""
        known = (form.format(revision) for form in _REFS)
        for name in (*known, revision):
            if not name.startswith("-") and (commit := self._commit(name)):
                return commit
        return None

    def deployed(self, environment: str, name: str) -> str | None:
        """The commit that is recorded as deployed to an environment."""
        return self._commit(f"refs/tags/{deployment_tag(environment, name)}")

    def deployed_commits(self, environment: str) -> tuple[str, ...]:
        """All commits that are recorded as deployed to an environment."""
        form = "--format=%(objectname)"
        found = self._git("for-each-ref", form, f"refs/tags/{environment}/") or b""
        commits = (self._commit(name) for name in found.decode().split())
        return tuple(filter(None, commits))

    def mark_deployed(self, environment: str, name: str, commit: str) -> str:
        """Record that a commit is deployed; the tag that says so.

        Raises:
            ConfigurationError: git can't make the tag.
        """
        tag = deployment_tag(environment, name)
        self._demand("tag", "--force", "--no-sign", tag, commit)
        return tag

    def branch(self) -> str:
        """The branch that is checked out, or as CI systems say it; "" where nobody knows."""
        told = (self._git("branch", "--show-current") or b"").decode().strip()
        return told or next(filter(None, map(os.environ.get, _BRANCH_VARIABLES)), "")

    def default_branch(self) -> str:
        """The branch that others start from: origin's, else `main` or `master`."""
        told = self._git("symbolic-ref", "--short", "refs/remotes/origin/HEAD")
        if told:
            return told.decode().strip().removeprefix("origin/")
        return next((name for name in ("main", "master") if self.commit(name)), "main")

    def is_changed(self) -> bool:
        """Whether the folder's code differs from its commit, by more than pacts and records."""
        options = ("--porcelain", "--untracked-files=no", "--no-renames", "-z")
        told = self._git("status", *options, "--", self.below or ".") or b""
        changed = (line[3:] for line in told.decode(errors="replace").split("\0") if line)
        return not all(_is_pact(path) or is_record(path) for path in changed)

    def is_shallow(self) -> bool:
        """Whether the clone lacks history."""
        return (self._git("rev-parse", "--is-shallow-repository") or b"").strip() == b"true"

    def pacts(self, commit: str) -> tuple[Pact, ...]:
        """The pacts in the folder at a commit.

        Raises:
            ContractError: one of the files in folders `pacts` is no pact.
        """
        listed = self._demand("ls-tree", "-r", "-z", "--full-tree", commit, "--", self.below or ".")
        blobs: dict[str, str] = {}
        for entry in _text(listed).split("\0"):
            head, _, path = entry.partition("\t")
            if _is_pact(path):
                blobs[path] = head.split()[2]
        texts = self._contents(blobs.values())
        return tuple(
            parse_pact(texts[blob], f"{commit[:7]}:{path}")
            for path, blob in blobs.items()
            if not _is_recorded(texts[blob])
        )

    def records(self) -> tuple[Verification, ...]:
        """What was ever recorded in the folder, on any branch, the newest first.

        What can't be read (an older version wrote it, or a merge left it) proves nothing.
        """
        listed = self._demand(
            *("log", "--all", "-m", "--raw", "-z", "--no-abbrev", "--no-renames", "--format="),
            *("--diff-filter=AM", "--", self.below or "."),
        )
        fields = _text(listed).split("\0")
        pairs = zip(fields[::2], fields[1::2], strict=False)
        named = (head.split()[3] for head, path in pairs if _is_pact(path) or is_record(path))
        texts = filter(_is_recorded, self._contents(named).values())
        found = filter(None, map(quick_record, texts))
        return tuple(sorted(found, key=lambda each: each.time, reverse=True))

    def same_code(self, one: str, other: str) -> bool:
        """Whether two commits differ in the folder at most by pact files and records."""
        if one == other:
            return True
        if not self._commit(one):
            return False
        told = self._git("diff", "--name-only", "-z", one, other, "--", self.below or ".")
        changed = _text(told or b"").split("\0")
        return told is not None and all(
            _is_pact(path) or is_record(path) for path in filter(None, changed)
        )

    def _commit(self, name: str) -> str | None:
        found = self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return found.decode().strip() if found else None

    def _contents(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of objects, by their names."""
        names = list(dict.fromkeys(blobs))
        if not names:
            return {}
        data = self._demand("cat-file", "--batch", given="\n".join(names).encode())
        contents: dict[str, bytes] = {}
        start = 0
        for name in names:
            end = data.index(b"\n", start)
            size = int(data[start:end].split()[2])
            contents[name] = data[end + 1 : end + 1 + size]
            start = end + 2 + size
        return contents

    def _git(self, *arguments: str) -> bytes | None:
        """What git says, or None where it fails."""
        done = _run(self.top, arguments)
        return done.stdout if done.returncode == 0 else None

    def _demand(self, *arguments: str, given: bytes = b"") -> bytes:
        done = _run(self.top, arguments, given)
        if done.returncode:
            first = (done.stderr.decode(errors="replace").splitlines() or [""])[0]
            raise _wrong(self.top, f"git says `{first}`", f"`git {arguments[0]}` to work")
        return done.stdout


_BRANCH_VARIABLES = ("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME")


def deployment_tag(environment: str, name: str) -> str:
    """The tag that says which commit of a pacticipant is deployed to an environment."""
    return f"{environment}/{name}"


def repository_at(path: Path) -> Repository:
    """The repository in which a folder is.

    Raises:
        ConfigurationError: it is in none, or there is no git.
    """
    if not path.is_dir():
        raise _wrong(path, "no such folder", "a folder in a git repository")
    done = _run(path, ("rev-parse", "--show-toplevel", "--show-prefix"))
    if done.returncode:
        first = (done.stderr.decode(errors="replace").splitlines() or [""])[0]
        said = first.removeprefix("fatal: ").partition(" (or any")[0]
        raise _wrong(path, f"a folder that git doesn't take ({said})", "one in a git repository")
    top, below = done.stdout.decode().splitlines()
    return Repository(Path(top), below.rstrip("/"))


def _is_pact(path: str) -> bool:
    """Whether a file is JSON in a folder `pacts`, or further below, and no record."""
    parts = PurePosixPath(path).parts[:-1]
    return PACTS in parts and path.endswith(".json") and not _is_other(path)


def _is_recorded(text: bytes) -> bool:
    """Whether a file in a folder `pacts` is a record that was put there, and no pact."""
    said = (b'"results"', b'"engine"')
    return all(each in text for each in said) and not any(each in text for each in _OF_PACTS)


_OF_PACTS = (b'"interactions"', b'"messages"')


def _text(data: bytes) -> str:
    """What git says of paths, which may be any bytes."""
    return data.decode(errors="surrogateescape")


def _is_other(path: str) -> bool:
    return is_record(path) or path.endswith(".contract.json")


_OF_HOOKS = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
"""What git tells its hooks, and what would lead to one repository wherever it is asked."""


def _run(
    folder: Path, arguments: tuple[str, ...], given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    others = {name: each for name, each in os.environ.items() if name not in _OF_HOOKS}
    environment = {**others, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            input=given,
            capture_output=True,
            check=False,
            env=environment,
        )
    except OSError as error:
        raise _wrong(folder, f"no git ({error})", "git on the path") from None


def _wrong(path: Path, found: str, expected: str) -> ConfigurationError:
    advice = "name another with `--repository NAME=PATH`"
    return ConfigurationError(Problem(Place(str(path)), found, expected, advice, "repository"))
