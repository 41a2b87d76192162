"""Names become subjects: modules are looked into, and what goes wrong in them is one line each."""

import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stagepact import discovery
from stagepact.contract.project import Project
from stagepact.discovery import Discovery, discover, look_up, references_of, resolve
from stagepact.errors import Place, ReferenceFault
from stagepact.hooks import impl, plugin_manager
from stagepact.subject import Found, SubjectId
from stagepact.subject.marks import contract_subject, mark_of, skip_contract_tests, tags_of

pytest.importorskip("stageflow")

_NUMBERS = count()

STAGE = """
from stageflow.core import StageKind, StageOutput
from stageflow.pipeline.pipeline import Pipeline
from stagepact.subject.marks import contract_subject, skip_contract_tests

class Answer:
    name = "answer"
    kind = StageKind.WORK

    async def execute(self, ctx):
        return StageOutput.ok()
"""

Write = Callable[..., Any]


class Code:
    """A package in a folder of its own, under a name that no other test has."""

    def __init__(self, folder: Path) -> None:
        self.name = f"discovered{next(_NUMBERS)}"
        self.folder = folder
        self.plugins: list[object] = []
        self.substitute: dict[str, str] = {}

    def __call__(self, **modules: str) -> "Code":
        """Write modules; `a__b` is the module `b` in the package `a`."""
        modules.setdefault("__init__", "")
        for name, text in modules.items():
            dotted = name if name.startswith("__") else name.replace("__", "/")
            path = self.folder / self.name / f"{dotted}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.parent != self.folder / self.name:
                (path.parent / "__init__.py").touch()
            path.write_text(textwrap.dedent(text.replace("PKG", self.name)), encoding="utf-8")
        return self

    @property
    def project(self) -> Project:
        named = {
            key.replace("PKG", self.name): value.replace("PKG", self.name)
            for key, value in self.substitute.items()
        }
        return Project(self.folder, substitute=named)

    def discover(self, *references: str, **more: Any) -> Discovery:
        whole = [each.replace("PKG", self.name) for each in references or ("PKG",)]
        return discover(whole, self.project, plugin_manager(self.plugins), **more)

    def look_up(self, reference: str, *more: Any) -> tuple[Found, ...]:
        hooks = plugin_manager(self.plugins)
        return look_up(reference.replace("PKG", self.name), self.project, hooks, *more)

    def lines(self, *references: str) -> list[str]:
        """What is found, a line each: subject, why there is none, where it is from."""
        found = self.discover(*references).found
        return [
            " ".join(filter(None, (str(each.id), each.why, self.short(each.id.identity))))
            for each in found
        ]

    def short(self, text: str) -> str:
        return text.replace(self.name, "PKG")


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Code]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    made = Code(tmp_path)
    yield made
    for name in [each for each in sys.modules if each.partition(".")[0] == made.name]:
        del sys.modules[name]


# -- references --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("stagepact.errors:Place", Place),
        ("stagepact.errors:Place.__str__", Place.__str__),
        ("stagepact.errors", sys.modules["stagepact.errors"]),
        ("stagepact.errors:Place#/a/b", Place),
    ],
)
def test_a_reference_is_resolved(reference: str, value: object) -> None:
    assert resolve(reference) is value


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("voice", "other"),
        ("voice.api", "other.api"),
        ("voice.pipeline", "voice.mistakes"),
        ("voice.pipeline.deep", "voice.mistakes.deep"),
        ("voices", "voices"),
        ("a.b", "c.b"),
        ("a", "c"),
    ],
)
def test_a_module_is_substituted_by_the_longest_name(module: str, expected: str) -> None:
    substitute = {"voice": "other", "voice.pipeline": "voice.mistakes", "a.": "c."}
    assert discovery.substituted(module, substitute) == expected


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("stagepakt", "no module `stagepakt`; .* did you mean `stagepact`"),
        ("stagepact.erors:X", "no module `stagepact.erors`; .* mean `stagepact.errors`"),
        ("stagepact.errors.x:X", "no module `stagepact.errors.x`; .* install it"),
        ("stagepact.errors:Plaice", "an attribute 'Plaice' of stagepact.errors; .* 'Place'"),
        ("stagepact.errors:Place.zzz", "an attribute 'zzz' of Place; check the name"),
    ],
)
def test_a_reference_that_leads_nowhere_has_a_place_and_advice(reference: str, said: str) -> None:
    with pytest.raises(ReferenceFault, match=said) as caught:
        resolve(reference, place=Place("a.yaml", 3))
    assert caught.value.problems[0].place == Place("a.yaml", 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nraise ValueError('one\\ntwo')", r"ValueError: one \(.*broken\.py:2\)"),
        ("import sys\nsys.exit(3)", r"SystemExit: 3 \(.*broken\.py:2\)"),
        ("x = = 1", r"SyntaxError: .*\(.*broken\.py:1\)"),
        ("import zzz_missing", r"ModuleNotFoundError: No module named 'zzz_missing' \(.*py:1\)"),
        ("raise BaseException", r"raises BaseException \(.*py:1\)"),
        ("raise ValueError('x' * 9999)", r"ValueError: x{280,300} \("),
        ("raise ModuleNotFoundError('odd')", "ModuleNotFoundError: odd"),
        (
            "class E(Exception):\n def __str__(self): return 1 / 0\nraise E",
            "E: <its message raises ZeroDivisionError>",
        ),
    ],
)
def test_a_module_that_fails_is_told_by_one_line(code: Code, text: str, said: str) -> None:
    code(broken=text)
    code.discover()
    with pytest.raises(ReferenceFault, match=said) as caught:
        resolve(f"{code.name}.broken:x")
    assert "\n" not in str(caught.value)


def test_an_attribute_that_raises_is_told_by_one_line(code: Code) -> None:
    code(lazy="def __getattr__(name): raise OSError('no disk')").discover()
    with pytest.raises(ReferenceFault, match="OSError: no disk"):
        resolve(f"{code.name}.lazy:x")


def test_ctrl_c_while_a_module_is_imported_is_the_users(code: Code) -> None:
    with pytest.raises(KeyboardInterrupt):
        code(slow="raise KeyboardInterrupt").discover()


def test_an_error_from_nowhere_has_no_place() -> None:
    assert discovery._sentence(ValueError("x")) == "ValueError: x"


# -- looking into packages ---------------------------------------------------------------------


def test_a_package_is_looked_into_to_its_depths(code: Code) -> None:
    code(stages=STAGE, inner__deep=STAGE.replace("answer", "deep"))
    assert code.lines() == [
        "answer[direct] PKG.stages:Answer",
        "deep[direct] PKG.inner.deep:Answer",
    ]


def test_a_module_that_fails_is_a_line_and_the_rest_goes_on(code: Code) -> None:
    code(a="raise ValueError('broken')", b="import sys; sys.exit()", stages=STAGE)
    assert code.lines() == [
        "answer[direct] PKG.stages:Answer",
        f"{code.name}.a[direct] unimportable PKG.a",
        f"{code.name}.b[direct] unimportable PKG.b",
    ]
    assert code.discover().found[1].reason.startswith("raises ValueError: broken (")


def test_modules_may_speak_and_warn_and_commands_are_left_alone(
    code: Code, capfd: pytest.CaptureFixture[str]
) -> None:
    code(
        __main__="raise SystemExit",
        loud="import warnings, sys; print('hi'); print('ho', file=sys.stderr)\n"
        "warnings.warn('old', DeprecationWarning)",
        stages=STAGE,
    )
    assert code.lines() == ["answer[direct] PKG.stages:Answer"]
    assert capfd.readouterr() == ("", "")


def test_only_what_a_module_defines_itself_counts(code: Code) -> None:
    code(
        __init__="from PKG.stages import Answer, chat",
        stages=STAGE
        + """
class _Hidden(Answer): ...
class Protocolled(__import__("typing").Protocol):
    name: str
    async def execute(self, ctx): ...
alias = Answer
number = 3
chat = Pipeline().with_stage("answer", Answer)
""",
        user="from PKG.stages import chat as renamed, Answer\nimport PKG.stages as stages",
        star="from PKG.stages import *",
    )
    assert code.lines() == [
        "answer[direct] PKG.stages:Answer",
        "chat[pipeline] PKG.stages:chat",
    ]


def test_a_stage_goes_by_its_name_in_the_pipeline(code: Code) -> None:
    code(
        stages=STAGE
        + """
class Needy(Answer):
    name = "needy"
    def __init__(self, store): ...
one = Pipeline(name="one").with_stage("first", Answer).with_stage("needy", Needy, after="first")
two = Pipeline(name="two").with_stage("needy", Needy, config={"store": 1})
three = Pipeline(name="three").with_stage("third", Answer)
"""
    )
    assert code.lines() == [
        "first[direct] PKG.stages:Answer",
        "needy[direct] PKG.stages:Needy",
        "one[pipeline:one] PKG.stages:one",
        "third[direct] PKG.stages:Answer",
        "three[pipeline] PKG.stages:three",
        "two[pipeline:two] PKG.stages:two",
    ]
    one = code.discover().found[2]
    assert one.stages == {"first": (), "needy": ("first",)}
    assert one.subject is not None
    assert one.subject.id == one.id


def test_a_wrapper_that_pipelines_use_is_no_stage(code: Code) -> None:
    code(
        stages=STAGE
        + """
class Observed:
    name = "observed"
    def __init__(self, stage): self.stage = stage
    async def execute(self, ctx): return await self.stage.execute(ctx)
chat = Pipeline().with_stage("answer", Observed(Answer()), "work")
"""
    )
    assert code.lines() == ["answer[direct] PKG.stages:Answer", "chat[pipeline] PKG.stages:chat"]


def test_a_factory_of_what_the_module_holds_is_no_second_pipeline(code: Code) -> None:
    code(
        stages=STAGE
        + """
def build() -> Pipeline:
    return Pipeline(name="chat").with_stage("answer", Answer)
def build_other() -> Pipeline:
    return Pipeline(name="other").with_stage("other", Answer)
chat = build()
"""
    )
    assert code.lines() == [
        "answer[direct] PKG.stages:Answer",
        "chat[pipeline] PKG.stages:chat",
        "other[direct] PKG.stages:Answer",
        "other[pipeline] PKG.stages:build_other",
    ]


def test_apps_are_found_by_their_protocol(code: Code) -> None:
    code(
        api="""
class App:
    async def __call__(self, scope, receive, send): ...
app = App()
def create() -> App: return App()
def old(environ, start_response):
    start_response("200 OK", [])
    return []
def other(env, key): ...
"""
    )
    assert code.lines() == ["app[asgi] PKG.api:app", "old[wsgi] PKG.api:old"]
    assert code.lines("PKG.api:app", "PKG") == code.lines()


def test_a_function_that_speaks_asgi_is_an_app_beside_others(code: Code) -> None:
    """Only a factory of what the module holds is passed over."""
    code(
        api="""
class App:
    async def __call__(self, scope, receive, send): ...
app = App()
async def raw(scope, receive, send): ...
def create() -> App: return App()
"""
    )
    assert code.lines() == ["app[asgi] PKG.api:app", "raw[asgi] PKG.api:raw"]


def test_a_router_is_a_part_of_an_app(code: Code) -> None:
    pytest.importorskip("starlette")
    code(api="from starlette.routing import Router\nrouter = Router()")
    assert code.lines() == []
    assert code.lines("PKG.api:router") == ["router[asgi] PKG.api:router"]


def test_functions_are_subjects_when_marked_or_named(code: Code) -> None:
    code(
        functions="""
from stagepact.subject.marks import contract_subject, skip_contract_tests
@contract_subject(name="scored", tags=["fast"])
def score(text: str) -> int: return len(text)
def plain(text: str) -> str: return text
@contract_subject()
@skip_contract_tests("not yet")
def later(text: str) -> str: return text
@skip_contract_tests("never")
def never(text: str) -> str: return text
shout = lambda text: text.upper()
number = 3
"""
    )
    assert code.lines() == [
        "later[direct] skipped PKG.functions:later",
        "never[direct] skipped PKG.functions:never",
        "scored[direct] PKG.functions:score",
    ]
    assert code.discover().found[2].id.tags == {"fast"}
    assert [str(each.id) for each in code.look_up("PKG.functions:plain")] == ["plain[direct]"]
    (named,) = code.look_up("PKG.functions:shout", "shouted")
    assert (named.id.name, code.short(named.id.identity)) == ("shouted", "PKG.functions:shout")
    with pytest.raises(ReferenceFault, match=r"which is 3; expected a stage, a pipeline"):
        code.look_up("PKG.functions:number", None, Place("a.yaml", 1))
    with pytest.raises(ReferenceFault, match="which is a module"):
        code.look_up("PKG.functions")


def test_partials_and_callable_objects_are_subjects_when_marked(code: Code) -> None:
    """Their classes' marks are no marks of theirs."""
    code(
        objects="""
from functools import partial
from stagepact.subject.marks import contract_subject, skip_contract_tests
def add(x: int, y: int) -> int: return x + y
@contract_subject()
class Scale:
    def __call__(self, x: int) -> int: return x
class Proxy:
    __dict__ = property(lambda self: 1 / 0)
double = contract_subject(name="double")(partial(add, y=2))
scale, other = contract_subject(name="scale")(Scale()), Scale()
proxy = Proxy()
later = skip_contract_tests("not yet")(partial(add, y=9))
"""
    )
    assert code.lines() == [
        "Scale[direct] PKG.objects:Scale",
        "add[direct] skipped PKG.objects:add",
        "double[direct] PKG.objects:add",
        "scale[direct] PKG.objects:Scale",
    ]


@pytest.mark.parametrize("name", ["Abstract", "Proto"])
def test_an_abstract_class_is_no_subject(code: Code, name: str) -> None:
    """Naming it is a mistake of the contract: nothing of the code's would be broken."""
    code(
        base="""
import abc, typing
class Abstract(abc.ABC):
    @abc.abstractmethod
    def __call__(self, x): ...
class Proto(typing.Protocol):
    def __call__(self, x): ...
class Real(Proto):
    def __call__(self, x): return x
"""
    )
    with pytest.raises(ReferenceFault, match=f"the class {name}, an abstract one"):
        code.look_up(f"PKG.base:{name}")
    assert [str(each.id) for each in code.look_up("PKG.base:Real")] == ["Real[direct]"]


def test_skipped_stages_and_factories_are_lines_with_their_reason(code: Code) -> None:
    code(
        stages=STAGE.replace("class Answer", "@skip_contract_tests('flaky')\nclass Answer")
        + """
@skip_contract_tests("needs a GPU")
def build() -> Pipeline:
    raise SystemExit
"""
    )
    found = code.discover().found
    assert [(each.id.name, each.why, each.reason) for each in found] == [
        ("answer", "skipped", "flaky"),
        ("build", "skipped", "needs a GPU"),
    ]


def test_objects_that_answer_with_exceptions_are_no_subjects(code: Code) -> None:
    code(
        lazy="""
import stageflow
class Lazy:
    def __getattribute__(self, name): raise RuntimeError(name)
class Hostile:
    def __call__(self, *args): ...
    @property
    def __signature__(self): raise RuntimeError
class Meta(type):
    @property
    def kind(cls): raise RuntimeError("kind")
lazy, hostile = Lazy(), Hostile()
class Odd(metaclass=Meta):
    async def execute(self, ctx): ...
"""
    )
    assert code.lines() == []


def test_a_stage_that_raises_when_it_is_looked_at_is_a_line(code: Code) -> None:
    code(
        stages=STAGE
        + """
class Odd(Answer):
    @property
    def name(self): raise OSError("no name")
odd = Odd()
def leave() -> Pipeline: raise SystemExit(3)
"""
    )
    found = code.discover("PKG.stages:odd", "PKG.stages:leave").found
    assert [(each.id.name, each.why) for each in found] == [("leave", "unmade"), ("odd", "unmade")]
    assert found[0].reason == "SystemExit: 3"
    assert found[1].reason.startswith("raises OSError: no name (")


def test_what_has_no_source_is_looked_into_all_the_same(code: Code) -> None:
    code(
        made="import sys, types\nm = types.ModuleType('PKG.virtual')\n"
        "sys.modules['PKG.virtual'] = m\nexec('''" + STAGE + "''', vars(m))"
    )
    code.discover()
    assert code.lines("PKG.virtual") == ["answer[direct] PKG.virtual:Answer"]


# -- references, many --------------------------------------------------------------------------


def test_references_that_fail_are_problems_and_the_rest_goes_on(code: Code) -> None:
    code(stages=STAGE, broken="raise ValueError")
    known: Mapping[str, Place] = {f"{code.name}.missing": Place("a.yaml", 3)}
    made = code.discover("PKG.stages", "PKG.missing", "PKG.broken", "PKG.stages:X", places=known)
    assert [str(each.id) for each in made.found] == ["answer[direct]"]
    assert [each.code for each in made.problems] == ["no-module", "import-fails", "no-attribute"]
    assert made.problems[0].place == Place("a.yaml", 3)


def test_what_is_named_twice_is_found_once(code: Code) -> None:
    code(stages=STAGE + "chat = Pipeline().with_stage('answer', Answer)")
    once = code.lines()
    assert code.lines("PKG", "PKG.stages", "PKG.stages:chat", "PKG.stages:Answer", "PKG") == once
    code(other="number = print\nagain = print")
    assert code.lines("PKG.other:number", "PKG.other:again") == ["print[direct] builtins:print"]


def test_a_module_is_put_in_place_of_another(code: Code) -> None:
    code(stages=STAGE, mistakes=STAGE.replace("answer", "wrong"))
    code.substitute = {"PKG.stages": "PKG.mistakes"}
    assert code.lines() == ["wrong[direct] PKG.mistakes:Answer"]
    assert code.lines("PKG.stages:Answer") == ["wrong[direct] PKG.mistakes:Answer"]
    assert f"{code.name}.stages" not in sys.modules


def test_a_package_in_place_of_its_own_part_is_no_endless_loop(code: Code) -> None:
    code(stages=STAGE, inner__deep=STAGE)
    code.substitute = {"PKG.inner": "PKG"}
    assert code.lines() == ["answer[direct] PKG.stages:Answer"]


def test_settings_and_entry_points_are_references(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [SimpleNamespace(value="z:stage"), SimpleNamespace(value="voice")]
    monkeypatch.setattr(discovery, "entry_points", lambda group: points)
    project = Project(Path(), packages=("voice",), apps=("voice.api:app",))
    assert references_of(project) == ("voice", "voice.api:app", "z:stage")


# -- plugins -----------------------------------------------------------------------------------


class Plugin:
    """Knows a kind of subject and an argument."""

    @impl
    def stagepact_subjects(self, value: object, reference: str) -> list[Found]:
        if value != 42:
            return []
        return [Found(SubjectId("forty-two", reference, "number"), source=reference)]

    @impl
    def stagepact_provide(self, subject: SubjectId, parameter: str, annotation: Any) -> Any:
        return {"from": "plugin"} if parameter == "store" else None


def test_plugins_add_subjects_and_arguments(code: Code) -> None:
    code.plugins = [Plugin()]
    code(
        stages=STAGE
        + """
class Needy(Answer):
    name = "needy"
    def __init__(self, store): ...
class Needier(Answer):
    name = "needier"
    def __init__(self, lamp): ...
number = 42
"""
    )
    assert code.lines() == [
        "answer[direct] PKG.stages:Answer",
        "forty-two[direct] PKG.stages:number",
        "needier[direct] unmade PKG.stages:Needier",
        "needy[direct] PKG.stages:Needy",
    ]


# -- without stageflow, and the whole of it ----------------------------------------------------


def test_without_stageflow_its_adapter_is_not_loaded(
    code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "stageflow")
    monkeypatch.setattr(discovery.importlib, "import_module", _no_stageflow)
    code(a="class A:\n    name = 'a'\n    async def execute(self, ctx): ...")
    assert code.lines() == []


def test_another_distributions_stageflow_is_one_line(
    code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> Any:
        if name == "stagepact.adapters.stageflow":
            raise ImportError("the package `stageflow` comes from another-flow")
        return _import(name)

    monkeypatch.setattr(discovery.importlib, "import_module", refuse)
    code(a="one, two = 1, 2")
    (only,) = code.discover().found
    assert (only.id.name, only.why) == ("stageflow", "skipped")
    assert "another-flow" in only.reason


_import = discovery.importlib.import_module


def _no_stageflow(name: str) -> Any:
    assert "stageflow" not in name
    return _import(name)


def test_a_package_that_no_one_here_wrote_is_listed() -> None:
    found = discover(["stageflow"], Project(Path()), plugin_manager()).found
    made = [(each.id.name, each.id.kind, each.why) for each in found]
    assert [each for each in made if each[2] != "unimportable"] == [
        ("agent", "agent", "unmade"),
        ("guardrail", "guard", "unmade"),
        ("memory_fetch", "enrich", "unmade"),
        ("memory_write", "work", "unmade"),
    ]
    assert ("stageflow.route", "module", "unimportable") in made


# -- marks -------------------------------------------------------------------------------------


def test_a_mark_changes_nothing_else_and_is_not_inherited() -> None:
    class Base:
        stagepact_tags = ("a",)

    class Below(Base):
        stagepact_tags = "text"  # type: ignore[assignment]

    marked = contract_subject("base", ["b"])(Base)
    assert marked is Base
    assert (mark_of(Base()).name, tags_of(Base())) == ("base", {"a", "b"})
    assert (mark_of(Below).name, tags_of(Below)) == (None, frozenset())


@pytest.mark.parametrize(
    "wrong", [lambda: contract_subject(print), lambda: skip_contract_tests(" ")]
)
def test_a_decorator_without_its_parentheses_or_reason_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="write @"):
        wrong()


def test_the_users_own_line_is_told_before_a_packages(code: Code, tmp_path: Path) -> None:
    """Some packages wrap `__import__`, and every import would seem to fail in them."""
    package = tmp_path / "site-packages"
    package.mkdir()
    (package / "wraps.py").write_text("def fail():\n    raise ImportError('no such thing')\n")
    code(broken=f"import sys\nsys.path.insert(0, {str(package)!r})\nimport wraps\nwraps.fail()")
    code.discover()
    with pytest.raises(ReferenceFault, match=r"broken\.py:4"):
        resolve(f"{code.name}.broken:x")
