"""The README's block is the demonstration's output, shortened and otherwise unchanged."""

import pytest
from readme import excerpt, refreshed

OUTPUT = """
## Kept
$ check
file
  a  3 kept, 1 not exercised
    – not exercised, no such event: x,
      y [direct]

3 kept

## Broken code
file
  a  3 kept    (1 example)
  b  1 kept, 2 broken
    ✗ y  broken

Broken
✗ y  b
  long
  longer

✗ z  b
  short

1 kept, 2 broken
"""


def test_a_part_shows_its_shortest_finding_and_counts_the_others() -> None:
    assert excerpt(OUTPUT) == (
        "## Kept\n$ check\nfile\n  a  3 kept, 1 not exercised\n\n3 kept\n\n"
        "## Broken code\nfile\n  b  1 kept, 2 broken\n    ✗ y  broken\n\n"
        "Broken\n✗ z  b\n  short\n\n[… 1 more]\n\n1 kept, 2 broken"
    )


def test_only_the_block_changes() -> None:
    page = "# t\n\n<!-- demo -->\nold \\1\n<!-- end demo -->\nrest\n"
    made = refreshed(page, "## A\nb \\1\n")
    block = "```console\n$ make demo\n## A\nb \\1\n```\n"
    assert made == f"# t\n\n<!-- demo -->\n{block}<!-- end demo -->\nrest\n"
    assert refreshed(made, "## A\nb \\1\n") == made


def test_a_page_without_a_block_is_told() -> None:
    with pytest.raises(ValueError, match="no block"):
        refreshed("# t\n", "")
