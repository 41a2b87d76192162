"""Targets of stages: what they are given, which clauses are whose, what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest
from plans import Make, all_verdicts, make, told, verdicts

from stagepact.cases import drawn as drawn_cases
from stagepact.subject import Fresh
from stagepact.verdict.model import State

__all__ = ["make"]

DOUBLE = """
    @stagepact.contract_subject()
    def double(n: int) -> int:
        return n * 2
"""


def ids(plan: Any) -> list[str]:
    return [f"{item.id.subject}::{item.id.name}" for item in plan.items]


def test_assumptions_of_all_blocks_add_up(make: Make) -> None:
    plan = make(
        DOUBLE,
        one="stages: {double: {given: {input: {type: integer, minimum: 5}}, output: {json: true}}}",
        two="""
        stages:
          "d*":
            given: {input: {type: integer, maximum: 9}}
            holds: {r: output >= 10 and output <= 18}
        """,
    )
    assert plan.problems == ()
    found = verdicts(plan)
    assert found["double::holds.r[direct]"].state is State.KEPT
    assert found["double::holds.r[direct]"].fuzzed > 0


def test_an_example_outside_of_the_assumption_is_held_to_its_own_outcome(make: Make) -> None:
    plan = make(
        DOUBLE,
        a="""
        stages:
          double:
            given: {input: {type: integer, minimum: 1}}
            fuzz: false
            holds: {positive: output > 0}
            examples:
              - {name: inside, given: {input: 1}, output: {data: 2}}
              - {name: outside, given: {input: -1}, output: {data: -2}}
        """,
    )
    found = verdicts(plan)
    assert {each.state for each in found.values()} == {State.KEPT}
    assert found["double::holds.positive[direct]"].cases == ("inside",)


def test_a_stage_of_which_nothing_is_assumed_is_not_run(make: Make) -> None:
    found = verdicts(make(DOUBLE, a="stages: {double: {output: {json: true}}}"))
    assert {each.reason for each in found.values()} == {
        "no contract says what double is given (`given:` or `examples:`)"
    }


def test_a_stage_that_is_given_nothing_is_run_once(make: Make) -> None:
    code = "@stagepact.contract_subject()\ndef now() -> int:\n    return 1\n"
    found = verdicts(make(code, a="stages: {now: {given: {}, output: {json: true}}}"))
    assert found["now::output.json[direct]"].cases == ("as given",)


def test_a_selector_that_matches_nothing_is_not_exercised(make: Make) -> None:
    plan = make(
        DOUBLE,
        a="stages: {nobody: {output: {json: true}}}\npipelines: {none: {output: {json: true}}}",
    )
    reasons = {each.item.subject: each.reason for each in verdicts(plan).values()}
    assert reasons == {
        "nobody": "the selector 'nobody' matches no stage",
        "none": "the selector 'none' matches no pipeline",
    }


def test_a_skipped_stage_is_listed_and_not_exercised(make: Make) -> None:
    code = """
        @stagepact.skip_contract_tests("until May")
        @stagepact.contract_subject()
        def double(n: int) -> int:
            return n
    """
    plan = make(code, a="stages: {double: {given: {input: true}, output: {json: true}}}")
    assert {each.reason for each in verdicts(plan).values()} == {"skipped: until May"}
    assert [(each.name, each.why, each.reason) for each in plan.listed] == [
        ("double", "skipped", "until May")
    ]


def test_what_no_contract_speaks_of_is_listed(make: Make) -> None:
    more = "\n    @stagepact.contract_subject()\n    def other(n: int) -> int:\n        return n\n"
    plan = make(DOUBLE + more, a="stages: {double: {given: {input: true}}}")
    assert [(each.name, each.why) for each in plan.listed] == [("other", "unmatched")]


# -- ids ---------------------------------------------------------------------------------------


def test_the_same_promise_twice_in_a_file_is_told_apart_by_its_line(make: Make) -> None:
    plan = make(
        DOUBLE,
        a="""
        stages:
          double: {given: {input: {type: integer}}, output: {json: true}}
          "*": {output: {json: true}}
        """,
    )
    json_ids = [id_ for id_ in ids(plan) if "json" in id_]
    assert json_ids == ["double::output.json[direct]", "double::output.json@6[direct]"]
    assert len(set(ids(plan))) == len(ids(plan))


def test_the_same_promise_in_two_files_needs_no_line(make: Make) -> None:
    block = "stages: {double: {given: {input: {type: integer}}, output: {json: true}}}"
    plan = make(DOUBLE, a=block, b=block)
    assert all("@" not in id_ for id_ in ids(plan))
    assert [item.id.file for item in plan.items_of("contracts/b.contract.yaml")] == [
        "contracts/b.contract.yaml"
    ] * 2


# -- ports -------------------------------------------------------------------------------------

COUNTER = """
    class Counter:
        def __init__(self):
            self.count = 0
        def next(self):
            self.count += 1
            return self.count

    shared = Counter()

    class Broken:
        def __init__(self):
            raise OSError("no disk")

    @stagepact.contract_subject()
    def take(n: int, counter) -> int:
        return counter.next()
"""

TAKE = """
    stages:
      take:
        given: {input: {type: integer}, ports: {counter: "code_of_plan:%s"}}
        holds: {always one: output == 1}
        calls: {counter.next: once}
"""


@pytest.mark.parametrize(
    ("port", "state"), [("Counter", State.KEPT), ("shared", State.BROKEN)], ids=["class", "object"]
)
def test_a_class_is_made_anew_for_each_run_and_an_object_is_shared(
    make: Make, port: str, state: State
) -> None:
    plan = make(COUNTER, a=TAKE % port)
    found = verdicts(plan)
    assert found["take::holds.always one[direct]"].state is state
    assert found["take::calls.counter.next[direct]"].state is State.KEPT
    assert isinstance(plan.targets[0].base.ports["counter"], Fresh) is (port == "Counter")


@pytest.mark.parametrize(
    ("port", "words"),
    [("Broken", "raises OSError: no disk"), ("Nothing", "Nothing")],
)
def test_a_port_that_cannot_be_had_is_a_problem_at_its_place(
    make: Make, port: str, words: str
) -> None:
    plan = make(COUNTER, a=TAKE % port)
    assert len(told(plan)) == 1
    assert told(plan)[0].startswith("contracts/a.contract.yaml:6")
    assert words in told(plan)[0]
    assert {each.reason for each in verdicts(plan).values()} == {
        "what take is given can't be made: see the problems"
    }


def test_an_example_has_its_own_ports(make: Make) -> None:
    plan = make(
        COUNTER,
        a="""
        stages:
          take:
            given: {ports: {counter: "code_of_plan:shared"}}
            examples:
              - name: own
                given: {input: 1, ports: {counter: "code_of_plan:Counter"}}
                output: {data: 1}
        """,
    )
    assert isinstance(plan.targets[0].cases[0].given.ports["counter"], Fresh)


def test_fixtures_are_left_to_pytest(make: Make) -> None:
    plan = make(COUNTER, a=(TAKE % "x").replace("code_of_plan:x", "fixture:till"))
    (target,) = plan.targets
    assert dict(target.fixtures) == {"counter": "till"}
    ported = target.with_ports({"counter": 5})
    assert ported.fixtures == {}
    assert ported.generate is not None
    assert target.with_ports({}) is target


# -- how far -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "fuzz", "engine"),
    [
        ("", "5", "stagepact"),
        ("engine = 'hypothesis-jsonschema'", "5", "hypothesis-jsonschema"),
        ("", "{engine: hypothesis-jsonschema}", "hypothesis-jsonschema"),
        ("engine = 'hypothesis-jsonschema'", "{engine: stagepact}", "stagepact"),
    ],
)
def test_a_contract_chooses_the_engine_else_the_project(
    make: Make, monkeypatch: pytest.MonkeyPatch, settings: str, fuzz: str, engine: str
) -> None:
    """For stages and operations alike."""
    asked: list[str] = []
    real = drawn_cases.from_schema

    def from_schema(schema: Any, *, engine: Any) -> Any:
        asked.append(engine)
        return real(schema, engine=engine)

    monkeypatch.setattr(drawn_cases, "from_schema", from_schema)
    plan = make(
        DOUBLE + "\n    async def app(scope, receive, send):\n        pass\n",
        settings,
        a=f"""
        stages:
          double: {{given: {{input: {{type: integer}}}}, fuzz: {fuzz}}}
        services:
          s:
            app: "code_of_plan:app"
            operations: {{"GET /{{id}}": {{fuzz: {fuzz}, responses: {{200: true}}}}}}
        """,
    )
    assert len(plan.targets) == 2
    for target in plan.targets:
        assert target.generate is not None
        target.generate()
    assert asked == [engine, engine]


def test_the_strictest_limit_of_all_blocks_holds(make: Make) -> None:
    plan = make(
        DOUBLE,
        a='stages: {double: {given: {}, timeout: 2s, fuzz: 5}, "*": {timeout: 3s, fuzz: 9}}',
    )
    assert plan.targets[0].limits.seconds == 2
    assert plan.targets[0].fuzz == 9
    plan = make(DOUBLE, a='stages: {double: {fuzz: false}, "*": {fuzz: 9, isolate: process}}')
    assert plan.targets[0].fuzz == 0
    assert plan.targets[0].isolate


# -- contradictions ----------------------------------------------------------------------------

CONTRADICTIONS = [
    ("output: {status: [ok]}", "output: {status: [fail]}", "have no status in common"),
    (
        "output: {data: {type: integer}}",
        "output: {data: {type: string}}",
        "no value has both schemas",
    ),
    ("events: {order: a b}", "events: {order: b a}", "no order of events satisfies both"),
    ("calls: {p.m: never}", "calls: {p.m: once}", "never and once"),
    ("calls: {p.m: at most 1}", "calls: {p.m: at least 3}", "at most 1 and at least 3"),
    ("calls: {p.m: exactly 2}", "calls: {p.m: at least 3}", "exactly 2 and at least 3"),
    (
        'given: {ports: {p: "code_of_plan:double"}}',
        'given: {ports: {p: "code_of_plan:stagepact"}}',
        "the port 'p' of double",
    ),
]


@pytest.mark.parametrize(("one", "other", "words"), CONTRADICTIONS)
def test_contracts_that_contradict_each_other_are_a_problem(
    make: Make, one: str, other: str, words: str
) -> None:
    blocks = [f"stages:\n  double:\n    {each}\n" for each in (one, other)]
    plan = make(DOUBLE, a=blocks[0], b=blocks[1])
    (problem,) = [each for each in plan.problems if each.code == "contradiction"]
    assert words in problem.found
    assert problem.place.file == "contracts/b.contract.yaml"
    assert "contracts/a.contract.yaml:" in problem.found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("output: {status: [ok]}", "output: {status: [ok, fail]}"),
        ("output: {data: {type: integer}}", "output: {data: {type: number}}"),
        ("events: {order: a b?}", "events: {order: a}"),
        ("calls: {p.m: once}", "calls: {p.m: at least 1}"),
        ("holds: {x: output > 1}", "holds: {x: output < 1}"),
    ],
)
def test_contracts_that_can_be_kept_together_are_none(make: Make, one: str, other: str) -> None:
    blocks = [f"stages:\n  double:\n    {each}\n" for each in (one, other)]
    assert make(DOUBLE, a=blocks[0], b=blocks[1]).problems == ()


# -- what goes wrong ---------------------------------------------------------------------------


def test_what_is_wrong_in_one_document_leaves_the_others(make: Make) -> None:
    plan = make(
        DOUBLE,
        good="stages: {double: {given: {input: {type: integer}}, output: {json: true}}}",
        lost='schemas: {A: {model: "code_of_plan:Nothing"}}',
        wrong="stagse: {}",
    )
    assert len(plan.problems) == 2
    assert {each.state for each in verdicts(plan).values()} == {State.KEPT}


TWO_OF_A_NAME = """
    def double(n: int) -> int:
        return n * 2

    class Other:
        @staticmethod
        def double(n: int) -> str:
            return str(n)
"""
NAMED = """
    stages:
      double:
        subject: "code_of_plan:%s"
        given: {input: {type: integer}}
        output: {data: {type: %s}}
"""


def test_a_block_that_names_its_subject_holds_for_no_other_of_that_name(make: Make) -> None:
    plan = make(
        TWO_OF_A_NAME,
        a=NAMED % ("double", "integer"),
        b=NAMED % ("Other.double", "string"),
    )
    assert told(plan) == []
    found = [(v.item.file, v.identity, v.state) for v in all_verdicts(plan)]
    assert sorted(set(found)) == [
        ("contracts/a.contract.yaml", "code_of_plan:double", State.KEPT),
        ("contracts/b.contract.yaml", "code_of_plan:Other.double", State.KEPT),
    ]


def test_a_block_whose_subject_is_lost_holds_for_none(make: Make) -> None:
    plan = make(DOUBLE, a=NAMED % ("duble", "integer"))
    assert "did you mean 'double'?" in told(plan)[0]
    (verdict,) = {(v.state, v.reason) for v in all_verdicts(plan)}
    assert verdict == (State.NOT_EXERCISED, "its subject can't be found: see the problems")


ANOTHER = """
    @stagepact.contract_subject("double")
    def other(n: int) -> str:
        return str(n)
"""


def test_each_of_two_subjects_of_a_name_is_judged(make: Make) -> None:
    block = "stages: {'*': {given: {input: {type: integer}}, output: {data: {type: integer}}}}"
    plan = make(DOUBLE + ANOTHER, a=block)
    assert len(plan.targets_by_item) == len(plan.items)
    found = verdicts(plan)
    assert found["code_of_plan:double::output.data[direct]"].state is State.KEPT
    assert found["code_of_plan:other::output.data[direct]"].state is State.BROKEN
