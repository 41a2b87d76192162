"""`stagepact pact publish` and `fetch` with a broker over HTTP; Pact's own clients use it, too."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from git_projects import CONTRACT, PROVIDER, Repo, get
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from tiny_project import Project

from bank.broker import Broker, app_of
from stagepact.pact.broker.publishing import client

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from servers import closed_port, served

TOKEN = "s3cret-t0ken"
ORDER = get("/order", {"id": 1})
USER = get("/user", {"name": "Ada"})


class Shared:
    """A broker with a token, and a consumer's repository."""

    def __init__(self, url: str, broker: Broker, repo: Repo) -> None:
        self.url, self.broker, self.repo = url, broker, repo
        self.project = Project(repo.root)

    def expects(self, *interactions: dict[str, Any], consumer: str = "ui") -> str:
        return self.repo.expects(consumer, "api", *interactions)

    def publish(self, *arguments: str, consumer: str = "ui") -> Any:
        return self.project.run("pact", "publish", f"pacts/{consumer}-api.json", *arguments)

    def fetch(self, *arguments: str) -> list[str]:
        self.project.run("pact", "fetch", "--provider", "api", "--to", "got", *arguments)
        return sorted(path.name for path in (self.repo.root / "got").glob("*.json"))

    def official(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Pact's own client, asked of the same broker."""
        command = [str(client()), "broker", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shared]:
    for name in ("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME"):
        monkeypatch.delenv(name, raising=False)
    broker = Broker()
    with served(app_of(broker, token=TOKEN)) as host:
        monkeypatch.setenv("PACT_BROKER_BASE_URL", f"http://{host}")
        monkeypatch.setenv("PACT_BROKER_TOKEN", TOKEN)
        monkeypatch.setenv("PACT_DO_NOT_TRACK", "true")
        repo = Repo.new(tmp_path / "ui")
        monkeypatch.chdir(repo.root)
        yield Shared(f"http://{host}", broker, repo)


def test_a_pact_is_published_with_the_commit_and_branch_of_git(shared: Shared) -> None:
    sha = shared.expects(ORDER)
    told = shared.publish()
    assert told.exit_code == 0, told.stderr
    assert told.stdout == f"pacts/ui-api.json: published, ui {sha} on main → api\n"
    [pact] = shared.broker.pacts
    assert (pact.consumer, pact.version, pact.provider) == ("ui", sha, "api")
    assert shared.broker.versions["ui"][sha].branches == ["main"]


def test_what_is_published_is_told_as_json(shared: Shared) -> None:
    shared.expects(ORDER)
    options = ("--version", "1.2.0", "--branch", "feature/x", "--tag", "dev", "--tag", "eu")
    told = shared.publish(*options, "--json")
    [pact] = shared.broker.pacts
    assert (told.exit_code, told.stderr) == (0, "")
    assert json.loads(told.stdout) == {
        "broker": shared.url,
        "published": [
            {
                "file": "pacts/ui-api.json",
                "consumer": "ui",
                "provider": "api",
                "version": "1.2.0",
                "branch": "feature/x",
                "tags": ["dev", "eu"],
                "url": f"{shared.url}/pacts/provider/api/consumer/ui/pact-version/{pact.sha}",
                "notices": ["Pact published for ui version 1.2.0 and api."],
            }
        ],
        "problems": [],
    }


@pytest.mark.parametrize("links", [{}, {"_links": []}, {"_links": {"pb:contracts": [7]}}])
def test_a_broker_that_says_no_url_is_told_without(shared: Shared, links: dict[str, Any]) -> None:
    async def root(request: Any) -> Any:
        href = f"{request.base_url}contracts/publish"
        return JSONResponse({"_links": {"pb:publish-contracts": {"href": href}}})

    async def publish(_request: Any) -> Any:
        return JSONResponse(links)

    shared.expects(ORDER)
    routes = [Route("/", root), Route("/contracts/publish", publish, methods=["POST"])]
    with served(Starlette(routes=routes)) as host:
        told = shared.publish("--json", "--broker", f"http://{host}")
    [published] = json.loads(told.stdout)["published"]
    assert (told.exit_code, published["url"], published["notices"]) == (0, None, [])


def test_what_was_published_before_a_problem_is_told_with_it(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.publish("--version", "1")
    shared.expects(USER)
    shared.expects(USER, consumer="app")
    files = ("pacts/app-api.json", "pacts/ui-api.json")
    told = shared.project.run("pact", "publish", *files, "--version", "1", "--json")
    answer = json.loads(told.stdout)
    assert (told.exit_code, told.stderr) == (2, "")
    assert [each["consumer"] for each in answer["published"]] == ["app"]
    assert [each["code"] for each in answer["problems"]] == ["broker-conflict"]


def test_all_pacts_of_a_folder_are_published(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.expects(USER, consumer="app")
    told = shared.project.run("pact", "publish", "pacts", "--version", "1")
    assert told.exit_code == 0, told.stderr
    assert sorted(each.consumer for each in shared.broker.pacts) == ["app", "ui"]


def test_a_version_branch_and_tags_can_be_said(shared: Shared) -> None:
    shared.expects(ORDER)
    options = ("--version", "1.2.0", "--branch", "feature/x", "--tag", "dev", "--tag", "eu")
    assert shared.publish(*options).exit_code == 0
    version = shared.broker.versions["ui"]["1.2.0"]
    assert (version.branches, version.tags) == (["feature/x"], ["dev", "eu"])


def test_what_was_published_is_fetched_as_the_same_pact(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.publish()
    assert shared.fetch() == ["ui-api.json"]
    sent, got = (
        json.loads((shared.repo.root / name).read_text(encoding="utf-8"))
        for name in ("pacts/ui-api.json", "got/ui-api.json")
    )
    assert got["interactions"] == sent["interactions"]
    assert shared.project.run("pact", "read", "got/ui-api.json").exit_code == 0


def test_selectors_say_which_pacts_are_meant(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.publish("--version", "1", "--branch", "main")
    shared.expects(ORDER, USER)
    shared.publish("--version", "2", "--branch", "feature", "--tag", "dev")
    shared.expects(USER, consumer="app")
    shared.publish("--version", "7", "--branch", "main", consumer="app")
    shared.broker.version("ui", "1").deployed.append("production")
    both = ["app-api.json", "ui-api.json"]
    assert shared.fetch("--main-branch") == both
    assert shared.fetch("--consumer-branch", "feature") == ["ui-api.json"]
    assert shared.fetch("--consumer-tag", "dev") == ["ui-api.json"]
    assert shared.fetch("--environment", "production") == ["ui-api.json"]
    assert shared.fetch("--deployed-or-released") == ["ui-api.json"]
    assert shared.fetch("--main-branch", "--consumer", "app") == ["app-api.json"]
    assert shared.fetch("--matching-branch", "--provider-branch", "feature") == ["ui-api.json"]
    two = shared.fetch("--main-branch", "--consumer-branch", "feature", "--consumer", "ui")
    assert len(two) == 2
    assert all(name.startswith("ui-api.") for name in two)
    assert shared.fetch() == both


def test_pacts_that_demand_the_same_or_are_called_alike_have_files_of_their_own(
    shared: Shared,
) -> None:
    shared.expects(ORDER, USER)
    shared.publish("--version", "1", "--branch", "main")
    shared.expects(USER, ORDER)
    shared.publish("--version", "2", "--branch", "feature")
    for number, consumer in enumerate(("an app", "an-app")):
        shared.expects(USER, consumer=consumer)
        shared.publish("--version", str(number), consumer=consumer)
    names = shared.fetch("--main-branch", "--consumer-branch", "feature")
    contents = [(shared.repo.root / "got" / each).read_text("utf-8") for each in names]
    assert [each.partition(".")[0] for each in names] == ["an-app-api"] * 2 + ["ui-api"] * 2
    assert len({*contents}) == 4
    assert shared.project.run("pact", "read", "got").exit_code == 0


def test_files_that_a_fetch_did_not_write_stay(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.publish()
    own = shared.repo.write(
        "got/own-api.json", (shared.repo.root / "pacts/ui-api.json").read_text()
    )
    assert shared.fetch() == ["own-api.json", "ui-api.json"]
    assert own.exists()


def test_a_pact_that_was_never_verified_is_pending(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.publish()
    told = shared.project.run("pact", "fetch", "--provider", "api", "--to", "got", "--pending")
    assert told.stdout.splitlines()[0] == "got/ui-api.json (pending)"
    assert "a failure of it doesn't count" in told.stdout
    got = json.loads((shared.repo.root / "got/ui-api.json").read_text(encoding="utf-8"))
    assert [each["pending"] for each in got["interactions"]] == [True]


def test_what_is_fetched_and_removed_is_told(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.publish("--version", "1")
    shared.expects(USER, consumer="app")
    shared.publish("--version", "7", "--branch", "feature", consumer="app")
    shared.fetch("--main-branch")
    fetch = ("pact", "fetch", "--provider", "api", "--to", "got", "--consumer-branch", "feature")
    told = shared.project.run(*fetch, "--pending", "--json")
    answer = json.loads(told.stdout)
    assert (told.exit_code, told.stderr) == (0, "")
    [fetched] = answer.pop("fetched")
    assert answer == {
        "broker": shared.url,
        "provider": "api",
        "provider_branch": "main",
        "removed": ["got/ui-api.json"],
        "problems": [],
    }
    notices, url = fetched.pop("notices"), fetched.pop("url")
    assert fetched == {
        "file": "got/app-api.json",
        "consumer": "app",
        "version": "7",
        "pending": True,
        "wip": False,
    }
    assert notices[0].startswith("app: verified because")
    assert url.startswith(f"{shared.url}/pacts/provider/api/consumer/app/")
    text = shared.project.run(*fetch[:-2], "--main-branch").stdout.splitlines()
    assert text[0] == "got/ui-api.json"
    assert text[-1] == "got/app-api.json: removed, it isn't selected any more"


def test_nothing_selected_is_no_success(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.publish()
    told = shared.project.run("pact", "fetch", "--provider", "api", "--consumer-branch", "gone")
    assert (told.exit_code, told.stderr) == (1, "no pact of api is selected\n")
    gone = ("--consumer-branch", "gone", "--json")
    told = shared.project.run("pact", "fetch", "--provider", "api", *gone)
    answer = json.loads(told.stdout)
    assert (told.exit_code, answer["fetched"], answer["problems"]) == (1, [], [])


def test_a_version_cannot_publish_another_content(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.publish("--version", "1")
    shared.expects(USER)
    told = shared.publish("--version", "1")
    assert told.exit_code == 2
    assert told.stderr.startswith("pacts/ui-api.json: found the broker doesn't take it: Cannot")
    assert "give it another `--version`, or `--merge`" in told.stderr
    assert shared.publish("--version", "1", "--merge").exit_code == 0
    [pact] = shared.broker.pacts
    assert [each["description"] for each in pact.content["interactions"]] == [
        "GET /order",
        "GET /user",
    ]


def test_what_our_command_publishes_pacts_own_client_finds(shared: Shared) -> None:
    shared.expects(ORDER)
    shared.publish("--version", "1")
    got = shared.official("get-pacts", "--provider", "api", "--latest", "--output", "json")
    assert [each["name"] for each in json.loads(got.stdout)["pacts"]] == ["ui"]
    ask = ("can-i-deploy", "--pacticipant", "ui", "--version", "1")
    there = (*ask, "--to-environment", "production")
    assert shared.official(*there).returncode == 1
    [pact] = shared.broker.pacts
    shared.broker.version("api", "9").deployed.append("production")
    shared.broker.result(pact, {"providerApplicationVersion": "9", "success": False})
    assert shared.official(*there).returncode == 1
    shared.broker.result(pact, {"providerApplicationVersion": "9", "success": True})
    assert shared.official(*there).returncode == 0


def test_what_pacts_own_client_publishes_our_command_finds(shared: Shared) -> None:
    shared.expects(ORDER)
    done = shared.official("publish", "pacts/ui-api.json", "-a", "3", "--branch", "main")
    assert done.returncode == 0
    assert shared.fetch() == ["ui-api.json"]


def test_a_name_and_password_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: Shared
) -> None:
    shared.expects(ORDER)
    monkeypatch.delenv("PACT_BROKER_TOKEN")
    monkeypatch.setenv("PACT_BROKER_USERNAME", "ada")
    monkeypatch.setenv("PACT_BROKER_PASSWORD", TOKEN)
    with served(app_of(Broker(), user=("ada", TOKEN))) as host:
        broker = ("--broker", f"http://{host}")
        assert shared.publish(*broker).exit_code == 0
        assert shared.fetch(*broker) == ["ui-api.json"]


class TestResults:
    """What a provider's records say is told to the broker, which judges by it."""

    @pytest.fixture
    def api(self, shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
        """A provider that has fetched what it is to verify."""
        shared.expects(ORDER, USER)
        shared.publish("--version", "1")
        repo = Repo.new(tmp_path / "api")
        monkeypatch.chdir(repo.root)
        repo.answers(order={"id": 1}, user={"name": "Ada"})
        self.fetched(shared, repo)
        return repo

    def fetched(self, shared: Shared, repo: Repo, *arguments: str) -> Path:
        shared.project.run("pact", "fetch", "--provider", "api", "--main-branch", *arguments)
        return repo.root / "pacts/ui-api.json"

    def publish(self, shared: Shared, repo: Repo, *engines: str) -> Any:
        pact = repo.root / "pacts/ui-api.json"
        records = [str(repo.verify("api", pact, engine)) for engine in engines or ("native",)]
        return shared.project.run("pact", "publish-results", *records)

    def test_a_success_lets_the_consumer_be_deployed(self, shared: Shared, api: Repo) -> None:
        ask = ("can-i-deploy", "--pacticipant", "ui", "--version", "1", "--to-environment", "test")
        sha = api.git("rev-parse", "HEAD")
        shared.broker.version("api", sha).deployed.append("test")
        assert shared.official(*ask).returncode == 1
        told = self.publish(shared, api)
        assert told.stdout == f"ui → api {sha}: published, 2 verified\n"
        assert shared.official(*ask).returncode == 0
        [result] = shared.broker.results
        assert (result.branches, result.body["success"]) == (("main",), True)
        assert len(result.body["testResults"]) == 2

    def test_a_failure_by_any_engine_is_a_failure(self, shared: Shared, api: Repo) -> None:
        native = api.verify("api", api.root / "pacts/ui-api.json", "native")
        official = api.verify("api", api.root / "pacts/ui-api.json", "official")
        record = json.loads(native.read_text(encoding="utf-8"))
        record["results"][0].update(success=False, mismatches=["status: expected 200, got 404"])
        native.write_text(json.dumps(record), encoding="utf-8")
        for records in ((native, official), (official, native)):
            told = shared.project.run("pact", "publish-results", *map(str, records))
            assert "published, 1 of 2 failed" in told.stdout
        assert [each.success for each in shared.broker.results] == [False, False]

    def test_a_verified_pact_is_no_longer_pending(self, shared: Shared, api: Repo) -> None:
        assert '"pending": true' in self.fetched(shared, api, "--pending").read_text("utf-8")
        self.publish(shared, api)
        assert '"pending"' not in self.fetched(shared, api, "--pending").read_text("utf-8")

    def test_what_was_left_out_is_not_published(self, shared: Shared, api: Repo) -> None:
        path = api.verify("api", api.root / "pacts/ui-api.json")
        record = json.loads(path.read_text(encoding="utf-8"))
        del record["results"][0]
        path.write_text(json.dumps(record), encoding="utf-8")
        told = shared.project.run("pact", "publish-results", str(path))
        assert told.exit_code == 1
        assert "not published, for these weren't verified: GET /order" in told.stdout
        assert not shared.broker.results

    def test_what_is_told_to_the_broker_is_told_as_json(self, shared: Shared, api: Repo) -> None:
        path = api.verify("api", api.root / "pacts/ui-api.json")
        record = json.loads(path.read_text(encoding="utf-8"))
        record["results"][0].update(success=False, mismatches=["status: expected 200, got 404"])
        path.write_text(json.dumps(record), encoding="utf-8")
        publish = ("pact", "publish-results", str(path), "--tag", "dev", "--json")
        told = shared.project.run(*publish)
        answer = json.loads(told.stdout)
        assert (told.exit_code, told.stderr) == (0, "")
        [result] = answer.pop("results")
        assert answer == {"broker": shared.url, "problems": []}
        assert result.pop("url").endswith("/verification-results")
        assert result == {
            "file": "pacts/ui-api.json",
            "consumer": "ui",
            "provider": "api",
            "version": record["commit"],
            "branch": "main",
            "tags": ["dev"],
            "published": True,
            "success": False,
            "interactions": [
                {
                    "description": "GET /order",
                    "success": False,
                    "mismatches": ["status: expected 200, got 404"],
                },
                {"description": "GET /user", "success": True, "mismatches": []},
            ],
            "left_out": [],
        }
        del record["results"][0]
        path.write_text(json.dumps(record), encoding="utf-8")
        told = shared.project.run(*publish)
        [result] = json.loads(told.stdout)["results"]
        found = (told.exit_code, result["published"], result["left_out"], result["url"])
        assert found == (1, False, ["GET /order"], None)

    def test_what_cannot_be_published_is_told(self, shared: Shared, api: Repo) -> None:
        pact = api.root / "pacts/ui-api.json"
        uncommitted = api.verify("api", pact, "u", uncommitted=True)
        other = api.verify("apx", pact)
        good = api.verify("api", pact)
        table = [
            ((str(uncommitted),), "found a record of uncommitted changes"),
            ((str(good), str(other)), "found apx at"),
            ((str(pact),), "found no `commit`"),
            ((), "name at least one record"),
            ((str(good), "--from", "gone"), "found no pact of api from a broker"),
        ]
        for arguments, told in table:
            result = shared.project.run("pact", "publish-results", *arguments)
            assert result.exit_code == 2
            assert told in " ".join(result.stderr.split())
        assert not shared.broker.results


class TestVerify:
    """`stagepact pact verify --broker`: fetched, run and told to the broker by one command."""

    @pytest.fixture
    def api(
        self, shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Project]:
        """A provider whose contract says where its pacts go."""
        shared.expects(ORDER, USER)
        shared.publish("--version", "1")
        repo = Repo.new(tmp_path / "api")
        project = Project(repo.root)
        project.file("provider.py", PROVIDER)
        project.file("contracts/api.contract.yaml", CONTRACT.replace("FROM", "../pacts"))
        project.file(".gitignore", ".stagepact\n__pycache__\npacts\n")
        project.file("pyproject.toml", '[tool.stagepact]\npythonpath = ["."]\n')
        repo.answers(order={"id": 1}, user={"name": "Ada"})
        monkeypatch.chdir(repo.root)
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.delitem(sys.modules, "provider", raising=False)
        yield project
        sys.modules.pop("provider", None)

    def verify(self, shared: Shared, api: Project, *arguments: str) -> Any:
        options = ("--broker", shared.url, "--main-branch", *arguments)
        return api.run("pact", "verify", *options)

    def test_results_are_published_as_the_commit(self, shared: Shared, api: Project) -> None:
        told = self.verify(shared, api, "--publish-results", "--provider-tag", "dev")
        assert told.exit_code == 0, told.stdout + told.stderr
        [result] = shared.broker.results
        sha = Repo(api.root).git("rev-parse", "HEAD")
        assert (result.version, result.success, result.branches) == (sha, True, ("main",))
        assert shared.broker.versions["api"][sha].tags == ["dev"]
        assert f"ui → api {sha}: published, 2 verified" in told.stderr

    def test_without_being_asked_nothing_is_published(self, shared: Shared, api: Project) -> None:
        told = self.verify(shared, api, "--json")
        assert told.exit_code == 0
        assert json.loads(told.stdout)["verifications"][0]["provider"] == "api"
        assert not shared.broker.results

    def test_a_failure_is_published_too(self, shared: Shared, api: Project) -> None:
        Repo(api.root).answers(order={"id": 1})
        told = self.verify(shared, api, "--publish-results", "--provider-version", "7")
        assert told.exit_code == 1
        [result] = shared.broker.results
        assert (result.version, result.success) == ("7", False)
        tests = {each["interactionDescription"]: each for each in result.body["testResults"]}
        assert not tests["GET /user"]["success"]
        assert "expected 200, got 404" in tests["GET /user"]["mismatches"][0]["description"]

    def test_both_engines_are_told_to_the_broker_at_once(
        self, shared: Shared, api: Project
    ) -> None:
        Repo(api.root).answers(order={"id": 1}, user={})
        shared.project.run("pact", "fetch", "--provider", "api", "--to", str(api.root / "pacts"))
        records = [str(api.root / f"build/{engine}.json") for engine in ("native", "official")]
        for engine, record in zip(("native", "official"), records, strict=True):
            told = api.run("pact", "verify", "--pact-engine", engine, "--record", record)
            assert told.exit_code == 1, told.stderr
        found = [json.loads(Path(each).read_text(encoding="utf-8")) for each in records]
        assert [each["engine"] for each in found] == ["native", "official"]
        successes = [[one["success"] for one in each["results"]] for each in found]
        assert successes == [[True, False]] * 2
        assert api.run("pact", "publish-results", *records).exit_code == 0
        assert [each.success for each in shared.broker.results] == [False]

    def test_what_is_pending_is_told_and_fails_nobody(self, shared: Shared, api: Project) -> None:
        repo = Repo(api.root)
        repo.answers()
        pending = self.verify(shared, api, "--pending", "--publish-results")
        assert pending.exit_code == 0
        assert "pending in the pact, and not kept yet" in pending.stdout
        assert [each.success for each in shared.broker.results] == [False]
        repo.answers(order={"id": 1}, user={"name": "Ada"})
        assert self.verify(shared, api, "--pending", "--publish-results").exit_code == 0
        repo.answers()
        assert self.verify(shared, api, "--pending").exit_code == 1

    def test_changes_that_are_not_committed_need_a_version(
        self, shared: Shared, api: Project
    ) -> None:
        (api.root / "answers.json").write_text("{}", encoding="utf-8")
        told = self.verify(shared, api, "--publish-results")
        assert told.exit_code == 2
        assert "found a record of uncommitted changes" in told.stderr
        assert not shared.broker.results

    def test_what_cannot_be_fetched_is_told(self, shared: Shared, api: Project) -> None:
        gone = ("--consumer-branch", "gone")
        table = [
            (("--broker", shared.url, *gone), "found no pact of api that the broker selects"),
            (("--publish-results",), "say `--broker URL`"),
            (("--broker", f"http://{closed_port()}"), "found no answer ("),
        ]
        for arguments, told in table:
            result = api.run("pact", "verify", *arguments)
            assert result.exit_code == 2
            assert told in " ".join(result.stderr.split())
            assert TOKEN not in result.stderr
        contract = CONTRACT.replace("FROM", "../pacts/*.json")
        api.file("contracts/api.contract.yaml", contract)
        result = api.run("pact", "verify", "--broker", shared.url)
        assert result.exit_code == 2
        assert "api.contract.yaml:6: found no folder in `from`" in result.stderr


class TestBadInput:
    """Each is one clear sentence without a secret, and exit code 2."""

    def refused(self, shared: Shared, *arguments: str) -> str:
        result = shared.project.run("pact", *arguments)
        assert result.exit_code == 2
        assert TOKEN not in result.output + result.stderr
        told = " ".join(result.stderr.split())
        assert told.count("found ") <= 1
        return told

    @pytest.mark.parametrize(
        "command", [("publish", "pacts/ui-api.json"), ("fetch", "--provider", "api")]
    )
    def test_a_broker_that_is_down(self, shared: Shared, command: tuple[str, ...]) -> None:
        shared.expects(ORDER)
        told = self.refused(shared, *command, "--broker", f"http://{closed_port()}")
        assert "found no answer (" in told
        assert told.endswith("start it, or check `--broker`")

    @pytest.mark.parametrize(
        "command", [("publish", "pacts/ui-api.json"), ("fetch", "--provider", "api")]
    )
    def test_wrong_credentials(
        self, shared: Shared, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared.expects(ORDER)
        monkeypatch.setenv("PACT_BROKER_TOKEN", "wrong")
        assert "found the broker refuses access (401)" in self.refused(shared, *command)

    @pytest.mark.parametrize(
        ("command", "rows"),
        [
            (("publish", "pacts/ui-api.json"), "published"),
            (("fetch", "--provider", "api"), "fetched"),
            (("publish-results", "gone.json"), "results"),
        ],
    )
    def test_problems_are_told_as_json(
        self, shared: Shared, command: tuple[str, ...], rows: str
    ) -> None:
        shared.expects(ORDER)
        down = f"http://{closed_port()}"
        told = shared.project.run("pact", *command, "--json", "--broker", down)
        answer = json.loads(told.stdout)
        assert (told.exit_code, told.stderr) == (2, "")
        assert (answer["broker"], answer[rows]) == (down, [])
        [problem] = answer["problems"]
        assert problem["code"] == ("missing-file" if rows == "results" else "broker-down")
        assert TOKEN not in told.stdout

    def test_a_provider_that_nobody_knows(self, shared: Shared) -> None:
        shared.expects(ORDER)
        shared.publish()
        told = self.refused(shared, "fetch", "--provider", "apii")
        assert "found no provider `apii`" in told
        assert told.endswith("did you mean `api`?")

    def test_a_url_with_credentials(self, shared: Shared) -> None:
        told = self.refused(
            shared, "fetch", "--provider", "api", "--broker", f"http://ada:{TOKEN}@localhost"
        )
        assert "put them into PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD" in told

    def test_no_url(self, shared: Shared) -> None:
        assert "no URL, such as" in self.refused(
            shared, "fetch", "--provider", "api", "--broker", "localhost"
        )

    def test_no_file_and_a_faulty_file(self, shared: Shared) -> None:
        assert "name at least one pact file" in self.refused(shared, "publish")
        shared.repo.write("pacts/cut.json", '{"consumer": ')
        assert "pacts/cut.json:1: found" in self.refused(shared, "publish", "pacts/cut.json")
        assert not shared.broker.pacts

    def test_a_version_that_is_not_said_where_there_is_no_git(
        self, shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared.expects(ORDER)
        monkeypatch.chdir(tmp_path)
        told = self.refused(shared, "publish", "ui/pacts/ui-api.json")
        assert "name the version with `--version`" in told

    def test_a_folder_that_cannot_be_written(self, shared: Shared) -> None:
        shared.expects(ORDER)
        shared.publish()
        shared.repo.write("taken", "a file")
        told = self.refused(shared, "fetch", "--provider", "api", "--to", "taken")
        assert told.startswith("taken: found no file can be written")

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (PlainTextResponse("hello"), "found text/plain; charset=utf-8, no JSON"),
            (JSONResponse({"name": "shop"}), "found an answer without `pb:` links"),
            (JSONResponse({"error": "full"}, 507), "found 507 for GET /: full"),
            (
                JSONResponse({"_links": {"pb:publish-contracts": {"href": "/"}}}),
                "found no link `pb:provider-pacts-for-verification`",
            ),
            (
                JSONResponse(
                    {
                        "_links": {
                            "pb:provider-pacts-for-verification": {"href": "http://evil.test/"}
                        }
                    }
                ),
                "found a link to another host",
            ),
        ],
    )
    def test_what_is_no_broker(self, shared: Shared, answer: Any, told: str) -> None:
        async def root(_request: Any) -> Any:
            return answer

        with served(Starlette(routes=[Route("/", root)])) as host:
            broker = ("--broker", f"http://{host}")
            assert told in self.refused(shared, "fetch", "--provider", "api", *broker)


VERIFIER = """
import sys
from pact import Verifier

broker, provider, token, version = sys.argv[1:]
verifier = Verifier("api", host="127.0.0.1").add_transport(url=provider)
source = verifier.broker_source(broker, token=token, selector=True)
source.consumer_version(main_branch=True).consumer_version(deployed_or_released=True)
source.include_pending().provider_branch("main").build()
verifier.set_publish_options(version=version, url=None, branch="main", tags=["dev"])
try:
    verifier.verify()
except RuntimeError:
    sys.exit(1)
"""


def test_the_official_verifier_gets_pacts_and_publishes_results(shared: Shared) -> None:
    async def order(_request: Any) -> Any:
        return JSONResponse({"id": body["id"]})

    body: dict[str, Any] = {"id": 2}
    shared.expects(ORDER)
    shared.publish("--version", "1")

    def verify(version: str) -> int:
        command = [sys.executable, "-c", VERIFIER, shared.url, f"http://{host}", TOKEN, version]
        return subprocess.run(command, capture_output=True, check=False).returncode

    with served(Starlette(routes=[Route("/order", order)])) as host:
        assert verify("p1") == 0  # it is pending
        body["id"] = 1
        assert verify("p2") == 0
        body["id"] = 2
        assert verify("p3") == 1  # it isn't, any more
    found = [(each.version, each.success, each.branches) for each in shared.broker.results]
    assert found == [("p1", False, ("main",)), ("p2", True, ("main",)), ("p3", False, ("main",))]
    assert shared.broker.versions["api"]["p3"].tags == ["dev"]
