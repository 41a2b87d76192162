"""Every relative link of README and docs leads to a file, and to a heading where it names one."""

import re
from pathlib import Path

import pytest
from test_blocks import FENCE, PAGES, ROOT, name

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors that a page has by its headings, as GitHub makes them, and by hand."""
    text = prose(page)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
    return made | set(re.findall(r'<a id="([^"]+)"', text))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "examples/voice/README.md"], ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(prose(page)):
        to = (page.parent / target).resolve() if target else page
        assert to.exists(), f"{name(page)}: {target}"
        if anchor and to.suffix == ".md":
            assert anchor in anchors(to), f"{name(page)}: {target}#{anchor}"
