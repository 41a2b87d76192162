"""`stagepact discover`: what is there, what speaks of it, and why something can't be run."""

from __future__ import annotations

import pytest
from tiny_project import Project


def rows(found: dict[str, list[dict[str, object]]]) -> dict[object, dict[str, object]]:
    return {row["name"]: row for row in found["found"]}


def test_what_is_found_is_told_with_the_contracts_that_speak_of_it(shop: Project) -> None:
    row = rows(shop.json("discover", "shop", "--json"))["price"]
    assert row["identity"] == "shop:price"
    assert row["contracts"] == ["contracts/shop.contract.yaml"]
    assert row["paths"] == ["direct"]


def test_without_references_it_looks_where_settings_and_contracts_say(shop: Project) -> None:
    assert set(rows(shop.json("discover", "--json"))) == {"price"}


def test_an_app_is_spoken_of_by_the_service_that_names_it(project: Project) -> None:
    project.file("api.py", "async def app(scope, receive, send): ...\n")
    project.file(
        "contracts/a.contract.yaml", 'stagepact: 1\nname: a\nservices: {a: {app: "api:app"}}\n'
    )
    row = rows(project.json("discover", "api", "--json"))["app"]
    assert (row["kind"], row["contracts"]) == ("asgi", ["contracts/a.contract.yaml"])


PIPELINES = """
    from stageflow import Pipeline, StageKind, StageOutput

    class First:
        name = "first"
        kind = StageKind.GUARD
        async def execute(self, ctx):
            return StageOutput.ok(x=1)

    pipeline = Pipeline().with_stage("first", First, StageKind.GUARD)
"""


@pytest.mark.parametrize(
    ("blocks", "pipeline", "through", "stage"),
    [
        ('stages: {"*": {}}', False, True, True),
        ("stages: {kind:guard: {}}", False, True, True),
        ("stages: {kind:stage: {}}", False, False, False),
        ("stages: {flow.pipeline: {}}", False, False, False),
        ('pipelines: {"*": {}}', True, False, False),
        ('stages: {first: {}}\npipelines: {"*": {}}', True, True, True),
    ],
)
def test_a_pipeline_is_spoken_of_by_blocks_for_pipelines_only(
    project: Project, blocks: str, pipeline: bool, through: bool, stage: bool
) -> None:
    """What speaks of its stages is told as that; selectors see the stages as they are."""
    pytest.importorskip("stageflow")
    project.file("flow.py", PIPELINES)
    project.file("boom.py", "1 / 0\n")
    file = "contracts/flow.contract.yaml"
    project.file(file, f"name: flow\nuses: [flow]\n{blocks}\n")
    found = project.json("discover", "flow", "boom", "--json")["found"]
    by_kind = {row["kind"]: row for row in found}
    assert by_kind["pipeline"]["contracts"] == [file] * pipeline
    assert by_kind["pipeline"]["through"] == [file] * through
    assert by_kind["guard"]["contracts"] == [file] * stage
    assert "module" not in by_kind or by_kind["module"]["contracts"] == []
    told = project.run("discover", "flow").stdout
    assert (f"through its stages: {file}" in told) is (through and not pipeline)


def test_a_module_that_raises_is_a_line_with_its_error(shop: Project) -> None:
    shop.file("pack/__init__.py", "")
    shop.file("pack/bad.py", "1 / 0\n")
    shop.file("pack/good.py", "import stagepact\n\n@stagepact.contract_subject()\ndef g(): ...\n")
    result = shop.run("discover", "pack")
    assert result.exit_code == 0
    assert "unimportable: raises ZeroDivisionError" in result.stdout
    assert "pack.good:g" in result.stdout
    assert "2 found, 0 with a contract, 1 that can't be run" in result.stdout


def test_what_its_author_skips_is_told_with_the_reason(project: Project) -> None:
    project.file(
        "m.py", "import stagepact\n\n@stagepact.skip_contract_tests('too slow')\ndef g(): ...\n"
    )
    assert "skipped: too slow" in project.run("discover", "m").stdout


def test_a_reference_to_nothing_is_2_and_the_rest_is_listed(shop: Project) -> None:
    result = shop.run("discover", "shop", "nowhere")
    assert result.exit_code == 2
    assert "no module `nowhere`" in result.stderr
    assert "shop:price" in result.stdout


def test_nothing_to_look_for_is_told(project: Project) -> None:
    result = project.run("discover")
    assert result.exit_code == 2
    assert "no reference, and none in [tool.stagepact]" in result.stderr


def test_a_terminal_of_80_columns_is_enough(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    lines = shop.run("discover", "shop").stdout.splitlines()
    assert max(map(len, lines)) <= 80


def test_a_pipe_has_a_line_for_each(shop: Project) -> None:
    lines = shop.run("discover", "shop").stdout.splitlines()
    assert any("shop:price" in line and "shop.contract.yaml" in line for line in lines)


def test_the_concrete_stages_of_stageflow_are_listed(project: Project) -> None:
    pytest.importorskip("stageflow")
    found = rows(project.json("discover", "stageflow", "--json"))
    assert {"agent", "guardrail", "memory_fetch", "memory_write"} <= set(found)
    assert found["agent"]["why"] == "unmade"
