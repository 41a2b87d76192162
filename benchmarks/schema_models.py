"""The models that bench_schema.py draws from, each with the strategy a person would write."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel, Field, create_model


class Flat(BaseModel):
    a: int
    b: int
    c: int
    d: int
    e: int
    f: int


class Event(BaseModel):
    type: Literal["started", "completed", "failed"]
    run_id: UUID
    at: datetime
    sequence: int = Field(ge=0)
    duration_ms: float | None = Field(None, ge=0)


class Point(BaseModel):
    x: float = Field(ge=-180, le=180)
    y: float = Field(ge=-90, le=90)


class Track(BaseModel):
    name: str = Field(min_length=1, max_length=30)
    points: list[Point] = Field(max_length=5)


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(ge=0, le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: Annotated[str, Field(pattern="^[a-z]{1,20}$")]


class Owner(BaseModel):
    name: str
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = Field(max_length=4)


class Line(BaseModel):
    sku: Annotated[str, Field(pattern="^[A-Z]{3}-[0-9]{4}$")]
    quantity: int = Field(gt=0, le=100)


class Status(StrEnum):
    NEW = "new"
    PAID = "paid"


class Order(BaseModel):
    id: int = Field(ge=1)
    status: Status
    lines: list[Line] = Field(min_length=1, max_length=5)


class Tree(BaseModel):
    value: int
    children: list[Tree] = Field(default=[], max_length=2)


class Settings(BaseModel):
    debug: bool = False
    level: Literal["low", "middle", "high"] = "low"
    retries: int = Field(3, ge=0, le=10)
    labels: dict[str, str] = {}


class Calendar(BaseModel):
    day: date
    opens: time
    closes: time
    note: str | None = None


class Digest(BaseModel):
    sha: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: int = Field(ge=0)


class Scores(BaseModel):
    by_name: dict[str, int]
    best: tuple[str, int]
    seen: set[int] = Field(max_length=6)


class Money(BaseModel):
    amount: Annotated[Decimal, Field(max_digits=8, decimal_places=2)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Either(BaseModel):
    value: int | str | None
    other: bool | list[int]


MODELS: tuple[type[BaseModel], ...] = (
    Flat,
    Event,
    Track,
    Owner,
    Order,
    Tree,
    Settings,
    Calendar,
    Digest,
    Scores,
    Money,
    Either,
)

THIRTY: type[BaseModel] = create_model(
    "Thirty",
    **{
        f"field_{number}": (kind, ...)
        for number, kind in enumerate(
            [int, str, float, bool, UUID, datetime, int | None, list[int], Point, Status] * 3
        )
    },
)

_FIELDS = st.fixed_dictionaries
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_INTEGERS = st.integers()
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_TEXTS = st.text()
_POINTS = _FIELDS({"x": st.floats(-180, 180), "y": st.floats(-90, 90)})
_INSTANTS = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
_TIMES = st.times().map(lambda moment: moment.isoformat() + "Z")
_PETS = st.one_of(
    _FIELDS({"kind": st.just("cat"), "lives": st.integers(0, 9)}),
    _FIELDS({"kind": st.just("dog"), "name": st.text(_LETTERS, min_size=1, max_size=20)}),
)
_LINES = _FIELDS(
    {"sku": st.from_regex(r"[A-Z]{3}-[0-9]{4}", fullmatch=True), "quantity": st.integers(1, 100)}
)
_AMOUNTS = st.decimals(-999_999, 999_999, places=2).map(str)

BY_HAND: dict[str, st.SearchStrategy[Any]] = {
    "Flat": _FIELDS(dict.fromkeys("abcdef", _INTEGERS)),
    "Event": _FIELDS(
        {
            "type": st.sampled_from(["started", "completed", "failed"]),
            "run_id": st.uuids().map(str),
            "at": _INSTANTS,
            "sequence": st.integers(0),
        },
        optional={"duration_ms": st.none() | st.floats(0, allow_infinity=False)},
    ),
    "Track": _FIELDS(
        {"name": st.text(min_size=1, max_size=30), "points": st.lists(_POINTS, max_size=5)}
    ),
    "Owner": _FIELDS({"name": _TEXTS, "pets": st.lists(_PETS, max_size=4)}),
    "Order": _FIELDS(
        {
            "id": st.integers(1),
            "status": st.sampled_from(["new", "paid"]),
            "lines": st.lists(_LINES, min_size=1, max_size=5),
        }
    ),
    "Tree": st.recursive(
        _FIELDS({"value": _INTEGERS}),
        lambda inner: _FIELDS(
            {"value": _INTEGERS}, optional={"children": st.lists(inner, max_size=2)}
        ),
        max_leaves=6,
    ),
    "Settings": _FIELDS(
        {},
        optional={
            "debug": st.booleans(),
            "level": st.sampled_from(["low", "middle", "high"]),
            "retries": st.integers(0, 10),
            "labels": st.dictionaries(_TEXTS, _TEXTS),
        },
    ),
    "Calendar": _FIELDS(
        {"day": st.dates().map(str), "opens": _TIMES, "closes": _TIMES},
        optional={"note": st.none() | _TEXTS},
    ),
    "Digest": _FIELDS(
        {"sha": st.text("0123456789abcdef", min_size=64, max_size=64), "size": st.integers(0)}
    ),
    "Scores": _FIELDS(
        {
            "by_name": st.dictionaries(_TEXTS, _INTEGERS),
            "best": st.tuples(_TEXTS, _INTEGERS).map(list),
            "seen": st.lists(_INTEGERS, max_size=6, unique=True),
        }
    ),
    "Money": _FIELDS(
        {
            "amount": _FLOATS | _AMOUNTS,
            "currency": st.from_regex(r"[A-Z]{3}", fullmatch=True),
        }
    ),
    "Either": _FIELDS(
        {
            "value": st.none() | _INTEGERS | _TEXTS,
            "other": st.booleans() | st.lists(_INTEGERS),
        }
    ),
}
assert list(BY_HAND) == [model.__name__ for model in MODELS]
