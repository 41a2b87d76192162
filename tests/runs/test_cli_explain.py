"""`stagepact explain`: one clause, with all that is known of it."""

from __future__ import annotations

import pytest
from tiny_project import Project

CLAUSE = "contracts/shop.contract.yaml::price::holds.never negative[direct]"


def test_a_clause_is_told_with_its_lines_its_subject_and_its_last_verdict(
    broken_shop: Project,
) -> None:
    broken_shop.run("check", "--seed", "0")
    lines = (broken_shop.root / "contracts/shop.contract.yaml").read_text().splitlines()
    number = lines.index("    holds: {never negative: output.total >= 0}") + 1
    told = broken_shop.run("explain", CLAUSE)
    assert told.exit_code == 0
    for part in (
        f"contracts/shop.contract.yaml:{number}\n",
        f"{number} |     holds: {{never negative: output.total >= 0}}",
        "shop:price (function)",
        "the stage itself",
        "'two', generated ones",
        "broken",
    ):
        assert part in told.stdout


def test_the_end_of_an_id_or_a_glob_is_enough(broken_shop: Project) -> None:
    ends = ("price::holds.never negative[direct]", "holds.never negative", "price::holds.*")
    told = {broken_shop.run("explain", end).stdout for end in ends}
    assert len(told) == 1
    assert CLAUSE in told.pop()


def test_what_was_never_run_says_so(shop: Project) -> None:
    assert "none is recorded" in shop.run("explain", "output.data").stdout


def test_an_exception_is_told_with_its_place(shop: Project) -> None:
    path = shop.root / "contracts/shop.contract.yaml"
    entry = "{clause: output.data, reason: for now, issue: '#1', until: 2999-12-31}"
    path.write_text(path.read_text() + f"    except: [{entry}]\n")
    assert "until 2999-12-31: for now (#1)" in shop.run("explain", "price::output.data").stdout


def test_an_unknown_id_is_told_with_the_nearest(shop: Project) -> None:
    result = shop.run("explain", "price::output.dat")
    assert result.exit_code == 2
    assert "no clause 'price::output.dat'" in result.stderr
    assert "contracts/shop.contract.yaml::price::output.data[direct]" in result.stderr


def test_what_is_like_nothing_is_told_with_where_to_look(shop: Project) -> None:
    result = shop.run("explain", "zzzzzzzzzzzz")
    assert result.exit_code == 2
    assert "`stagepact check --verbose` lists them all" in result.stderr


def test_what_means_several_clauses_is_told_with_all_of_them(shop: Project) -> None:
    result = shop.run("explain", "price::output.*")
    assert result.exit_code == 2
    assert "price::output.data[direct]" in result.stderr
    assert "price::output.status[direct]" in result.stderr


def test_what_the_runtime_owes_and_by_which_paths_is_told(project: Project) -> None:
    pytest.importorskip("stageflow")
    project.file(
        "flow.py",
        """
        from stageflow import Pipeline, StageKind, StageOutput

        class First:
            name = "first"
            kind = StageKind.TRANSFORM
            async def execute(self, ctx):
                return StageOutput.ok(x=1)

        pipeline = Pipeline().with_stage("first", First, StageKind.TRANSFORM)
        """,
    )
    project.file(
        "contracts/flow.contract.yaml",
        """
        stagepact: 1
        name: flow
        uses: ["flow:pipeline"]
        stages:
          first:
            output: {json: true}
            events:
              owner: runtime
              types:
                started: {}
        """,
    )
    events = project.run("explain", "first::events.started").stdout
    assert "owed by    the runtime (stageflow-core" in events
    assert "cases      none: no contract says what" in events
    assert "path       direct, also pipeline" in project.run("explain", "first::output.json").stdout


def test_what_the_last_runs_said_is_told_though_the_very_last_said_nothing(shop: Project) -> None:
    """The last one in full, those before it in a line."""
    shop.run("check", "-k", "output.status", "--no-fuzz")
    never = "last runs  it was no part of any"
    assert never in shop.run("explain", "output.data").stdout
    path = shop.root / "contracts/shop.contract.yaml"
    kept = path.read_text()
    for text in (kept, kept.replace("schemas/Price", "schemas/Order")):
        path.write_text(text)
        shop.run("check", "--no-fuzz")
    path.write_text(kept)
    shop.run("check", "-k", "output.status", "--no-fuzz")
    told = shop.run("explain", "output.data").stdout
    latest, by, before = told.rstrip().splitlines()[-3:]
    assert latest.endswith("Z: broken")
    assert by.endswith("exercised by 'two'")
    assert before.endswith("Z: kept")


def test_a_clause_is_told_with_what_its_kind_means(shop: Project) -> None:
    told = shop.run("explain", "price::output.data").stdout
    assert "means      The data of a successful end has its schema.\n" in told


UNPLANNED = """
    name: lost
    schemas: {Lost: {model: "nowhere:Lost"}, Odd: 3}
    stages:
      sell:
        otput: 1
        output: {data: {$ref: "#/schemas/Lost"}}
        events: {types: {sold: {$ref: "#/schemas/Odd"}}}
    services:
      shop:
        app: nowhere:app
        operations:
          GET /x: {responses: {"200": {body: true}}}
"""


@pytest.mark.parametrize("faults", ["", "otput: 1", "Odd: 3"])
@pytest.mark.parametrize(
    ("clause", "line"),
    [
        ("sell::output.data", 7),
        ("sell::output.data[direct]", 7),
        ("sell::events.sold", 8),
        ("contracts/lost.contract.yaml::GET /x::responses.200.body", 13),
    ],
)
def test_a_clause_that_no_plan_has_is_told_with_the_reason(
    shop: Project, faults: str, clause: str, line: int
) -> None:
    """Its document has faults, of form too, or names what can't be imported."""
    text = UNPLANNED
    for fault, sound in (("otput: 1", "timeout: 1s"), ("Odd: 3", "Odd: true")):
        text = text if fault == faults else text.replace(fault, sound)
    shop.file("contracts/lost.contract.yaml", text)
    result = shop.run("explain", clause)
    assert result.exit_code == 0, result.stderr
    assert f"contracts/lost.contract.yaml:{line}\n" in result.stdout
    assert "cases      none: contracts/lost.contract.yaml:" in result.stdout


CONSUMER = """
    stagepact: 1
    name: ui
    consumes:
      api:
        interactions:
          an order:
            state: an order is there
            request: {path: /orders/o-7}
            response: {body: {type: object, required: [id], properties: {id: {type: string}}}}
            example: {id: o-7}
            handler: "client:order"
          no order:
            request: {path: /orders/o-8}
            response: {status: 404}
            handler: "client:order"
            raises: ["client:Gone"]
        messages:
          paid:
            contents: {type: object, required: [at], properties: {at: {type: integer}}}
            handler: "client:paid"
"""
HANDLERS = """
    class Gone(Exception): ...

    def order(client): ...

    def paid(contents): ...
"""


@pytest.mark.parametrize(
    ("handled", "promise", "expected"),
    [
        (
            "an order",
            "`client:order` takes all that the pact permits of `an order`",
            [
                "expects    an order, when an order is there",
                "path: /orders/o-7",
                'body $.id: the type of the example, e.g. "o-7"',
            ],
        ),
        (
            "no order",
            "`client:order` raises client:Gone on all that the pact permits of `no order`",
            ["expects    no order", "status: 404"],
        ),
        (
            "paid",
            "`client:paid` takes all that the pact permits of `paid`",
            ["expects    paid", "message"],
        ),
    ],
)
def test_a_handler_of_a_consumer_is_told_with_what_it_is_given(
    project: Project, handled: str, promise: str, expected: list[str]
) -> None:
    project.file("contracts/ui.contract.yaml", CONSUMER)
    project.file("client.py", HANDLERS)
    project.file("pyproject.toml", '[tool.stagepact]\npythonpath = ["."]\n')
    told = project.run("explain", f"{handled}[handler]")
    assert told.exit_code == 0, told.stderr
    assert f"  promises   {promise}\n" in told.stdout
    for line in (*expected, "owed by    the consumer itself"):
        assert f"  {line}\n" in told.stdout
