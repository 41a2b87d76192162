"""A Run as text, HTML, JUnit and JSON; pure: values in, text out."""

from stagepact.report.as_json import read as read_json
from stagepact.report.as_json import render as render_json
from stagepact.report.html import render as render_html
from stagepact.report.junit import render as render_junit
from stagepact.report.text import render as render_text
from stagepact.report.text import verdict_text
from stagepact.report.verdict_line import verdict_line
from stagepact.report.wording import forbidden_sentence, remark

__all__ = [
    "forbidden_sentence",
    "read_json",
    "remark",
    "render_html",
    "render_json",
    "render_junit",
    "render_text",
    "verdict_line",
    "verdict_text",
]
