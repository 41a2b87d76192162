"""`stagepact pact can-i-deploy` and `record-deployment`: asked of real git repositories."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from git_projects import CONTRACT, PROVIDER, Repo, get
from tiny_project import Project

ORDER = get("/order", {"id": 1})
USER = get("/user", {"name": "Ada"})


class Two:
    """A consumer's repository and a provider's, and what is asked of them."""

    def __init__(self, folder: Path) -> None:
        self.ui, self.api = Repo.new(folder / "ui"), Repo.new(folder / "api")
        self.pact = self.ui.root / "pacts/ui-api.json"
        self.project = Project(folder)

    def ask(self, name: str, *arguments: str) -> Result:
        where = {"ui": "api", "api": "ui"}[name]
        return self.project.run(
            *("pact", "can-i-deploy", "--pacticipant", name, "--to", "main"),
            *("--repository", f"{where}={self.project.root / where}", *arguments),
        )

    def verify(self, **how: Any) -> None:
        self.api.verify_and_commit("api", self.pact, **how)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Two:
    for name, value in (("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")):
        monkeypatch.setenv(name, value)
    return Two(tmp_path)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    return monkeypatch.chdir


def test_a_story_of_two_repositories(two: Two, at: Any) -> None:
    two.api.answers(order={"id": 1})
    at(two.ui.root)

    two.ui.expects("ui", "api", ORDER)
    never = two.ask("ui")
    assert never.exit_code == 1
    assert "✗ ui → api: GET /order: never verified" in never.stdout

    two.verify()
    done = two.ask("ui")
    assert done.exit_code == 0
    assert "yes: 1 of 1 verified, by native at" in done.stdout

    two.ui.expects("ui", "api", ORDER, USER)
    added = two.ask("ui")
    assert added.exit_code == 1
    assert "no: 1 of 2 verified" in added.stdout
    assert "✗ ui → api: GET /user: left out when the pact was verified" in added.stdout

    two.api.answers(order={"id": 1}, user={"name": "Ada"})
    assert two.ask("ui").exit_code == 1  # no record is of this code
    two.verify()
    assert two.ask("ui").exit_code == 0

    two.api.answers(order={"id": 1}, user={"name": None})
    broken = two.ask("ui")
    assert "GET /user: verified for other code only, by native" in broken.stdout
    two.verify()
    broken = two.ask("ui")
    assert broken.exit_code == 1
    assert "✗ ui → api: GET /user: failed" in broken.stdout
    assert '    body $.name: expected "Ada", got null' in broken.stdout

    at(two.api.root)
    assert two.ask("api").exit_code == 1

    two.ui.expects("ui", "api", ORDER)
    assert two.ask("api").exit_code == 0
    at(two.ui.root)
    assert two.ask("ui").exit_code == 0


def test_a_provider_is_asked_for_each_of_its_versions(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    two.verify()
    good = two.api.git("rev-parse", "HEAD")
    two.api.git("checkout", "--quiet", "-b", "feature/shorter")
    two.api.answers(order={})
    at(two.api.root)
    assert two.ask("api").exit_code == 1
    two.verify()
    failed = two.ask("api", "--version", "feature/shorter")
    assert "on feature/shorter" in failed.stdout
    assert failed.exit_code == 1
    assert two.ask("api", "--version", "main").exit_code == 0
    assert two.ask("api", "--version", good[:10]).exit_code == 0


def test_what_is_recorded_on_any_branch_counts_for_its_commit(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    two.api.git("checkout", "--quiet", "-b", "records")
    two.verify()
    two.api.git("checkout", "--quiet", "main")
    at(two.api.root)
    assert two.ask("api", "--version", "main").exit_code == 0


def test_a_squashed_branch_has_the_same_code(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={})
    two.api.git("checkout", "--quiet", "-b", "feature")
    two.api.answers(order={"id": 1})
    two.verify()
    two.api.git("checkout", "--quiet", "main")
    two.api.git("merge", "--quiet", "--squash", "feature")
    two.api.commit("squashed")
    at(two.api.root)
    assert two.ask("api").exit_code == 0


def test_a_record_of_uncommitted_changes_says_nothing(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    two.verify(uncommitted=True)
    at(two.api.root)
    told = two.ask("api")
    assert told.exit_code == 1
    assert "verified with uncommitted changes only" in told.stdout


def test_a_pact_that_demands_something_else_is_verified_anew(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1, "total": 5})
    two.verify()
    two.ui.expects("ui", "api", get("/order", {"id": 1, "total": 5}))
    at(two.api.root)
    told = two.ask("api")
    assert told.exit_code == 1
    assert "GET /order: verified for another content" in told.stdout


def test_how_a_pact_is_written_does_not_count(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER, USER)
    two.api.answers(order={"id": 1}, user={"name": "Ada"})
    two.verify()
    pact = json.loads(two.pact.read_text(encoding="utf-8"))
    pact["interactions"].reverse()
    two.ui.write("pacts/ui-api.json", json.dumps(pact, indent=4, sort_keys=True))
    two.ui.commit("written otherwise")
    at(two.api.root)
    assert two.ask("api").exit_code == 0


def test_a_failure_by_one_engine_counts_before_a_success_by_another(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    at(two.api.root)
    path = two.api.verify("api", two.pact, engine="official")
    record = json.loads(path.read_text(encoding="utf-8"))
    record["results"][0].update(success=False, mismatches=["body $.id: not by us"])
    path.write_text(json.dumps(record), encoding="utf-8")
    two.verify()
    told = two.ask("api")
    assert told.exit_code == 1
    assert "failed, by official" in told.stdout


def test_the_newest_record_of_a_commit_counts(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    at(two.api.root)
    path = two.api.verify("api", two.pact)
    record = json.loads(path.read_text(encoding="utf-8"))
    record["results"][0].update(success=False, mismatches=["the store was down"])
    path.write_text(json.dumps(record), encoding="utf-8")
    two.api.commit("it failed")
    assert two.ask("api").exit_code == 1
    two.verify()
    assert two.ask("api").exit_code == 0


PENDING = {**ORDER, "type": "Synchronous/HTTP", "pending": True, "response": {"status": 200}}


def pending(two: Two) -> None:
    """The consumer expects one interaction, and it is pending."""
    pact = {
        "consumer": {"name": "ui"},
        "provider": {"name": "api"},
        "interactions": [PENDING],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    two.ui.write("pacts/ui-api.json", pact)
    two.ui.commit("pending")
    two.api.answers()


def test_a_pending_interaction_stops_no_one(two: Two, at: Any) -> None:
    pending(two)
    at(two.ui.root)
    told = two.ask("ui")
    assert told.exit_code == 0
    assert "GET /order: never verified (pending)" in told.stdout


def test_in_one_repository_each_has_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repo.new(tmp_path / "all")
    ui, api = Repo(repo.root / "ui"), Repo(repo.root / "services/api")
    ui.root.mkdir()
    api.root.mkdir(parents=True)
    ui.expects("ui", "api", ORDER)
    api.answers(order={"id": 1})
    api.verify_and_commit("api", ui.root / "pacts/ui-api.json")
    ui.write("button.js", "blue")
    ui.commit("only the consumer changed")
    monkeypatch.chdir(repo.root)
    ask = ("pact", "can-i-deploy", "--pacticipant", "ui")
    assert Project(repo.root).run(*ask).exit_code == 1
    folders = ("--repository", "ui=ui", "--repository", "api=services/api")
    assert Project(repo.root).run(*ask, *folders).exit_code == 0


def test_an_environment_has_what_was_recorded_as_deployed(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    two.verify()
    at(two.ui.root)
    where = ("--to", "production")
    unknown = two.ask("ui", *where)
    assert unknown.exit_code == 2
    assert "found no branch, tag or environment `production`" in unknown.stderr

    at(two.api.root)
    deploy = ("pact", "record-deployment", "--environment", "production")
    told = two.project.run(*deploy, "--pacticipant", "api")
    assert "git push --force origin refs/tags/production/api" in told.stdout
    first = two.ask("api", *where)
    assert first.exit_code == 0
    assert "ui is not in production, and needs nothing there" in first.stdout
    at(two.ui.root)
    assert two.ask("ui", *where).exit_code == 0

    two.project.run(*deploy, "--pacticipant", "ui")
    at(two.api.root)
    two.api.answers(order={})
    assert two.ask("api", *where).exit_code == 1
    at(two.ui.root)
    two.ui.expects("ui", "api", USER)
    assert two.ask("ui", *where).exit_code == 1
    at(two.api.root)
    assert two.ask("api", *where, "--version", "production/api").exit_code == 0


def verified(two: Two) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    two.verify()


@pytest.mark.parametrize("there", [verified, pending])
def test_a_consumer_waits_for_a_provider_that_is_not_there(
    there: Callable[[Two], None], two: Two, at: Any
) -> None:
    there(two)
    at(two.ui.root)
    two.project.run(
        *("pact", "record-deployment", "--environment", "test", "--pacticipant", "ui"),
    )
    told = two.ask("ui", "--to", "test")
    assert told.exit_code == 1
    assert "✗ api is not in test" in told.stdout


def test_the_answer_as_json_has_versions_findings_and_records(two: Two, at: Any) -> None:
    sent = two.ui.expects("ui", "api", ORDER, USER)
    two.api.answers(order={"id": 1})
    two.verify()
    at(two.ui.root)
    told = json.loads(two.ask("ui", "--json").stdout)
    assert (told["deployable"], told["version"]) == (False, sent)
    [pair] = told["pairs"]
    assert [each["finding"] for each in pair["interactions"]] == ["verified", "failed"]
    assert pair["interactions"][0]["by"]["engine"] == "native"
    assert pair["provider"]["version"] == two.api.git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--pacticipant", "uii"), "did you mean `ui`?"),
        (("--pacticipant", "ui", "--version", "nowhere"), "no commit, branch or tag `nowhere`"),
        (("--pacticipant", "ui", "--to", "nowhere"), "no branch, tag or environment `nowhere`"),
        (("--pacticipant", "ui", "--version", "--all"), "no commit, branch or tag `--all`"),
        (("--pacticipant", "ui", "--repository", "api"), "'api' is no NAME=PATH"),
        (("--pacticipant", "ui", "--repository", "api=gone"), "found no such folder"),
    ],
)
def test_what_nothing_is_known_of_is_told(
    two: Two, at: Any, arguments: tuple[str, ...], told: str
) -> None:
    two.ui.expects("ui", "api", ORDER)
    at(two.ui.root)
    result = two.project.run("pact", "can-i-deploy", *arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())


def test_a_deployment_is_told_as_json(two: Two, at: Any) -> None:
    sha = two.ui.expects("ui", "api", ORDER)
    at(two.ui.root)
    deploy = ("pact", "record-deployment", "--pacticipant", "ui", "--environment", "test", "--json")
    told = two.project.run(*deploy)
    assert (told.exit_code, told.stderr) == (0, "")
    assert json.loads(told.stdout) == {
        "pacticipant": "ui",
        "environment": "test",
        "version": sha,
        "tag": "test/ui",
        "push": "git push --force origin refs/tags/test/ui",
        "problems": [],
    }
    told = two.project.run(*deploy, "--version", "gone")
    answer = json.loads(told.stdout)
    assert (told.exit_code, told.stderr, answer["tag"]) == (2, "", None)
    assert [each["code"] for each in answer["problems"]] == ["pact-version"]


def test_a_folder_without_git_is_told(tmp_path: Path, at: Any) -> None:
    at(tmp_path)
    result = Project(tmp_path).run("pact", "can-i-deploy", "--pacticipant", "ui")
    assert result.exit_code == 2
    assert "found a folder that git doesn't take (not a git repository)" in result.stderr


def test_a_faulty_pact_file_is_told_with_its_commit(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.ui.write("pacts/ui-api.json", '{"consumer": ')
    sha = two.ui.commit("cut")
    at(two.ui.root)
    result = two.project.run("pact", "can-i-deploy", "--pacticipant", "ui")
    assert result.exit_code == 2
    assert f"{sha[:7]}:pacts/ui-api.json:1: found" in result.stderr


def test_a_clone_without_history_is_told(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    path = two.api.verify("api", two.pact)
    two.api.commit("recorded")
    path.unlink()
    two.api.commit("records are gone")
    clone = two.project.root / "clone"
    at(two.ui.root)
    assert two.ask("ui").exit_code == 0
    two.api.git("clone", "--quiet", "--depth=1", f"file://{two.api.root}", str(clone))
    told = two.project.run(
        *("pact", "can-i-deploy", "--pacticipant", "ui", "--repository", f"api={clone}")
    )
    assert told.exit_code == 1
    assert "this clone is shallow" in told.stdout


def test_a_story_of_one_repository_verified_by_the_command_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repo.new(tmp_path / "shop")
    project = Project(repo.root)
    monkeypatch.chdir(repo.root)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "provider", raising=False)
    for name, text in (("provider.py", PROVIDER), (".gitignore", ".stagepact\n__pycache__\n")):
        project.file(name, text)
    project.file("contracts/api.contract.yaml", CONTRACT.replace("FROM", "../pacts"))
    project.file("pyproject.toml", '[tool.stagepact]\npythonpath = ["."]\n')

    def verified() -> int:
        code = project.run("pact", "verify", "--record", "pacts").exit_code
        repo.commit("what was verified")
        return code

    def can(name: str) -> bool:
        told = project.run("pact", "can-i-deploy", "--pacticipant", name, "--to", "main")
        return told.exit_code == 0

    repo.answers(order={"id": 1})
    repo.expects("ui", "api", ORDER)
    assert not can("ui")
    assert verified() == 0
    assert can("ui")
    assert can("api")

    repo.expects("ui", "api", ORDER, USER)
    assert not can("ui")
    assert verified() == 1
    assert not can("api")
    repo.answers(order={"id": 1}, user={"name": "Ada"})
    assert not can("ui")
    assert verified() == 0
    assert can("ui")

    repo.answers(order={"id": 1})
    assert verified() == 1
    assert not can("api")
    repo.expects("ui", "api", ORDER)
    assert can("api")
    assert can("ui")
    sys.modules.pop("provider", None)


def test_a_record_counts_wherever_it_is_beside_pacts(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    path = two.api.verify("api", two.pact)
    (two.api.root / "pacts").mkdir(exist_ok=True)
    path.rename(two.api.root / "pacts/found.json")
    two.api.commit("recorded elsewhere")
    at(two.api.root)
    assert two.ask("api").exit_code == 0


def test_a_record_that_came_by_a_merge_counts(two: Two, at: Any) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    two.api.git("checkout", "--quiet", "-b", "other")
    two.verify()
    two.api.git("checkout", "--quiet", "main")
    two.api.write("README.md", "an api")
    two.api.commit("told what it is")
    at(two.api.root)
    assert two.ask("api").exit_code == 1
    two.api.git("merge", "--quiet", "--no-edit", "other")
    two.verify()
    two.api.git("branch", "--quiet", "-D", "other")
    assert two.ask("api").exit_code == 0


def test_git_hooks_may_ask(two: Two, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    two.ui.expects("ui", "api", ORDER)
    two.api.answers(order={"id": 1})
    two.verify()
    at(two.ui.root)
    monkeypatch.setenv("GIT_DIR", str(two.ui.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(two.ui.root))
    assert two.ask("ui").exit_code == 0


def test_names_that_are_no_text_and_repositories_without_commits(
    two: Two, at: Any, tmp_path: Path
) -> None:
    two.ui.expects("ui", "api", ORDER)
    blob = two.ui.git("hash-object", "-w", "pacts/ui-api.json")
    tree = f"100644 {blob}\tpacts/\udcff.txt\n"
    subprocess.run(
        ["git", "-C", str(two.ui.root), "update-index", "--index-info"],
        input=tree.encode(errors="surrogateescape"),
        check=True,
    )
    two.ui.git("commit", "--quiet", "-m", "a name of bytes")
    Repo.new(tmp_path / "empty")
    at(two.ui.root)
    ask = ("pact", "can-i-deploy", "--pacticipant", "ui", "--to", "main")
    told = two.project.run(*ask, "--repository", f"api={tmp_path / 'empty'}")
    assert told.exit_code == 1
    assert "✗ api is not in main" in told.stdout
