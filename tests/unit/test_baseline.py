"""The baseline's text: read with all faults at once, written the same for the same entries."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest

from stagepact.contract.baseline import Entry, read_baseline, write_baseline
from stagepact.errors import ContractError

FILE = "stagepact.baseline.yaml"
ENTRY = Entry("a.yaml::s::c[direct]", "/data", "team", "#1", "later", date(2026, 12, 31))
GOOD = """\
known:
- clause: a.yaml::s::c[direct]
  at: /data
  owner: team
  issue: '#1'
  reason: later
  until: 2026-12-31
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ContractError) as found:
        read_baseline(dedent(text), FILE)
    return [str(each) for each in found.value.problems]


def test_what_is_written_is_read_again() -> None:
    other = Entry("a.yaml::s::b", "", "équipe", "https://x/1", "two\nlines", date(2027, 1, 1))
    assert set(read_baseline(write_baseline([ENTRY, other]), FILE)) == {ENTRY, other}
    assert write_baseline([ENTRY, other]) == write_baseline([other, ENTRY])
    assert read_baseline(write_baseline([]), FILE) == ()


def test_an_entry_knows_its_place() -> None:
    (entry,) = read_baseline(GOOD, FILE)
    assert (entry, str(entry.place)) == (ENTRY, f"{FILE}:2")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("known:", "knwon:", f"{FILE}:1: found unknown key 'knwon'"),
        ("  owner: team\n", "", f"{FILE}:2: found an entry without `owner`"),
        ("at: /data", "at: data", f"{FILE}:3: found at: 'data'; expected a JSON Pointer"),
        ("owner: team", "owner: ' '", f"{FILE}:4: found owner: ' '; expected a text"),
        ("'#1'", "#1", f"{FILE}:5: found issue: None; expected a text; put one"),
        ("2026-12-31", "2026-13-31", f"{FILE}:7: found until: '2026-13-31'; expected the last"),
        ("2026-12-31", "20261231", f"{FILE}:7: found until: 20261231"),
        ("until:", "untl:", "did you mean 'until'?"),
        ("reason: later", "reason: [", "broken YAML"),
    ],
)
def test_a_fault_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert any(told in each for each in faults(GOOD.replace(old, new, 1)))


def test_all_faults_are_told_at_once() -> None:
    assert len(faults("known: [{at: 1}, text]\nmore: 1\n")) == 8


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("[]", "a list as the whole document"),
        ("known: 1", "no list `known`"),
        ("{}", "no list `known`"),
    ],
)
def test_what_is_no_baseline_is_told(text: str, told: str) -> None:
    assert told in faults(text)[0]


def test_a_violation_that_is_known_twice_is_told() -> None:
    (told,) = faults(GOOD + GOOD.removeprefix("known:\n"))
    assert f"{FILE}:8: found a.yaml::s::c[direct] at /data a second time" in told
    assert "the first is on line 2" in told
