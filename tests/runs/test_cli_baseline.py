"""`stagepact baseline`: what is known doesn't fail, what is new does, what has vanished must go."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta

import pytest
from test_pytest_door import in_process
from tiny_project import KEPT, Project

from stagepact.cli import baseline

CLAUSE = "contracts/shop.contract.yaml::price::holds.never negative[direct]"
FILE = "stagepact.baseline.yaml"
WHO = ("--owner", "shop", "--issue", "#12", "--reason", "rounding", "--until", "2999-12-31")
ENTRY = f"""\
known:
- clause: {CLAUSE}
  at: /holds
  owner: shop
  issue: '#12'
  reason: rounding
  until: 2999-12-31
"""


@pytest.fixture
def known_shop(broken_shop: Project) -> Project:
    """A shop whose mistake is known."""
    assert broken_shop.run("baseline", "update", "--seed", "0", *WHO).exit_code == 0
    return broken_shop


def mend(shop: Project) -> None:
    path = shop.root / "shop.py"
    path.write_text(path.read_text().replace("-1 if", "0 if"))
    # What was compiled in the same second is taken for the source that it was made of.
    for each in (shop.root / "__pycache__").glob("shop.*"):
        each.unlink()
    sys.modules.pop("shop", None)


def test_update_adds_what_is_broken_with_who_owes_its_end(broken_shop: Project) -> None:
    result = broken_shop.run("baseline", "update", "--seed", "0", *WHO)
    assert result.exit_code == 0
    assert f"added  {CLAUSE}  at /holds  (shop, #12, until 2999-12-31)" in result.stdout
    assert f"{FILE}: 1 added, 0 kept" in result.stdout
    text = (broken_shop.root / FILE).read_text()
    assert text[text.index("known:") :].startswith(ENTRY)
    assert "  case:\n    given:\n      input:\n        id: 0\n        lines:\n" in text


def test_what_is_known_does_not_fail_and_is_shown(known_shop: Project) -> None:
    result = known_shop.run("check", "--seed", "0", "--junit", "junit.xml")
    assert result.exit_code == 0
    assert "known until 2999-12-31: rounding (#12, shop)" in result.stdout
    assert "0 broken, 1 known" in result.stdout
    assert "<skipped" in (known_shop.root / "junit.xml").read_text()
    assert "1 known" in known_shop.run("last").stdout
    assert "rounding (#12, shop)" in known_shop.run("explain", CLAUSE).stdout


def test_it_is_known_by_whatever_case_it_is_found(known_shop: Project) -> None:
    for seed in ("1", "2", "3"):
        assert known_shop.run("check", "--seed", seed, "--max-examples", "100").exit_code == 0


def test_it_is_found_again_by_its_own_case_however_few_are_generated(known_shop: Project) -> None:
    """Whether a rare violation has vanished is no matter of chance."""
    for options in (("--max-examples", "1"), ("--no-fuzz",)):
        shown = known_shop.run("check", "--seed", "5", *options, "--json").stdout
        verdicts = json.loads(shown)["verdicts"]
        assert [spot for each in verdicts for spot in each["spots"]] == ["/holds"]
    done = known_shop.run("check", "--max-examples", "1", "--seed", "5")
    assert (done.exit_code, "1 known" in done.stdout) == (0, True)


def test_a_case_that_is_too_long_is_not_kept(
    broken_shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline, "_LONGEST_CASE", 10)
    broken_shop.run("baseline", "update", "--seed", "0", *WHO)
    assert "case:" not in (broken_shop.root / FILE).read_text()


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("text", "case: 'text'; expected what is given"),
        ("{given: {imput: 1}}", "a case that can't be given"),
        ("{given: {ports: {a: 'b:C'}}}", "`ports`: leave them out"),
    ],
)
def test_a_case_that_cannot_be_given_is_told(broken_shop: Project, case: str, told: str) -> None:
    broken_shop.file(FILE, ENTRY + f"  case: {case}\n")
    result = broken_shop.run("check")
    assert result.exit_code == 2
    assert told in " ".join(result.stdout.split()).replace(" expected what", "; expected what")


def test_update_keeps_what_is_there(known_shop: Project) -> None:
    before = (known_shop.root / FILE).read_text()
    more = ("--owner", "other", "--issue", "#13", "--reason", "more", "--until", "2999-01-01")
    result = known_shop.run("baseline", "update", *more)
    assert (result.exit_code, (known_shop.root / FILE).read_text()) == (0, before)
    assert f"{FILE}: 0 added, 1 kept" in result.stdout


def test_a_new_violation_fails_beside_a_known_one(known_shop: Project) -> None:
    contract = known_shop.root / "contracts/shop.contract.yaml"
    contract.write_text(contract.read_text().replace("total >= 0", "total >= 0, small: 1 > 2"))
    result = known_shop.run("check", "--seed", "0")
    assert result.exit_code == 1
    assert "1 broken, 1 known" in result.stdout


PRICE = """
    stagepact: 1
    name: shop
    uses: [shop]
    schemas: {Order: {model: "shop:Order"}}
    stages:
      price:
        given: {input: {$ref: "#/schemas/Order"}}
        output:
          data: {properties: {total: {minimum: 0}, order: {maximum: 0}}}
"""


def test_a_new_place_in_a_clause_that_is_known_elsewhere_fails_with_a_case_of_its_own(
    shop: Project,
) -> None:
    clause = "contracts/shop.contract.yaml::price::output.data[direct]"
    known = ENTRY.replace(CLAUSE, clause).replace("/holds", "/data/total")
    shop.file("contracts/shop.contract.yaml", PRICE)
    shop.file(FILE, known)
    result = shop.run("check", "--seed", "0")
    assert result.exit_code == 1
    assert "new at /data/order; known until 2999-12-31" in result.stdout
    assert "promised  at most 0" in result.stdout
    assert "lines" not in result.stdout.partition("examples:")[2].partition("run ")[0]


def test_an_expired_entry_fails(known_shop: Project) -> None:
    known_shop.file(FILE, ENTRY.replace("2999-12-31", "2020-12-31"))
    result = known_shop.run("check", "--seed", "0")
    assert result.exit_code == 1
    assert "known expired on 2020-12-31: rounding (#12, shop)" in result.stdout


def test_the_last_day_is_a_day_on_which_it_is_known(known_shop: Project) -> None:
    # The day after is taken, too: midnight may pass while this test runs.
    tomorrow = date.today() + timedelta(days=1)
    known_shop.file(FILE, ENTRY.replace("2999-12-31", tomorrow.isoformat()))
    assert known_shop.run("check", "--seed", "0").exit_code == 0


def test_what_has_vanished_fails_until_it_is_pruned(known_shop: Project) -> None:
    mend(known_shop)
    result = known_shop.run("check")
    assert result.exit_code == 1
    assert f"not broken at /holds any more: prune it, {FILE}:4" in result.stdout
    pruned = known_shop.run("baseline", "prune")
    assert pruned.exit_code == 0
    assert f"removed  {CLAUSE}  at /holds" in pruned.stdout
    assert f"{FILE}: 1 removed, 0 kept" in pruned.stdout
    assert known_shop.run("check").exit_code == 0


def test_what_is_still_broken_is_not_pruned(known_shop: Project) -> None:
    before = (known_shop.root / FILE).read_text()
    result = known_shop.run("baseline", "prune", "--seed", "0")
    assert (result.exit_code, (known_shop.root / FILE).read_text()) == (0, before)


@pytest.mark.parametrize("options", [("-k", "output.data"), ("--no-fuzz",)])
def test_a_part_of_the_clauses_or_cases_makes_nothing_vanish(
    known_shop: Project, options: tuple[str, ...]
) -> None:
    mend(known_shop)
    assert known_shop.run("check", *options).exit_code == 0


def test_an_entry_of_no_clause_is_told_and_pruned(shop: Project) -> None:
    shop.file(FILE, ENTRY)
    usual, strict = shop.run("check"), shop.run("check", "--strict")
    assert (usual.exit_code, strict.exit_code) == (0, 1)
    assert f"there is no clause {CLAUSE}: prune its entry" in " ".join(strict.stdout.split())
    assert "1 removed" in shop.run("baseline", "prune").stdout


def test_a_part_of_the_contracts_prunes_nothing_of_others(shop: Project) -> None:
    shop.file(FILE, ENTRY.replace("shop.contract", "other.contract"))
    result = shop.run("baseline", "prune", "contracts/shop.contract.yaml")
    assert f"{FILE}: 0 removed, 1 kept" in result.stdout


def test_json_tells_what_changed(broken_shop: Project) -> None:
    added = broken_shop.json("baseline", "update", "--seed", "0", *WHO, "--json")
    assert added["file"] == FILE
    assert added["added"] == [
        {
            "clause": CLAUSE, "at": "/holds", "owner": "shop", "issue": "#12",
            "reason": "rounding", "until": "2999-12-31",
            "case": {"given": {"input": {"id": 0, "lines": ["", "", ""]}}},
        }
    ]  # fmt: skip
    mend(broken_shop)
    removed = broken_shop.json("baseline", "prune", "--json")
    assert (removed["removed"], removed["kept"]) == (added["added"], 0)


def test_update_refuses_without_who_owes_its_end(broken_shop: Project) -> None:
    result = broken_shop.run("baseline", "update")
    assert result.exit_code == 2
    for option in ("--owner", "--issue", "--reason", "--until"):
        assert f"found no {option}" in result.stderr
    assert not (broken_shop.root / FILE).exists()


@pytest.mark.parametrize(
    ("until", "told"),
    [("tomorrow", "expected a day such as 2026-12-31"), ("2020-01-01", "which is over")],
)
def test_update_refuses_an_end_that_is_none(broken_shop: Project, until: str, told: str) -> None:
    result = broken_shop.run("baseline", "update", *WHO[:-1], until)
    assert (result.exit_code, told in result.stderr) == (2, True)


@pytest.mark.parametrize("part", ["update", "prune"])
def test_documents_that_are_wrong_change_nothing(known_shop: Project, part: str) -> None:
    before = (known_shop.root / FILE).read_text()
    known_shop.file("contracts/wrong.contract.yaml", "name: wrong\nstagse: {}\n")
    result = known_shop.run("baseline", part, *(WHO if part == "update" else ()))
    assert result.exit_code == 2
    assert "contracts/wrong.contract.yaml:2" in result.stderr
    assert (known_shop.root / FILE).read_text() == before


def test_a_bad_baseline_is_told_with_each_fault_and_is_2(broken_shop: Project) -> None:
    wrong = ENTRY.replace("owner", "ownr").replace("2999-12-31", "soon")
    broken_shop.file(FILE, wrong)
    result = broken_shop.run("check")
    assert result.exit_code == 2
    assert f"{FILE}:4" in result.stdout
    assert f"{FILE}:7" in result.stdout
    assert broken_shop.run("baseline", "prune").exit_code == 2


def test_another_file_may_be_named(broken_shop: Project) -> None:
    settings = '[tool.stagepact]\nmax-examples = 30\nbaseline = "known/shop.yaml"\n'
    broken_shop.file("pyproject.toml", settings)
    broken_shop.run("baseline", "update", "--seed", "0", *WHO)
    assert (broken_shop.root / "known/shop.yaml").is_file()
    assert broken_shop.run("check", "--seed", "0").exit_code == 0


def test_a_baseline_is_no_contract(broken_shop: Project) -> None:
    settings = '[tool.stagepact]\nbaseline = "contracts/known.contract.yaml"\n'
    broken_shop.file("pyproject.toml", settings)
    result = broken_shop.run("baseline", "update", *WHO)
    assert result.exit_code == 2
    assert "named as a contract is" in result.stderr


def test_what_an_exception_covers_is_not_added(shop: Project) -> None:
    entry = '{clause: holds.*, reason: known, issue: "#1", until: 2999-01-01}'
    more = f"        holds: {{never: 1 > 2}}\n        except: [{entry}]\n"
    shop.file("contracts/shop.contract.yaml", KEPT + more)
    assert "0 added" in shop.run("baseline", "update", *WHO).stdout


def test_the_report_as_json_has_the_entries(known_shop: Project) -> None:
    report = known_shop.json("check", "--seed", "0", "--json")
    (known,) = [each for verdict in report["verdicts"] for each in verdict["known"]]
    assert (known["owner"], known["issue"], known["until"]) == ("shop", "#12", "2999-12-31")
    assert json.dumps(known["place"]["file"]) == f'"{FILE}"'


def test_pytest_takes_what_is_known_for_expected(
    known_shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    done = in_process(known_shop, capsys, "contracts", "-rx")
    assert (done.code, done.outcomes["xfailed"]) == (0, 1)
    assert "known until 2999-12-31: rounding (#12, shop)" in done.text


def test_pytest_fails_what_has_vanished_unless_it_is_not_selected(
    known_shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    mend(known_shop)
    assert in_process(known_shop, capsys, "contracts", "-k", "output").code == 0
    done = in_process(known_shop, capsys, "contracts", "-rf")
    assert done.code == 1
    assert done.of("FAILED") == [CLAUSE]
    assert "vanished: not broken at /holds any more" in done.text


def test_pytest_tells_of_a_bad_baseline(
    known_shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    known_shop.file(FILE, "known: 1\n")
    done = in_process(known_shop, capsys, "contracts")
    assert done.code == 1
    assert f"{FILE}:1: found no list `known`" in done.text
