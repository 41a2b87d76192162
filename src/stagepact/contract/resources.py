"""Resources of a service, seen from its paths and schemas, and the laws that they are held to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stagepact.contract.clauses import Clause, Compiler
from stagepact.contract.document import Document
from stagepact.contract.expression import Expression, parse
from stagepact.contract.known_to_service import CURSORS
from stagepact.contract.models import Conservation, Operation, Pages, Service
from stagepact.contract.models import Resource as SaidResource
from stagepact.errors import ContractError, Problem, nearest
from stagepact.schema import SchemaError, Validator
from stagepact.schema.normalise import JsonSchema

_ROLES = {"GET": "read", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}
_CONFLICT, _IF_MATCH, _IDEMPOTENCY = "409", "if-match", "idempotency-key"
_LIMITS = ("limit", "per_page", "page_size", "pagesize", "perpage", "size", "max_results", "$top")
_OFFSETS = ("offset", "skip", "$skip", "start")
_PAGES = ("page", "page_number", "pagenumber")
_NEXT = ("next", "nextcursor", "nextpagetoken", "nexttoken", "nextpage", "nextlink", "nexturl")
_HOLDERS = ("links", "_links", "paging", "pagination", "meta", "page")
_LISTS = ("items", "data", "results", "content", "value", "entries")


def is_number(value: Any) -> bool:
    """Whether a value can be bounded: a number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Range:
    """What a parameter bounds: a number of each item, from below (`sign` 1) or above (-1).

    `schema` is what may be asked.
    """

    pointer: str
    sign: int
    schema: JsonSchema


@dataclass(frozen=True, slots=True)
class Resource:
    """A collection and its items: the operations by role, and what is known of their bodies.

    Roles are `create` and `list` of the collection, `read`, `replace`, `patch` and `delete` of an
    item. `sizes` are the least and the greatest page (0: no bound), `usual` the size of one where
    none is asked for (0: not said). `answered` are, by operation, the members that clients say and
    that the answer and the item have, too, with their defaults: where both have schemas of their
    own. `guessed` are the parameters that have the name and the type of a member: texts, ids and
    truth values. `same` tells whether the list
    and an item have the same schema, `conditional` whether changes take If-Match, `listed` whether
    the schemas show a list, `accepted` whether creation is only accepted (202). `ranges` are the
    parameters that bound a number of the items.
    """

    path: str
    item: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    said: SaidResource = field(default_factory=SaidResource)
    pages: Pages = field(default_factory=Pages)
    sizes: tuple[int, int] = (1, 0)
    filters: Mapping[str, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    same: bool = False
    conditional: bool = False
    listed: bool = False
    accepted: bool = False
    usual: int = 0
    answered: Mapping[str, Mapping[str, tuple[Any, ...]]] = field(default_factory=dict)
    guessed: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called in reports: the collection's path, or the item's where it has none."""
        return self.path if {"create", "list"} & self.roles.keys() else self.item or self.path

    @property
    def parameter(self) -> str:
        """The name of an item's own parameter; "" where there is no item."""
        return self.item.rpartition("{")[2].rstrip("}")

    @property
    def change(self) -> str:
        """The operation that changes an item; "" where none does."""
        return self.roles.get("replace") or self.roles.get("patch") or ""

    def has(self, *roles: str) -> bool:
        """Whether there is an operation of each of these roles."""
        return all(role in self.roles for role in roles)


@dataclass(frozen=True, slots=True)
class ServiceLaw:
    """A law of one resource; `asked` where the contract names it, so that it is meant strictly.

    `statuses` are those that each operation declares, `bodies` the schemas of bodies by operation
    and status. `told` says of steps by their name what
    they are said to have been answered, which isn't so: that is how the law is proved.
    """

    law: str
    resource: Resource
    asked: bool
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bodies: Mapping[tuple[str, str], Validator] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Law:
    """What a law promises, and what a contract must show for it: a reason where it doesn't."""

    promise: str
    lacking: Callable[[Resource], str]
    unasked: Callable[[Resource], bool] = lambda resource: True


def _needs(*roles: str) -> Callable[[Resource], str]:
    return lambda resource: _missing(resource, *roles)


def _missing(resource: Resource, *roles: str) -> str:
    lost = [role for role in roles if not resource.has(role)]
    told = {"change": "PUT or PATCH of an item", "create": "POST of the collection"}
    told |= {"list": "GET of the collection", "read": "GET of an item", "delete": "its DELETE"}
    lost = [each for each in lost if not (each == "change" and resource.change)]
    return f"there is no {' and no '.join(told[each] for each in lost)}" if lost else ""


def _made(resource: Resource) -> str:
    accepted = "its creation is only accepted (202)" if resource.accepted else ""
    return _missing(resource, "create", "read") or accepted


def _lists(*roles: str) -> Callable[[Resource], str]:
    def lacking(resource: Resource) -> str:
        unlisted = "" if resource.listed else "no schema shows the list's items: say `items`"
        return _missing(resource, "list", *roles) or unlisted

    return lacking


def _pageable(resource: Resource) -> str:
    pages = resource.pages
    linked = pages.next and (pages.cursor or resource.said.pages or _is_link(pages.next))
    ways = (pages.offset and pages.limit) or pages.page or linked
    return _lists()(resource) or ("" if ways else "no parameter of the list is one of pages")


def _is_link(pointer: str) -> bool:
    """Whether what stands there is a URL, by its name."""
    return "link" in pointer.lower() or pointer.lower().endswith("url")


def _filters(resource: Resource) -> str:
    told = "no parameter of the list has the values of a member of its items: say `filters`"
    return _lists()(resource) or (
        "" if resource.filters or resource.ranges or resource.guessed else told
    )


def _twice(resource: Resource) -> str:
    said = resource.said.unique or _own_id(resource)
    return _missing(resource, "create") or ("" if said else "nothing is said to be `unique`")


def _own_id(resource: Resource) -> bool:
    """Whether clients say the id, and a second of the same is refused."""
    return "own-id" in resource.roles


def _keyed(resource: Resource) -> str:
    told = f"POST declares no header {_IDEMPOTENCY}"
    return _missing(resource, "create") or ("" if "keyed" in resource.roles else told)


def _conditional(resource: Resource) -> str:
    told = f"the change declares no header {_IF_MATCH}"
    return _missing(resource, "read", "change") or ("" if resource.conditional else told)


def _contended(resource: Resource) -> str:
    return _missing(resource, "create") or _conditional(resource)


def _sequence(resource: Resource) -> str:
    return _missing(resource, "create", "read")


LAWS: Mapping[str, Law] = {
    "create-read": Law("what was created can be read as it was created", _made),
    "update-read": Law("what was changed is read as it was changed", _needs("read", "change")),
    "delete": Law("what was deleted is gone, whatever is tried then", _needs("delete", "read")),
    "create-twice": Law("a second one of the same is refused", _twice),
    "idempotency-key": Law("the same key twice makes one", _keyed),
    "list-get": Law("what is listed can be read, as it is listed", _lists("read")),
    "pagination": Law("pages hold each item once, in one order, and end", _pageable),
    "filter": Law("a filter finds just the items that it names", _filters),
    "delete-siblings": Law("deleting one leaves the others", _needs("create", "delete", "read")),
    "lost-update": Law("a change of what has changed meanwhile is refused", _conditional),
    "concurrent-updates": Law("of changes at once under one ETag, one at most is made", _contended),
    "sequences": Law("answers are those of the calls before, whatever their order", _sequence),
}  # fmt: skip


def resources(document: Document, service: Service) -> tuple[Resource, ...]:
    """The resources of a service, by the paths of their collections, in order."""
    by_path: dict[str, dict[str, str]] = {}
    for name in service.operations:
        method, template = name.split(" ", 1)
        by_path.setdefault(template.rstrip("/") or "/", {})[method] = name
    items = {_collection(path, service, by_path): path for path in by_path
             if _is_item(path, by_path)}  # fmt: skip
    items |= {path: said.item.rstrip("/") for path, said in service.resources.items() if said.item}
    collections = [path for path in by_path if path in items or "POST" in by_path[path]]
    collections += [path for path in items if path not in by_path]
    collections += [path for path in by_path if path in service.resources]
    collections += [path for path in by_path if "GET" in by_path[path]]
    found = (_resource(document, service, by_path, path, items.get(path, ""))
             for path in dict.fromkeys(collections) if not _is_item(path, by_path))  # fmt: skip
    return tuple(each for each in found if each.item or each.listed or each.said.unique)


def _is_item(path: str, by_path: Mapping[str, Mapping[str, str]]) -> bool:
    last = path.rpartition("/")[2]
    # The collection of an item need not have operations of its own: GET /tiles/{x}/{y} alone.
    methods = by_path.get(path, {}).keys()
    return bool(re.fullmatch(r"\{[^{}]+\}", last)) and bool(_ROLES.keys() & methods)


def _collection(item: str, service: Service, by_path: Mapping[str, Mapping[str, str]]) -> str:
    """The path of an item's collection: the one above it, or the one that is below another item.

    Of `/cards/{id}` it is `/cards`, or `/boards/{board_id}/cards` where there is no such path.
    """
    said = next((path for path, each in service.resources.items() if each.item == item), None)
    above = item.rpartition("/")[0]
    if said or above in by_path or "{" in above:
        return said or above or "/"
    below = [path for path, own in by_path.items()
             if path.endswith(f"}}{above}") and "POST" in own
             and not any(_is_item(each, by_path) for each in by_path
                         if each.rpartition("/")[0] == path)]  # fmt: skip
    return below[0] if len(below) == 1 and above else above or "/"


def _resource(
    document: Document,
    service: Service,
    by_path: Mapping[str, Mapping[str, str]],
    path: str,
    item: str,
) -> Resource:
    said = service.resources.get(path) or service.resources.get(item) or SaidResource()
    own, of_item = by_path.get(path, {}), by_path.get(item, {})
    roles = {role: own[method] for method, role in (("POST", "create"), ("GET", "list"))
             if method in own}  # fmt: skip
    roles |= {role: of_item[method] for method, role in _ROLES.items() if method in of_item}
    operations = service.operations
    listed = _items_schema(document, operations, roles, said, path)
    parameter = item.rpartition("{")[2].rstrip("}")
    accepted = "create" in roles and _is_accepted(operations[roles["create"]])
    conditional = any(
        _IF_MATCH in map(str.lower, operations[roles[role]].request.headers)
        for role in ("replace", "patch")
        if role in roles
    )
    if "create" in roles:
        create = operations[roles["create"]]
        roles |= dict.fromkeys(_ways_to_create(document, create, parameter), roles["create"])
    query = operations[roles["list"]].request.query if "list" in roles else {}
    read = _read_schema(document, operations[roles["read"]]) if "read" in roles else None
    return Resource(
        path,
        item,
        roles,
        said,
        said.pages or _pages(document, query, operations, roles),
        _sizes(document, said, query),
        _found_filters(document, said, query, listed),
        _found_ranges(document, said, query, listed),
        same=listed is not None and _bare(listed) == read,
        conditional=conditional,
        listed=listed is not None,
        accepted=accepted,
        usual=_size_schema(document, said, query).get("default", 0),
        answered=dict(_answered(document, operations, roles)),
        guessed=_guessed(document, said, query, listed),
    )


def _ways_to_create(document: Document, create: Operation, parameter: str) -> Iterator[str]:
    """`keyed` where POST takes an idempotency key, `own-id` where clients say the id."""
    if _IDEMPOTENCY in map(str.lower, create.request.headers):
        yield "keyed"
    body = _plain(document, create.request.body)
    needed = body.get("required") if isinstance(body, dict) else None
    if isinstance(needed, list) and parameter in needed and _CONFLICT in create.responses:
        yield "own-id"


def _answered(
    document: Document, operations: Mapping[str, Operation], roles: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, tuple[Any, ...]]]]:
    """Of operations that create or change, what clients say and are told again.

    A schema for both says nothing: a part of it may be the service's own business.
    """
    if "read" not in roles:
        return
    item = _all_members(_plain(document, _succeeded(operations[roles["read"]])))
    for call in {roles[role]: 0 for role in ("create", "replace", "patch") if role in roles}:
        sent = _all_members(_plain(document, operations[call].request.body))
        answer = _all_members(_plain(document, _succeeded(operations[call])))
        told = {name for name in sent.keys() & answer.keys() & item.keys()
                if not any(_is_secret(each[name]) for each in (sent, answer, item))}  # fmt: skip
        if answer.keys() - sent.keys():
            yield call, {name: _defaults(sent[name], answer[name], item[name]) for name in told}


def _is_secret(schema: Any) -> bool:
    return isinstance(schema, dict) and (
        schema.get("writeOnly") is True or schema.get("format") == "password"
    )


def _defaults(*schemas: Any) -> tuple[Any, ...]:
    return tuple(
        each["default"] for each in schemas if isinstance(each, dict) and "default" in each
    )


def _all_members(schema: Any, depth: int = 0) -> dict[str, Any]:
    """The members of an object, those of all parts of `allOf` too."""
    found = {name: _followed(each, schema) for name, each in _members(schema).items()}
    parts = schema.get("allOf") if isinstance(schema, dict) and depth < 8 else None
    for part in parts if isinstance(parts, list) else ():
        found = {**_all_members(_followed(part, schema), depth + 1), **found}
    return found


# -- what schemas show -------------------------------------------------------------------------


def _is_accepted(operation: Operation) -> bool:
    return [status for status in operation.responses if status[0] == "2"] == ["202"]


def _plain(document: Document, schema: JsonSchema | None) -> Any:
    """A schema without the references at its top; {} for what can't be resolved."""
    if not isinstance(schema, dict):
        return {}
    try:
        whole = document.scope.bundle(schema)
    except SchemaError:
        return {}
    return _followed(whole, whole)


def _followed(schema: Any, whole: Any) -> Any:
    for _ in range(8):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        found: Any = whole
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name, {}) if isinstance(found, dict) else {}
        schema = found
    if isinstance(schema, dict) and "$defs" not in schema and isinstance(whole, dict):
        return {**schema, "$defs": whole.get("$defs", {})}
    return schema


def _members(schema: Any) -> Mapping[str, Any]:
    found = schema.get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def _present(schema: Any) -> Any:
    """A schema's only branch but null, as optional parameters are written."""
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword) if isinstance(schema, dict) else None
        if isinstance(branches, list):
            known = [_followed(each, schema) for each in branches]
            known = [e for e in known if not (isinstance(e, dict) and e.get("type") == "null")]
            if len(known) == 1:
                return known[0]
    return schema


def _values(schema: Any) -> tuple[Any, ...]:
    """The scalar values that an enumeration has, without null; () for none."""
    found = _present(schema)
    values = found.get("enum") if isinstance(found, dict) else None
    scalars = values if isinstance(values, list) else []
    if any(isinstance(each, list | dict) for each in scalars):
        return ()
    return tuple(each for each in scalars if each is not None)


def _succeeded(operation: Operation) -> JsonSchema | None:
    answers = [each for status, each in operation.responses.items() if status[0] == "2"]
    bodies = [each.body for each in answers]
    bodies += [
        schema
        for each in answers
        for media, schema in each.content.items()
        if media.endswith(("/json", "+json"))
    ]
    return next((body for body in bodies if body is not None), None)


def _read_schema(document: Document, operation: Operation) -> Any:
    return _bare(_plain(document, _succeeded(operation)))


def _bare(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return None
    return {key: value for key, value in schema.items() if key not in ("$defs", "$id")} or None


def _items_schema(
    document: Document,
    operations: Mapping[str, Operation],
    roles: Mapping[str, str],
    said: SaidResource,
    path: str,
) -> Any:
    """The schema of the items of a list; None where no list is to be seen."""
    if "list" not in roles:
        return None
    whole = _plain(document, _succeeded(operations[roles["list"]]))
    schema = whole
    if said.items is not None:
        for step in said.items[1:].split("/"):
            schema = _followed(_members(schema).get(step, {}), whole)
        return _of_array(schema, whole) or {}
    if not isinstance(schema, dict):
        return None
    found = _of_array(schema, whole)
    if found is not None:
        return found
    arrays = {
        name: _of_array(_followed(each, whole), whole) for name, each in _members(schema).items()
    }
    known = {name: each for name, each in arrays.items() if each is not None}
    for name in (*_LISTS, path.rpartition("/")[2]):
        if name in known:
            return known[name]
    return next(iter(known.values())) if len(known) == 1 else None


def _of_array(schema: Any, whole: Any) -> Any:
    is_array = isinstance(schema, dict) and schema.get("type") == "array"
    if not is_array or not isinstance(schema.get("items"), dict):
        return None
    found = _followed(schema["items"], whole)
    is_object = found.get("type") == "object" or "properties" in found
    return found if is_object else None


def _pages(
    document: Document,
    query: Mapping[str, JsonSchema],
    operations: Mapping[str, Operation],
    roles: Mapping[str, str],
) -> Pages:
    def named(names: tuple[str, ...]) -> str | None:
        return next((each for each in query if each.lower() in names), None)

    following: str | None = None
    if "list" in roles:
        whole = _plain(document, _succeeded(operations[roles["list"]]))
        following = _next(whole, whole)
    return Pages(
        limit=named(_LIMITS),
        offset=named(_OFFSETS),
        page=named(_PAGES),
        cursor=named(CURSORS),
        next=following,
    )


def _next(schema: Any, whole: Any, under: str = "") -> str | None:
    """Where a list's body has what leads to the next page; None where its schema shows nothing."""
    properties = _members(schema)
    for name in properties:
        if name.lower().replace("_", "") in _NEXT:
            return f"{under}/{name}"
    for name in _HOLDERS:
        if not under and name in properties:
            return _next(_followed(properties[name], whole), whole, f"/{name}")
    return None


def _sizes(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema]
) -> tuple[int, int]:
    """The least and the greatest size of a page; 0 for no bound."""
    schema = _size_schema(document, said, query)
    least, most = schema.get("minimum", 1), schema.get("maximum", 0)
    return (max(1, least) if type(least) is int else 1, most if type(most) is int else 0)


def _size_schema(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema]
) -> dict[str, Any]:
    """What is said of the size of a page, with its `default`, wherever that stands."""
    names = [said.pages.limit] if said.pages else [n for n in query if n.lower() in _LIMITS]
    whole = _plain(document, query.get(names[0] or "")) if names else {}
    known = {**whole, **schema} if isinstance(schema := _present(whole), dict) else {}
    return {k: v for k, v in known.items() if k in ("minimum", "maximum", "default")
            and type(v) is int}  # fmt: skip


def _found_filters(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema], listed: Any
) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """By parameter, the member that it is for and the values to ask for.

    Unsaid, a parameter is a filter only where it has a member's name and its enumeration.
    """
    found: dict[str, tuple[str, tuple[Any, ...]]] = {}
    members = _members(listed)
    for name, schema in query.items():
        values = _values(_plain(document, schema))
        if name in said.filters:
            found[name] = (said.filters[name], values)
        elif values and name in members:
            own = _values(_followed(members[name], listed))
            if {*map(str, own)} == {*map(str, values)}:
                found[name] = (f"/{name}", values)
    return found


# Parameters that say how a list is shown, or of which time, and select nothing by themselves.
_NO_FILTERS = frozenset({
    "sort", "order", "orderby", "sortby", "fields", "include", "expand", "format", "lang",
    "language", "locale", "currency", "unit", "units", "tz", "timezone", "version", "since",
    "until", "from", "to", "date", "time", "start", "end", "before", "after", "q", "query",
    "search", "callback",
})  # fmt: skip


def _guessed(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema], listed: Any
) -> dict[str, str]:
    """By parameter, the member of its name: of texts, truth values, and numbers that are ids."""
    paging = {*_LIMITS, *_OFFSETS, *_PAGES, *CURSORS}
    found: dict[str, str] = {}
    for name, schema in query.items():
        own = _present(_followed(_members(listed).get(name, {}), listed))
        asked = _present(_plain(document, schema))
        known = name in said.filters or name.lower() in paging or _run_together(name) in _NO_FILTERS
        if not known and _is_selected_by(name, asked) and _type_of(own) == _type_of(asked):
            found[name] = f"/{name}"
    return found


def _is_selected_by(name: str, schema: Any) -> bool:
    said = schema if isinstance(schema, dict) else {}
    if _type_of(said) == "string":
        return not {"enum", "const", "pattern"} & said.keys() and said.get("format") in (
            None,
            "uuid",
        )
    is_id = bool(re.search(r"(^|_)id$|Id$", name))
    return _type_of(said) == "boolean" or (_type_of(said) == "integer" and is_id)


_BOUNDS = {"min{}": 1, "{}min": 1, "{}gte": 1, "max{}": -1, "{}max": -1, "{}lte": -1}
_NUMBERS = ("integer", "number")


def _found_ranges(
    document: Document, said: SaidResource, query: Mapping[str, JsonSchema], listed: Any
) -> dict[str, Range]:
    """The parameters that are called as bounds of a number that the items have: `min_price`."""
    bounds = {
        form.format(_run_together(name)): (f"/{name}", sign)
        for name, schema in _members(listed).items()
        if _type_of(_present(_followed(schema, listed))) in _NUMBERS
        for form, sign in _BOUNDS.items()
    }
    found: dict[str, Range] = {}
    for name, schema in query.items():
        whole = _plain(document, schema)
        is_bound = _run_together(name) in bounds and name not in said.filters
        if is_bound and _type_of(_present(whole)) in _NUMBERS:
            pointer, sign = bounds[_run_together(name)]
            found[name] = Range(pointer, sign, whole)
    return found


def _run_together(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _type_of(schema: Any) -> Any:
    return schema.get("type") if isinstance(schema, dict) else None


# -- clauses -----------------------------------------------------------------------------------


def service_laws(
    document: Document, name: str, service: Service
) -> Iterator[tuple[Resource, Clause, str]]:
    """Each law of each resource as a clause, and why it can't be tried ("" where it can).

    Raises:
        ContractError: `resources` speaks of what no operation has.
    """
    compiler = Compiler(document, ("services", name))
    known = resources(document, service)
    problems = tuple(_unknown(compiler, service, known))
    if problems:
        raise ContractError(*problems)
    statuses = {each: tuple(one.responses) for each, one in service.operations.items()}
    bodies = dict(_bodies(compiler, service)) if any(not _sequence(each) for each in known) else {}
    for law in LAWS if service.laws is None else dict.fromkeys(service.laws):
        tried = False
        for resource in known:
            reason = LAWS[law].lacking(resource)
            if not reason:
                tried = True
                clause = _clause(compiler, service, law, resource, statuses)
                value = replace(clause.value, bodies=bodies if law == "sequences" else {})
                yield resource, replace(clause, value=value), ""
        if service.laws is not None and not tried:
            nobody = Resource("")
            reasons = dict.fromkeys(f"{e.name}: {LAWS[law].lacking(e)}" for e in known)
            told = "; ".join(reasons) or "no resources are to be seen in its operations"
            yield nobody, _clause(compiler, service, law, nobody, statuses), told


def _unknown(
    compiler: Compiler, service: Service, known: tuple[Resource, ...]
) -> Iterator[Problem]:
    """What `resources` says of paths and parameters that no operation has."""
    paths = dict.fromkeys(each.split(" ", 1)[1].rstrip("/") for each in service.operations)
    collections = [e.path for e in known if e.path in paths or e.path in service.resources]
    for path, said in service.resources.items():
        if not {path, said.item} & {*paths}:
            place = compiler.place("resources", path)
            guess = nearest(path, collections)
            yield Problem(
                place,
                f"the resource {path!r}, of which there is no operation",
                f"one of {', '.join(dict.fromkeys(collections)) or 'the paths of operations'}",
                f"did you mean {guess!r}?" if guess else "",
                "unknown-resource",
            )
            continue
        listed = service.operations.get(f"GET {path}")
        query = listed.request.query if listed is not None else {}
        for name in sorted(said.filters.keys() - query.keys()):
            yield Problem(
                compiler.place("resources", path, "filters", name),
                f"the filter {name!r}, which GET {path} doesn't take",
                f"a parameter of its query: {', '.join(query) or 'it has none'}",
                "",
                "unknown-parameter",
            )


def _clause(
    compiler: Compiler,
    service: Service,
    law: str,
    resource: Resource,
    statuses: Mapping[str, tuple[str, ...]],
) -> Clause:
    asked = service.laws is not None
    path: tuple[str | int, ...] = ()
    if service.laws is not None:
        path = ("laws", [*map(str, service.laws)].index(law))
    elif resource.roles:
        path = ("operations", next(iter(resource.roles.values())))
    value = ServiceLaw(law, resource, asked, statuses)
    return compiler.clause(f"laws.{law}", f"service.{law}", path, LAWS[law].promise, value)


def _bodies(compiler: Compiler, service: Service) -> Iterator[tuple[tuple[str, str], Validator]]:
    """The schemas of all bodies; what is wrong with one, its operation's clauses tell."""
    for name, operation in service.operations.items():
        for status, response in operation.responses.items():
            if response.body is not None:
                path = ("operations", name, "responses", status, "body")
                validator = compiler.validator(response.body, path)
                if validator is not None:
                    yield (name, status), validator


# -- conservation ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConservationValue:
    """What stays true of the bodies that `over` names, in the words of an expression."""

    expression: Expression
    over: Mapping[str, str]
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def conservation_clauses(document: Document, name: str, service: Service) -> tuple[Clause, ...]:
    """The clauses of what a service conserves.

    Raises:
        ContractError: an expression has unknown names, or looks at what is no GET.
    """
    compiler = Compiler(document, ("services", name))
    statuses = {each: tuple(one.responses) for each, one in service.operations.items()}
    made = []
    for key, said in service.conservation.items():
        path: tuple[str | int, ...] = ("conservation", key)
        compiler.problems += _unsound(compiler, path, said)
        value = ConservationValue(parse(said.expr), said.over, statuses)
        made.append(compiler.clause(
            f"conservation.{key}", "conservation", path, f"always {said.expr}", value))  # fmt: skip
    if compiler.problems:
        raise ContractError(*compiler.problems)
    return tuple(made)


def _unsound(
    compiler: Compiler, path: tuple[str | int, ...], said: Conservation
) -> Iterator[Problem]:
    known = (*said.over, "before")
    for unknown in sorted(parse(said.expr).names - {*known}):
        place = compiler.place(*path, "expr")
        expected = f"one of {', '.join(known)}"
        yield Problem(place, f"the name {unknown!r} in {said.expr!r}", expected, "", "unknown-name")
    for name, call in said.over.items():
        if not call.startswith("GET "):
            place = compiler.place(*path, "over", name)
            yield Problem(place, call, "a GET operation", "only what changes nothing is looked at",
                          "no-get")  # fmt: skip
