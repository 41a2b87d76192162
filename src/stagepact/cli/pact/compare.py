"""`stagepact pact compare`: consumers' pacts against a provider's contract; nothing is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import options, output
from stagepact.cli.pact.reading import read_pacts

if TYPE_CHECKING:
    from stagepact.pact.compare.model import Answer, Verdict
    from stagepact.pact.model import Interaction, Pact

_MARKS: Mapping[Answer, str] = {"compatible": "✓", "incompatible": "✗", "unknown": "?"}


@click.command()
@click.argument("paths", metavar="FILE|FOLDER...", type=click.Path(path_type=Path), nargs=-1)
@options.provider
@options.json_flag
def command(paths: tuple[Path, ...], sides: tuple[Path, ...], service: str, as_json: bool) -> int:
    """Tell whether a provider that keeps its contract keeps pacts, without running it.

    Each request must be one that the provider takes, and every response and message that it may
    give one that the consumer's matchers take. What breaks that is shown by a counterexample;
    exit code 1 on any.

    \b
    Example:
      stagepact pact compare pacts/*.json --provider contracts/shop.contract.yaml
      stagepact pact compare pacts/ui-api.json --provider openapi.yaml
    """
    from stagepact.cli.pact.providers import read_provider
    from stagepact.plan.pact_comparisons import compared

    pacts = read_pacts(paths).values()
    provider = read_provider(sides, service)
    found = [(pact, [(each, compared(pact, each, provider)) for each in pact.interactions])
             for pact in pacts]  # fmt: skip
    answers = [verdict.answer for _, verdicts in found for _, verdict in verdicts]
    if as_json:
        output.print_json({"pacts": [_plain(*each) for each in found]})
    else:
        for pact, verdicts in found:
            for line in _lines(pact, verdicts):
                output.say(line)
        counts = (f"{answers.count(answer)} {answer}" for answer in _MARKS)
        output.say(", ".join(counts))
    return 1 if "incompatible" in answers else 0


def _lines(pact: Pact, verdicts: list[tuple[Interaction, Verdict]]) -> Iterator[str]:
    yield f"{pact.file}: {pact.consumer} expects of {pact.provider}"
    for interaction, verdict in verdicts:
        mark = _MARKS[verdict.answer]
        yield f"  {mark} {interaction.description}: {verdict.answer}, {verdict.basis}"
        if verdict.findings:
            yield f"      {interaction.place}"
        yield from (f"      {finding}" for finding in verdict.findings)
        if verdict.findings:
            yield from (f"      not known: {reason}" for reason in verdict.reasons)
        yield from (f"      {note}" for note in verdict.notes)


def _plain(pact: Pact, verdicts: list[tuple[Interaction, Verdict]]) -> Mapping[str, Any]:
    return {
        "file": pact.file,
        "consumer": pact.consumer,
        "provider": pact.provider,
        "interactions": [
            {
                "description": interaction.description,
                "place": str(interaction.place),
                "answer": verdict.answer,
                "basis": verdict.basis,
                "proven": verdict.answer == "compatible" and not verdict.tried,
                "findings": [each.as_dict() for each in verdict.findings],
                "reasons": [*verdict.reasons],
                "notes": [*verdict.notes],
            }
            for interaction, verdict in verdicts
        ],
    }
