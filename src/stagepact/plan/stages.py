"""Targets of stages and pipelines: each stage directly, and each pipeline with all its stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from stagepact.cases import Assumption, edge_cases, example_case, fuzz_cases
from stagepact.contract.clauses import Clause, object_if_said
from stagepact.contract.laws import OwnLaw
from stagepact.contract.models import seconds
from stagepact.errors import Misuse, Problem
from stagepact.flow import Item, Target, View
from stagepact.observation import Limits
from stagepact.plan.blocks import Block, Blocks, assumption, item
from stagepact.plan.own_laws import is_law
from stagepact.schema.engines import Engine
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import Case, Found, Fresh, SubjectId
from stagepact.verdict.exceptions import Surroundings, WrittenExcept

Resolve = Callable[[str], object]
_MadeOf = tuple[tuple[Target, ...], tuple[Problem, ...]]

# A pipeline's run can't tell whose log record or whose call it saw, and the examples of a
# stage say what it is given directly.
_NOT_IN_A_PIPELINE = frozenset({"logs", "calls", "example", "reserved"})
_FIXTURE = "fixture:"

# What is found in the code beside stages.
NOT_STAGES = frozenset({"pipeline", "asgi", "wsgi", "module"})


@dataclass(frozen=True)
class Sources:
    """What targets are made of."""

    stages: Blocks
    pipelines: Blocks
    found: tuple[Found, ...]
    exceptions: tuple[WrittenExcept, ...]
    here: Surroundings
    resolve: Resolve
    engine: Engine = "stagepact"
    laws: Mapping[str, OwnLaw] = field(default_factory=dict)

    @cached_property
    def stages_by_name(self) -> dict[str, list[Found]]:
        """The discovered stages by the name that contracts use."""
        named: dict[str, list[Found]] = {}
        for found in self.found:
            if found.id.kind not in NOT_STAGES:
                named.setdefault(found.id.name, []).append(found)
        return named

    def stages_in(self, pipeline: Found, name: str) -> list[Found]:
        """The stage that a pipeline runs under a name; where it can't be told, all of that name."""
        named = self.stages_by_name.get(name, [])
        identity = pipeline.identities.get(name)
        return [each for each in named if each.id.identity == identity] or named

    @cached_property
    def pipelines_by_stage(self) -> dict[str, Found]:
        """By a stage's name, the first pipeline that holds it."""
        holding: dict[str, Found] = {}
        for found in self.found:
            for name in found.stages:
                holding.setdefault(name, found)
        return holding


@dataclass(frozen=True, slots=True)
class Made:
    """A target, or what is wrong with what its contracts name."""

    targets: tuple[Target, ...] = ()
    problems: tuple[Problem, ...] = ()


def stage_targets(sources: Sources) -> Iterator[Made]:
    """A target for each discovered stage that a contract speaks of, run directly."""
    for found in sources.found:
        if found.id.kind in NOT_STAGES or found.why == "skipped":
            continue
        blocks = sources.stages.matching(found.id)
        if blocks:
            yield _stage(found, blocks, sources)


def _stage(found: Found, blocks: tuple[Block, ...], sources: Sources) -> Made:
    given = assumption(blocks, upstream_outputs(found, sources))
    items = _items(found.id, blocks, sources, lambda clause: clause.owner != "runtime")
    laws = tuple(each for each in items if is_law(each.clause))
    others = tuple(each for each in items if not is_law(each.clause))
    made = _target(found, (View(found.id, others),), blocks, given, sources)
    tried = [partial(_law_of_stage, law, sources) for law in laws]
    return _with_more(found, made, tried, blocks, sources)


def _law_of_stage(law: Item, sources: Sources, base: Target) -> Target:
    from stagepact.plan.stage_laws import stage_law_target

    return stage_law_target(base, law, sources.laws)


def _law_of_pipeline(found: Found, law: Item, sources: Sources, base: Target) -> Target:
    from stagepact.plan.pipeline_laws import pipeline_law_target

    return pipeline_law_target(found, base, law, sources.laws)


def _target(
    found: Found,
    views: tuple[View, ...],
    blocks: tuple[Block, ...],
    given: Assumption,
    sources: Sources,
) -> Made:
    live = _live(given, blocks, sources.resolve)
    target = Target(str(found.id), views, limits=limits(blocks), fuzz=fuzz_runs(blocks))
    if live.problems:
        reason = f"what {found.id.name} is given can't be made: see the problems"
        return Made((replace(target, reason=reason),), live.problems)
    ready = replace(
        target,
        subject=found.subject,
        cases=_examples(blocks, live.assumption, sources),
        generate=partial(fuzz_cases, live.assumption, engine_of(blocks, sources.engine)),
        edges=partial(edge_cases, live.assumption),
        base=live.assumption.base,
        admits=live.assumption.admits,
        fixtures=live.fixtures,
        isolate=any(block.stage.isolate is not None for block in blocks),
    )
    return Made((_unless_run(ready, found, live.assumption),))


def _with_more(
    found: Found,
    made: Made,
    laws: Iterable[Callable[[Target], Target]],
    blocks: tuple[Block, ...],
    sources: Sources,
) -> Made:
    """A subject's target and, made of it, those of its laws and of its faults."""
    (base,) = made.targets
    failing, problems = _failing(found.id, base, blocks, sources)
    shaken, wrong = _shaken(found.id, base, blocks, sources)
    more = (*(law(base) for law in laws), *failing, *shaken)
    own = made.targets if base.items or not more else ()
    return Made((*own, *more), (*made.problems, *problems, *wrong))


def _failing(
    subject: SubjectId, base: Target, blocks: tuple[Block, ...], sources: Sources
) -> _MadeOf:
    if not any(block.stage.faults for block in blocks):
        return (), ()
    from stagepact.plan.faults import fault_targets

    return fault_targets(subject, base, blocks, sources.exceptions, sources.here, sources.resolve)


def _shaken(
    subject: SubjectId, base: Target, blocks: tuple[Block, ...], sources: Sources
) -> _MadeOf:
    if not any(block.stage.chaos for block in blocks):
        return (), ()
    from stagepact.plan.chaos import chaos_targets

    return chaos_targets(subject, base, blocks, sources.exceptions, sources.here, sources.resolve)


def _unless_run(target: Target, found: Found, given: Assumption) -> Target:
    """The target, without its subject where it can't be run or nothing is said of its input."""
    name = found.id.name
    if found.subject is None:
        return replace(target, subject=None, reason=found.reason or found.why)
    if not given.said:
        reason = f"no contract says what {name} is given (`given:` or `examples:`)"
        return replace(target, subject=None, reason=reason)
    if not target.cases and not given.varies:
        return replace(target, cases=(Case("as given", given.base),))
    return target


def upstream_outputs(found: Found, sources: Sources) -> dict[str, JsonSchema]:
    """By name, what the contracts of a stage's upstreams promise that they return.

    The upstreams are those of the first pipeline that holds the stage.
    """
    pipeline = sources.pipelines_by_stage.get(found.id.name)
    if pipeline is None:
        return {}
    upstreams = pipeline.stages[found.id.name]
    promised = {name: _promised_output(name, pipeline, sources) for name in upstreams}
    return {name: schema for name, schema in promised.items() if schema is not None}


def _promised_output(name: str, pipeline: Found, sources: Sources) -> JsonSchema | None:
    for other in sources.stages_in(pipeline, name):
        for block in sources.stages.matching(other.id):
            output = block.stage.output
            if output is not None and output.data is not None:
                return block.document.scope.bundle(object_if_said(output.data))
    return None


def pipeline_targets(sources: Sources) -> Iterator[Made]:
    """A target for each discovered pipeline of which, or of whose stages, a contract speaks."""
    for found in sources.found:
        if found.id.kind == "pipeline" and found.why != "skipped":
            blocks = sources.pipelines.matching(found.id)
            views = tuple(_views(found, blocks, sources))
            laws = _items(found.id, blocks, sources, is_law)
            if views or laws or any(block.stage.faults for block in blocks):
                made = _target(found, views, blocks, assumption(blocks, {}), sources)
                tried = [partial(_law_of_pipeline, found, law, sources) for law in laws]
                yield _with_more(found, made, tried, blocks, sources)


def _views(found: Found, blocks: tuple[Block, ...], sources: Sources) -> Iterator[View]:
    """The pipeline's own view, and one for each of its stages that a contract speaks of."""
    own = _items(found.id, blocks, sources, lambda clause: not is_law(clause))
    if own:
        yield View(found.id, own)
    for name in found.stages:
        stage = _stage_id(name, found, sources)
        if stage is None:
            continue
        items = _items(stage, sources.stages.matching(stage), sources, _shows_in_a_pipeline)
        if items:
            yield View(stage, items, stage=name, event_name="stage.{stage}.{type}")


def _shows_in_a_pipeline(clause: Clause) -> bool:
    return clause.kind not in _NOT_IN_A_PIPELINE and not is_law(clause)


def _items(
    subject: SubjectId,
    blocks: tuple[Block, ...],
    sources: Sources,
    wanted: Callable[[Clause], bool],
) -> tuple[Item, ...]:
    return tuple(
        item(clause, block.document, subject, sources.exceptions, sources.here)
        for block in blocks
        for clause in block.clauses
        if wanted(clause)
    )


def _stage_id(name: str, pipeline: Found, sources: Sources) -> SubjectId | None:
    """The stage of a pipeline, as it is reached through it."""
    for found in sources.stages_in(pipeline, name):
        if found.why != "skipped":
            return replace(found.id, path=pipeline.id.path, runtime=pipeline.id.runtime)
    return None


def _examples(blocks: tuple[Block, ...], live: Assumption, sources: Sources) -> tuple[Case, ...]:
    cases = []
    for block in blocks:
        for example in block.stage.examples:
            ports = {
                name: port(sources.resolve(reference))
                for name, reference in example.given.ports.items()
                if not reference.startswith(_FIXTURE)
            }
            cases.append(example_case(example, live, ports))
    return tuple(cases)


@dataclass(frozen=True, slots=True)
class _Live:
    """An assumption with its ports imported, the fixtures it asks for, and what is wrong."""

    assumption: Assumption
    fixtures: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def _live(given: Assumption, blocks: tuple[Block, ...], resolve: Resolve) -> _Live:
    ports: dict[str, object] = {}
    fixtures: dict[str, str] = {}
    problems: list[Problem] = []
    for name, reference in given.ports.items():
        if reference.startswith(_FIXTURE):
            fixtures[name] = reference.removeprefix(_FIXTURE)
            continue
        try:
            ports[name] = port(resolve(reference))
        except Misuse as error:
            problems += [_at_port(each, name, blocks) for each in error.problems]
        except Exception as error:  # a port's constructor is the user's code
            found = f"{reference}, which raises {type(error).__name__}: {error}"
            problem = Problem(blocks[0].place(), found, "a port that can be made", "", "port")
            problems.append(_at_port(problem, name, blocks))
    return _Live(replace(given, ports=ports), fixtures, tuple(problems))


def port(value: object) -> object:
    """What stands for a port: a class is made anew for each run, anything else is shared.

    Raises:
        Exception: whatever the class raises when it is made, which is tried once.
    """
    if not isinstance(value, type):
        return value
    value()
    return Fresh(value)


def _at_port(problem: Problem, name: str, blocks: tuple[Block, ...]) -> Problem:
    for block in blocks:
        if name in block.stage.given.ports:
            return replace(problem, place=block.place("given", "ports", name))
    return problem


def fuzz_runs(blocks: Iterable[Block]) -> int | None:
    """How many generated cases the blocks ask for: 0 for none, None where they say nothing."""
    asked: list[int] = []
    for block in blocks:
        if block.stage.fuzz is False:
            return 0
        if block.stage.fuzz.examples is not None:
            asked.append(block.stage.fuzz.examples)
    return max(asked, default=None)


def engine_of(blocks: Iterable[Block], otherwise: Engine) -> Engine:
    """The first engine that a block asks for, else the project's."""
    asked = (block.stage.fuzz.engine for block in blocks if block.stage.fuzz is not False)
    return next(filter(None, asked), otherwise)


def limits(blocks: Iterable[Block]) -> Limits:
    """The shortest time limit that any block sets, and the log level that its clauses need."""
    times = [seconds(block.stage.timeout) for block in blocks]
    asked = [log for block in blocks for log in block.stage.logs.values()]
    level = 1 if asked else None
    return Limits(seconds=min(times, default=10.0), log_level=level)
