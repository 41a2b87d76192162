"""The places of a contract written in Python come from its text; nothing is imported."""

import pytest

from stagepact.contract.python_marks import python_marks
from stagepact.errors import ContractError, Place

TEXT = '''\
"""A contract."""
raise SystemExit("never run")
limits = {"p99": "500ms"}
contract = Contract(
    name="voice",
    stages={
        "transcribe": Stage(
            output=Output(json=True),
            laws=["one", Law("two", from_=3)],
            except_=(1,),
        ),
        **more,
        200: "é", "next": 1,
        None: "no key",
    },
    limits=limits,
    **rest,
)
'''


def test_arguments_entries_and_items_have_places() -> None:
    """A path in the value leads to the line that says it."""
    assert python_marks(TEXT, "a") == {
        (): Place("a", 4, 12),
        ("name",): Place("a", 5, 5),
        ("stages",): Place("a", 6, 5),
        ("stages", "transcribe"): Place("a", 7, 9),
        ("stages", "transcribe", "output"): Place("a", 8, 13),
        ("stages", "transcribe", "output", "json"): Place("a", 8, 27),
        ("stages", "transcribe", "laws"): Place("a", 9, 13),
        ("stages", "transcribe", "laws", 0): Place("a", 9, 19),
        ("stages", "transcribe", "laws", 1): Place("a", 9, 26),
        ("stages", "transcribe", "laws", 1, "from"): Place("a", 9, 37),
        ("stages", "transcribe", "except"): Place("a", 10, 13),
        ("stages", "transcribe", "except", 0): Place("a", 10, 22),
        ("stages", "200"): Place("a", 13, 9),
        ("stages", "next"): Place("a", 13, 19),
        ("limits",): Place("a", 16, 5),
    }


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", []),
        ("other = C(a=1)", []),
        ("def f():\n    contract = C(a=1)", []),
        ("contract: C\n", []),
        ("contract: C = C(a=1)", [(), ("a",)]),
        ("other = contract = C(a=1)", [(), ("a",)]),
        ("contract = C(a=1)\ncontract = C(b=1)", [(), ("b",)]),
        ("contract = make(x)", [()]),
        ("contract = C(a=[1, *more, 2])", [(), ("a",), ("a", 0)]),
        ("contract = C(a_=1, _=2)", [(), ("a_",), ("_",)]),
        ("contract = C(a={True: 1, 1.5: 2, b'x': 3})", [(), ("a",)]),
        ("x = '\u2028'\ncontract = C(\x0ca=1)", [(), ("a",)]),
        ("\ufeffcontract = C(a='\\d')", [(), ("a",)]),
    ],
)
def test_only_what_is_written_out_has_a_place(text: str, paths: list[object]) -> None:
    """Names, unpacking and what only running tells contribute nothing."""
    assert list(python_marks(text, "a")) == paths


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\ncontract = C(", 2),
        ("a = 1\n  b = 2", 2),
        ("(" * 10_000, 1),
        ("-" * 100_000 + "1", 0),
        ("a = '\ud800'", 0),
    ],
)
def test_what_is_not_python_is_one_problem(text: str, line: int) -> None:
    """With its line, as far as Python tells it."""
    with pytest.raises(ContractError) as caught:
        python_marks(text, "a")
    (problem,) = caught.value.problems
    assert (problem.place.line, problem.code) == (line, "python-syntax")
    assert str(problem).endswith("expected a Python module; check it with `python -m py_compile a`")
