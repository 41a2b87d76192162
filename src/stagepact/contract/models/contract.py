"""A contract document as a whole, with its stores and flows."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from stagepact.contract.models.channels import Channel
from stagepact.contract.models.consumes import Consumed, PartyName
from stagepact.contract.models.exceptions import Except
from stagepact.contract.models.model import Model
from stagepact.contract.models.pacts import Pacts, listed
from stagepact.contract.models.services import Service
from stagepact.contract.models.stages import Stage
from stagepact.contract.models.texts import Port, Reference, Schema


def _whole(value: Any) -> Any:
    """A number as it was written: `true` and `1.0` are equal to 1 and aren't meant by it."""
    return value if type(value) is int else repr(value)


class Store(Model):
    """A store: what its records look like, and how they are read."""

    schema_: Schema = Field(alias="schema", description="The schema of one record.")
    read: Port | None = Field(
        default=None,
        description="A function that is given one mapping, the ports by name, and returns the "
        "stored records.",
    )


Pointer = Annotated[
    str,
    StringConstraints(pattern=r"^#?/(stages|pipelines|services|stores|schemas)/.+"),
    Field(description="A JSON Pointer into this document.", examples=["/stages/a/output/data"]),
]


class Flow(Model):
    """What one gives must be what the next takes; two ends, or a chain of them."""

    from_: Pointer | None = Field(default=None, alias="from", description="The end that gives.")
    to: Pointer | None = Field(default=None, description="The end that takes.")
    chain: list[Pointer] = Field(default_factory=list, description="Ends in order, two or more.")
    except_: list[Except] = Field(
        default_factory=list, alias="except", description="Ways out of the flow's edges."
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if bool(self.chain) == (self.from_ is not None or self.to is not None):
            raise ValueError("say either from and to, or chain")
        if self.chain and len(self.chain) < 2:
            raise ValueError("a chain has two ends or more")
        if not self.chain and (self.from_ is None or self.to is None):
            raise ValueError("from and to go together")
        return self

    @property
    def ends(self) -> tuple[str, ...]:
        """The ends in order."""
        return tuple(self.chain) or (str(self.from_), str(self.to))


class Contract(Model):
    """A contract document."""

    stagepact: Annotated[Literal[1], BeforeValidator(_whole)] = Field(
        default=1, description="The language's version."
    )
    name: str = Field(min_length=1, description="The contract's name.")
    description: str = Field(default="", description="What it is about, for readers.")
    uses: list[Reference] = Field(
        default_factory=list, description="Packages, modules, pipelines and stages to look into."
    )
    schemas: dict[str, Schema] = Field(
        default_factory=dict,
        description="Names for schemas: a JSON Schema, `{model: module:Class}` or `{file: path}`.",
    )
    stages: dict[str, Stage] = Field(
        default_factory=dict, description="By selector, what stages and functions promise."
    )
    pipelines: dict[str, Stage] = Field(
        default_factory=dict, description="By selector, what runs of whole pipelines promise."
    )
    services: dict[str, Service] = Field(
        default_factory=dict, description="By name, what services are asked and answer."
    )
    stores: dict[str, Store] = Field(
        default_factory=dict, description="By name, what stores hold; they are ends of flows."
    )
    flows: dict[str, Flow] = Field(
        default_factory=dict, description="By name, what is passed on to whom."
    )
    channels: dict[str, Channel] = Field(
        default_factory=dict, description="By name, what channels carry, and their laws."
    )
    pacts: Annotated[
        list[Pacts], BeforeValidator(listed, json_schema_input_type=list[Pacts] | Pacts)
    ] = Field(
        default_factory=list,
        description="What consumers expect of a provider here, as pact files say it: one, or a "
        "list.",
    )
    consumes: dict[PartyName, Consumed] = Field(
        default_factory=dict,
        description="By name, the providers that are used, and what is expected of them.",
    )
