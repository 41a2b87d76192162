"""Interactions and messages of `consumes:` as pact files of version 4 write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.models import (
    ConsumedInteraction,
    ConsumedMessage,
    ConsumedRequest,
    ConsumedResponse,
)
from stagepact.contract.source import Json
from stagepact.errors import Place, Problem
from stagepact.pact.making.losses import Loss
from stagepact.pact.making.made import Made, Written, made
from stagepact.pact.making.parameters import Parameter, exact, from_state, in_path, parameter
from stagepact.pact.making.ruled import Lost
from stagepact.pact.making.spots import Spots
from stagepact.schema import SchemaError, compile_schema
from stagepact.schema.explain import shorten
from stagepact.schema.normalise import JsonSchema

Path = tuple[str | int, ...]
_Said = ConsumedInteraction | ConsumedMessage


@dataclass(frozen=True)
class MadeInteraction:
    """An interaction as a pact file has it, where it is declared, and what is lost."""

    value: dict[str, Any]
    place: Place
    losses: tuple[Loss, ...] = ()

    @property
    def name(self) -> tuple[str, str, str]:
        """What no two interactions of a pact share: type, description, states."""
        states = json.dumps(self.value.get("providerStates", []), sort_keys=True)
        return self.value["type"], self.value["description"], states


@dataclass
class Maker:
    """Makes the interactions of one provider in one contract; collects what is wrong."""

    document: Document
    provider: str
    file: str
    """The pact file that they are for, as it is named in losses."""
    problems: list[Problem] = field(default_factory=list)
    _losses: list[Loss] = field(default_factory=list)
    _description: str = ""

    def all(self) -> Iterator[MadeInteraction]:
        """All interactions, as they are declared."""
        said = self.document.contract.consumes[self.provider]
        for description, interaction in said.interactions.items():
            yield self._made("interactions", description, interaction, self._http)
        for description, message in said.messages.items():
            yield self._made("messages", description, message, self._message)

    def _made(
        self, section: str, description: str, said: Any, make: Callable[[Path, Any], dict[str, Any]]
    ) -> MadeInteraction:
        self._losses, self._description = [], description
        path = ("consumes", self.provider, section, description)
        value = {"description": description, "pending": False, **make(path, said)}
        if said.needed:
            value["providerStates"] = [_state(each) for each in said.needed]
        return MadeInteraction(value, self.document.place(*path), tuple(self._losses))

    # -- requests and responses ----------------------------------------------------------------

    def _http(self, path: Path, said: ConsumedInteraction) -> dict[str, Any]:
        return {
            "type": "Synchronous/HTTP",
            "request": self._request((*path, "request"), said.request),
            "response": self._response(path, said),
        }

    def _request(self, path: Path, said: ConsumedRequest) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        values = self._parameters(path, "values", said.values, "request path")
        whole = in_path(said.path, values)
        generators: dict[str, Any] = {}
        if whole.expression is not None:
            rules["path"] = whole.rule
        if whole.state:
            generators["path"] = from_state(whole.state)
        value: dict[str, Any] = {"method": said.method, "path": "".join(whole.texts)}
        query = self._parameters(path, "query", said.query, "request query")
        if query:
            value["query"] = {name: list(each.texts) for name, each in query.items()}
        headers = self._parameters(path, "headers", said.headers, "request header")
        if said.has_body:
            headers = _typed(headers, said.content_type)
            value["body"] = self._request_body(path, said, rules)
        _add_headers(value, headers)
        rules |= _named_rules(query=query, header=headers)
        generators |= _named_generators(query=query, header=headers)
        made_by = {"generators": generators} if generators else {}
        return {**value, **made_by, **_rules(rules)}

    def _request_body(
        self, path: Path, said: ConsumedRequest, rules: dict[str, Any]
    ) -> dict[str, Any]:
        if said.schema_ is None:
            return _body(said.body, said.content_type)
        written = Written(said.body) if "body" in said.model_fields_set else None
        at, example = (*path, "schema"), (*path, "body")
        found = self._schema(at, said.schema_, "request body", written, example, closed=True)
        if found.rules:
            rules["body"] = found.rules
        return _body(found.example, said.content_type)

    def _response(self, path: Path, interaction: ConsumedInteraction) -> dict[str, Any]:
        said, at = interaction.response, (*path, "response")
        rules: dict[str, Any] = {}
        value: dict[str, Any] = {"status": said.status}
        headers = self._expected_headers(at, said)
        if said.body is not None:
            headers = _typed(headers, said.content_type)
            found = self._body(path, (*at, "body"), said.body, "response body", interaction)
            value["body"] = _body(found.example, said.content_type)
            if found.rules:
                rules["body"] = found.rules
        elif said.empty:
            value["body"] = {"content": ""}
        _add_headers(value, headers)
        rules |= _named_rules(query={}, header=headers)
        return {**value, **_rules(rules)}

    def _expected_headers(self, path: Path, said: ConsumedResponse) -> dict[str, Parameter]:
        found = {}
        for name, schema in said.headers.items():
            value: Json = schema if isinstance(schema, str) else {"schema": schema}
            at = (*path, "headers", name)
            found[name] = self._parameter(at, name, value, "response header", direct=True)
        return found

    def _body(self, path: Path, at: Path, schema: JsonSchema, part: str, said: _Said) -> Made:
        written = Written(said.example) if said.has_example else None
        return self._schema(at, schema, part, written, (*path, "example"))

    # -- messages ------------------------------------------------------------------------------

    def _message(self, path: Path, said: ConsumedMessage) -> dict[str, Any]:
        found = self._body(path, (*path, "contents"), said.contents, "message body", said)
        rules: dict[str, Any] = {"body": found.rules} if found.rules else {}
        metadata: dict[str, Json] = {}
        for name, value in said.metadata.items():
            at = (*path, "metadata", name)
            metadata[name], rule = self._metadatum(at, name, value)
            if rule:
                rules.setdefault("metadata", {})[name] = rule
        return {
            "type": "Asynchronous/Messages",
            "contents": _body(found.example, said.content_type),
            **({"metadata": metadata} if metadata else {}),
            **_rules(rules),
        }

    def _metadatum(self, at: Path, name: str, value: Json) -> tuple[Json, dict[str, Any] | None]:
        schema, written, _ = _said(value)
        if schema is None:
            return (value if written is None else written.value), None
        part, path = "message metadata", (*at, "schema")
        found = self._schema(path, schema, part, written, (*at, "example"), name=name)
        return found.example, found.rules.get("$")

    # -- values and schemas --------------------------------------------------------------------

    def _parameters(
        self, path: Path, section: str, said: Mapping[str, Json], part: str
    ) -> dict[str, Parameter]:
        return {
            name: self._parameter((*path, section, name), name, value, part)
            for name, value in said.items()
        }

    def _parameter(
        self, at: Path, name: str, value: Json, part: str, *, direct: bool = False
    ) -> Parameter:
        schema, written, state = _said(value)
        if schema is None:
            return replace(exact(value if written is None else written.value), state=state)
        place = at if direct else (*at, "schema")
        spots = Spots.of(self.document, schema, place)
        found = Parameter(("",))
        try:
            whole = self.document.scope.bundle(schema)
            if written is not None:
                self._refuse(whole, written.value, (*at, "example"))
            found = parameter(whole, spots, name, written, name)
        except SchemaError as error:
            self._unusable(error, place)
        self._lose(part, found.lost)
        return replace(found, state=state)

    def _schema(
        self,
        at: Path,
        schema: JsonSchema,
        part: str,
        written: Written | None,
        example: Path,
        *,
        name: str = "text",
        closed: bool = False,
    ) -> Made:
        found = Made(None, {}, ())
        try:
            whole = self.document.scope.bundle(schema)
            if written is not None:
                self._refuse(whole, written.value, example)
            spots = Spots.of(self.document, schema, at)
            found = made(whole, spots, name=name, written=written, closed=closed)
        except SchemaError as error:
            self._unusable(error, at)
        self._lose(part, found.lost)
        return found

    def _refuse(self, schema: JsonSchema, value: Json, path: Path) -> None:
        """Tell that an example isn't what its schema says."""
        validator = compile_schema(schema)
        if validator.accepts(value):
            return
        for each in validator.violations(value):
            place = self.document.place(*path, *each.instance_pointer)
            advice = "mend the example, or the schema"
            found = f"an example with {each.seen}"
            self.problems.append(Problem(place, found, each.promised, advice, "pact-example"))
            return
        found = f"the example {shorten(value)}, which the schema refuses"
        place = self.document.place(*path)
        self.problems.append(Problem(place, found, "a value of the schema", "", "pact-example"))

    def _unusable(self, error: SchemaError, at: Path) -> None:
        place = self.document.place(*at, *error.pointer)
        problem = Problem(place, str(error), "a schema with values", error.advice, "pact-schema")
        self.problems.append(problem)

    def _lose(self, part: str, lost: tuple[Lost, ...]) -> None:
        for each in lost:
            loss = Loss(
                self.file,
                self._description,
                part,
                each.path,
                self.document.place(*each.schema),
                "".join(f"/{_escaped(step)}" for step in each.schema),
                each.kind,
                each.text,
                each.stricter,
            )
            self._losses.append(loss)


def _escaped(step: str | int) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _said(value: Json) -> tuple[JsonSchema | None, Written | None, str]:
    """A value as it may be said: its schema, its example, and the state's value that it is."""
    if not isinstance(value, dict) or not value.keys() & {"schema", "from-state"}:
        return None, None, ""
    schema, example = value.get("schema"), Written(value.get("example"))
    said = schema if isinstance(schema, dict | bool) else None
    return said, example if "example" in value else None, str(value.get("from-state", ""))


def _state(state: Any) -> dict[str, Any]:
    params = {"params": dict(state.parameters)} if state.parameters else {}
    return {"name": state.name, **params}


def _body(value: Json, content_type: str) -> dict[str, Any]:
    return {"content": value, "contentType": content_type, "encoded": False}


def _typed(headers: dict[str, Parameter], content_type: str) -> dict[str, Parameter]:
    """Headers with the body's type, unless they say it themselves."""
    if any(name.lower() == "content-type" for name in headers):
        return headers
    return {**headers, "Content-Type": Parameter((content_type,))}


def _add_headers(value: dict[str, Any], headers: Mapping[str, Parameter]) -> None:
    if headers:
        value["headers"] = {name: list(each.texts) for name, each in headers.items()}


def _named_rules(**parts: Mapping[str, Parameter]) -> dict[str, Any]:
    """The rules for headers and parameters, by their names."""
    found = {}
    for part, parameters in parts.items():
        rules = {n: each.rule for n, each in parameters.items() if each.expression is not None}
        if rules:
            found[part] = rules
    return found


def _named_generators(**parts: Mapping[str, Parameter]) -> dict[str, Any]:
    """What puts states' values into headers and parameters, by their names."""
    found = {}
    for part, parameters in parts.items():
        made = {name: each.generator for name, each in parameters.items() if each.state}
        if made:
            found[part] = made
    return found


def _rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    return {"matchingRules": dict(rules)} if rules else {}
