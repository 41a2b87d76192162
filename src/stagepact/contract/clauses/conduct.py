"""Clauses that operations owe unasked, and those over the methods of a path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stagepact.contract.clauses.clause import Clause, Compiler
from stagepact.contract.document import Document
from stagepact.contract.known_to_service import known_to_service
from stagepact.contract.models import Operation, OperationExample


@dataclass(frozen=True, slots=True)
class ConductValue:
    """What an operation owes unasked: the statuses it declares, and what is a fault.

    `faults` are the classes of statuses (by their first digit) that are server errors, `refused`
    the statuses that refuse a request for what it is. `known` are parts of a request, by section
    and name, of which only the service knows whether they are right.
    """

    statuses: tuple[str, ...]
    refused: tuple[str, ...] = ()
    faults: str = "5"
    known: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MethodsValue:
    """The methods that a path has, and the statuses that its GET declares.

    Where they needn't be all there are (`complete` is False), `Allow` may list others, and 404
    says nothing.
    """

    methods: tuple[str, ...]
    statuses: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class ImplementedValue:
    """An operation that a document describes; `routed` says whether the app has it, if known."""

    has_parameters: bool
    not_found: bool
    routed: bool | None = None


# The statuses by which a request is refused for what it is, wherever it comes from.
REFUSED = ("400", "415", "422")


def conduct_clauses(
    compiler: Compiler, operation: Operation, method: str, template: str
) -> Iterator[Clause]:
    """What every operation owes, and what one owes whose requests are described."""
    statuses = tuple(operation.responses)
    written = (each.response.status for each in operation.examples if each.response is not None)
    errors = {each for each in (*statuses, *written) if each is not None and each[0] == "5"}
    yield compiler.clause(
        "no-server-error",
        "no-server-error",
        (),
        "no status is 5xx" + (f" but {', '.join(sorted(errors))}" if errors else ""),
        ConductValue(tuple(sorted(errors))),
    )
    if operation.fuzz is False:
        return
    said = operation.request.says_something or needs_no_body(operation, method)
    if said and is_whole(operation, method, template):
        known = known_to_service(operation, method, compiler.document.scope.bundle)
        yield compiler.clause(
            "valid-accepted",
            "valid-accepted",
            ("request",),
            f"what may be asked isn't refused by {', '.join(REFUSED)}",
            ConductValue(statuses, REFUSED, known=known),
        )
    if asks_invalid(operation):
        yield compiler.clause(
            "invalid-refused",
            "invalid-refused",
            ("request",),
            "what may not be asked is refused by a declared 4xx",
            ConductValue(statuses),
        )


def is_whole(operation: Operation, method: str, template: str) -> bool:
    """Whether `request` describes all of a request, so that what it permits is valid."""
    names = {part[1:-1].partition(":")[0] for part in template.split("/") if part.startswith("{")}
    known = operation.state is not None or names <= set(operation.request.path)
    whole = operation.request.body is not None or method not in _WITH_BODY
    return known and (whole or needs_no_body(operation, method))


_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def needs_no_body(operation: Operation, method: str) -> bool:
    """Whether it is known that a change is asked for without a body.

    The contract says so, or an example succeeds that says nothing but the path.
    """
    request = operation.request
    if request.body is not None or method not in (*_WITH_BODY, "DELETE"):
        return False
    return request.without_body == "accepted" or any(map(_is_bare_success, operation.examples))


def _is_bare_success(example: OperationExample) -> bool:
    status = example.response.status if example.response is not None else None
    parts = example.request.model_fields_set - {"path"}
    return status is not None and status[0] == "2" and not parts


def asks_invalid(operation: Operation) -> bool:
    """Whether an operation is asked what it has to refuse: if it says so, or declares a refusal."""
    if operation.fuzz is False or not operation.request.says_something:
        return False
    if operation.invalid is not None:
        return bool(operation.invalid)
    return any(each in (*REFUSED, "4XX", "default") for each in operation.responses)


def implemented_clause(document: Document, service: str, name: str, routed: bool | None) -> Clause:
    """That the service has an operation which a document describes."""
    operation = document.contract.services[service].operations[name]
    not_found = any(each in operation.responses for each in ("404", "4XX", "default"))
    value = ImplementedValue("{" in name, not_found, routed)
    place = document.place("services", service, "operations", name)
    return Clause("implemented", "implemented", place, "the service has the operation", value)


def unmade_clause(document: Document, service: str, name: str, media: str) -> Clause:
    """That a body of a media type is taken, of which none can be made."""
    place = document.place("services", service, "operations", name, "request")
    statuses = tuple(document.contract.services[service].operations[name].responses)
    value = ConductValue(statuses, REFUSED)
    promise = f"a body of {media} isn't refused by {', '.join(REFUSED)}"
    return Clause(f"valid-accepted@{media}", "valid-accepted", place, promise, value)


def method_clauses(
    document: Document, service: str, *, described: bool = False
) -> dict[str, Clause]:
    """By path, the clause over its methods; none unless the service says that there are no more.

    If the operations are `described` by a document, others of their paths are refused by 405 too,
    but what `Allow` lists is judged only where the service says that there are no more.
    """
    whole = document.contract.services[service]
    if not (whole.methods or described):
        return {}
    compiler = Compiler(document, ("services", service))
    declared = [(name.split(" ", 1), each) for name, each in whole.operations.items()]
    near: dict[tuple[int, str], list[tuple[str, str, Operation]]] = {}
    for (method, template), each in declared:
        near.setdefault(_size(template), []).append((method, template, each))
    made = {}
    for template in dict.fromkeys(template for (_, template), _ in declared):
        size, first = _size(template)
        sizes = [k for k in near if k[0] == size] if not first else [(size, first), (size, "")]
        others = (other for each in sizes for other in near.get(each, ()))
        same = [(method, each) for method, other, each in others if _meet(template, other)]
        methods = tuple(dict.fromkeys(method for method, _ in same))
        of_get = (each.responses for method, each in same if method == "GET")
        statuses = tuple(status for responses in of_get for status in responses)
        promise = f"methods other than {', '.join(methods)} are answered by 405 with Allow"
        value = MethodsValue(methods, statuses, whole.methods)
        made[template] = compiler.clause("methods", "methods", ("methods",), promise, value)
    return made


def _size(template: str) -> tuple[int, str]:
    """The number of a path's segments, and the first one if it is literal."""
    segments = template.split("/")
    return len(segments), "" if "{" in segments[1] else segments[1]


def _meet(one: str, other: str) -> bool:
    """Whether some path is of both templates."""
    pairs = one.split("/"), other.split("/")
    return len(pairs[0]) == len(pairs[1]) and all(
        left == right or "{" in left + right for left, right in zip(*pairs, strict=True)
    )
