"""What Pydantic leaves out of its JSON Schemas is in ours: what they admit, the type accepts."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from itertools import islice
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pytest
from pydantic import (
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    HttpUrl,
    Json,
    NaiveDatetime,
    PastDate,
    StringConstraints,
    TypeAdapter,
    with_config,
)
from typing_extensions import TypedDict

from stagepact.schema import SchemaError, compile, json_schema, sample

DAY = date(2020, 1, 1)
NOON = datetime(2020, 1, 1, 12)
HOUR = timedelta(hours=1)


def decimal(**limits: Any) -> Any:
    return Annotated[Decimal, Field(**limits)]


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Mixed(Enum):
    ONE = 1
    TWO = "two"


@with_config(ConfigDict(str_strip_whitespace=True))
class Trimmed(TypedDict):
    name: Annotated[str, Field(min_length=2)]


class Seconds(BaseModel):
    model_config = ConfigDict(ser_json_timedelta="float")
    took: Annotated[timedelta, Field(ge=timedelta(0))]


TYPES: list[Any] = [
    *(decimal(max_digits=3), decimal(max_digits=3, gt=0), decimal(max_digits=2, decimal_places=2)),
    *(decimal(max_digits=5, decimal_places=0), decimal(decimal_places=1), decimal(lt=0)),
    *(decimal(decimal_places=0, gt=3), decimal(ge=10**8), decimal(le=-(10**8)), decimal(gt=0)),
    *(decimal(gt=Decimal("0.125"), lt=Decimal("0.25")), decimal(multiple_of=Decimal("0.125"))),
    *(decimal(multiple_of=5, max_digits=4, decimal_places=2), decimal(ge=50, le=99)),
    *(decimal(ge=-5, le=5), decimal(ge=2, le=9, decimal_places=0), decimal(ge=0, le=1000)),
    *(Annotated[date, Field(ge=DAY)], Annotated[date, Field(le=date(1, 1, 5))], PastDate),
    Annotated[date, Field(gt=date(9999, 12, 30))],
    *(Annotated[time, Field(ge=time(8))], Annotated[time, Field(gt=time(8, 0, 0, 5), lt=time(9))]),
    *(Annotated[datetime, Field(ge=NOON)], Annotated[datetime, Field(lt=NOON)]),
    Annotated[datetime, Field(ge=NOON.replace(tzinfo=UTC), le=NOON.replace(tzinfo=UTC))],
    *(NaiveDatetime, Annotated[NaiveDatetime, Field(gt=NOON)]),
    *(Annotated[timedelta, Field(ge=HOUR)], Annotated[timedelta, Field(lt=HOUR)]),
    Annotated[timedelta, Field(gt=-HOUR, lt=HOUR)],
    *(dict[Annotated[int, Field(ge=5, le=20)], int], dict[Annotated[int, Field(lt=0)], int]),
    *(dict[Annotated[float, Field(gt=0, lt=1)], int], dict[int | None, int], dict[bool, int]),
    *(dict[decimal(max_digits=4, decimal_places=2), int], dict[Size, int], dict[Mixed, int]),
    *(dict[Literal["a", "b"], int], dict[Literal[1, "b"], int], dict[time, int]),
    *(dict[NaiveDatetime, int], dict[HttpUrl, int], dict[PastDate, int], OrderedDict[int, str]),
    *(ByteSize, complex, ZoneInfo, Json[Decimal], Json, list[Json[list[int]]], Trimmed, Seconds),
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4)],
]


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_a_type_accepts_what_its_schema_admits(type_: Any) -> None:
    adapter = TypeAdapter(type_)
    for value in islice(sample(type_, seed=2), 60):
        adapter.validate_json(json.dumps(value))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (decimal(max_digits=2), "123"),
        (decimal(max_digits=2), 1.25),
        (decimal(max_digits=2), 123),
        (decimal(max_digits=4, decimal_places=2), "1.234"),
        (decimal(max_digits=4, decimal_places=4), 0),
        (decimal(max_digits=4, decimal_places=2, gt=0), -1),
        (Decimal, ""),
        (NaiveDatetime, "2020-01-01T12:00:00Z"),
        (dict[Size, int], {"3": 1}),
        (dict[Literal[1, "b"], int], {"1": 1}),
        (dict[int, int], {"a": 1}),
        (Trimmed, {"name": "a "}),
    ],
)
def test_what_a_type_refuses_its_schema_refuses(type_: Any, value: Any) -> None:
    assert not compile(type_).accepts(value)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (decimal(max_digits=2), 1.5),
        (decimal(max_digits=4, decimal_places=2), "12.340"),
        (decimal(max_digits=4, decimal_places=4), ".5"),
        (Decimal, "5."),
        (NaiveDatetime, "1066-10-14 09:00:00"),
        (Annotated[date, Field(ge=DAY)], "2999-01-01"),
        (dict[int, int], {"-7": 1}),
    ],
)
def test_what_a_type_accepts_its_schema_admits(type_: Any, value: Any) -> None:
    TypeAdapter(type_).validate_json(json.dumps(value))
    assert compile(type_).accepts(value)


class Bare(BaseModel):
    kind: Literal["bare"] = "bare"


class Full(BaseModel):
    kind: Literal["full"]


class Sort(BaseModel):
    value: Annotated[Bare | Full, Field(discriminator="kind")]


def test_the_tag_of_a_union_is_asked_for_where_it_has_a_default() -> None:
    assert compile(Bare).accepts({})
    assert not compile(Sort).accepts({"value": {}})
    assert compile(Sort).accepts({"value": {"kind": "bare"}})


def test_what_is_written_has_texts_for_decimals() -> None:
    assert json_schema(Decimal, mode="serialization")["type"] == "string"


def test_a_type_without_a_schema_is_refused_with_advice() -> None:
    with pytest.raises(SchemaError, match="object has no JSON Schema") as caught:
        json_schema(type("object", (), {}))
    assert "Pydantic" in caught.value.advice
