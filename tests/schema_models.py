"""Varied models of a user's, by name: what the schema engine is measured and tested on.

They are told apart by what their JSON Schemas have: constraints, unions, references, closed and
open objects, texts of every kind. `MODELS` holds what `TypeAdapter` takes.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, Required, TypeVar
from uuid import UUID

from pydantic import (
    AnyUrl,
    AwareDatetime,
    Base64Str,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    HttpUrl,
    NaiveDatetime,
    NonNegativeInt,
    PositiveFloat,
    RootModel,
    SecretStr,
    StringConstraints,
    Tag,
    model_validator,
)
from typing_extensions import TypedDict

Name = Annotated[str, Field(min_length=1, max_length=40)]
Sha = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=24)]
Percent = Annotated[float, Field(ge=0, le=100)]


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Point(BaseModel):
    x: float
    y: float


class Point3(Point):
    z: float = 0.0


class Run(BaseModel):
    run_id: UUID
    stage: Name
    status: Literal["started", "completed", "failed"]
    at: datetime
    seq: int = Field(ge=0)
    took_ms: float | None = Field(None, ge=0)
    data: dict[str, Any] = {}


class Address(BaseModel):
    street: Name
    zip: Annotated[str, Field(pattern=r"^\d{5}$")]
    city: str = Field(max_length=40)
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "DE"


class Customer(BaseModel):
    id: int = Field(gt=0)
    name: Name
    address: Address | None = None
    tags: set[str] = Field(default=set(), max_length=5)


class Line(BaseModel):
    sku: Annotated[str, Field(pattern="^[A-Z]{3}-[0-9]{4}$")]
    quantity: int = Field(gt=0, le=100)
    price: float = Field(ge=0, multiple_of=0.01)


class Order(BaseModel):
    id: int
    customer: Customer
    lines: list[Line] = Field(min_length=1, max_length=20)
    status: Literal["new", "paid", "sent"] = "new"


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(ge=0, le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: Slug
    puppies: list[Dog] = []


class Fish(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["fish"]
    depth: float | None = Field(None, lt=0)


Pet = Annotated[Cat | Dog | Fish, Field(discriminator="kind")]


class Owner(BaseModel):
    pets: list[Pet] = Field(min_length=1)
    favourite: Pet | None = None


class Plain(BaseModel):
    shape: Cat | Address | int


class Ok(BaseModel):
    result: Literal["ok"]
    rows: NonNegativeInt


class Failed(BaseModel):
    result: Literal["failed", "cancelled"]
    error: Name
    code: Literal[1, 2, 3] | None = None


class Outcome(BaseModel):
    outcome: Annotated[Ok | Failed, Field(discriminator="result")]


class Wave(BaseModel):
    inner: Annotated[Ok | Failed, Field(discriminator="result")] | list[Outcome] | None


def _kind_of(value: Any) -> str:
    return "text" if isinstance(value, str) else "point"


class Tagged(BaseModel):
    value: Annotated[
        Annotated[Name, Tag("text")] | Annotated[Point, Tag("point")], Discriminator(_kind_of)
    ]


class Tree(BaseModel):
    value: int
    children: list[Tree] = []


class Node(BaseModel):
    left: Node | None = None
    right: Node | None = None
    weight: Percent


class Folder(BaseModel):
    type: Literal["folder"]
    name: Name
    entries: list[Entry] = []


class File(BaseModel):
    type: Literal["file"]
    name: Name
    size: int = Field(ge=0)
    sha: Sha | None = None


Entry = Annotated[Folder | File, Field(discriminator="type")]


class Disk(BaseModel):
    root: Folder


class Number(BaseModel):
    op: Literal["number"]
    value: float


class Sum(BaseModel):
    op: Literal["sum"]
    terms: list[Expression] = Field(min_length=2)


class Negation(BaseModel):
    op: Literal["not"]
    term: Expression


Expression = Annotated[Number | Sum | Negation, Field(discriminator="op")]


class Formula(BaseModel):
    expression: Expression


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int
    b: str | None = None
    c: Point = Point(x=0, y=0)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int
    __pydantic_extra__: dict[str, Annotated[int, Field(ge=0)]]


class Aliased(BaseModel):
    user_id: int = Field(alias="userId")
    mail: str = Field(validation_alias="e-mail", max_length=60)
    slash: int = Field(alias="a/b~c", ge=1)


class Bounds(BaseModel):
    a: int = Field(ge=1, le=10)
    b: int = Field(gt=1, lt=10)
    c: float = Field(ge=-1.5, le=1.5)
    d: float = Field(gt=0, lt=1)
    e: int = Field(multiple_of=5, ge=10, le=90)
    f: Annotated[float, Field(multiple_of=0.5)]
    g: int | None = Field(None, ge=-(2**40), lt=2**40)


class Texts(BaseModel):
    a: str = Field(min_length=3)
    b: str = Field(max_length=3)
    c: Annotated[str, Field(min_length=2, max_length=8, pattern="^[a-z]+$")]
    d: Sha
    e: Annotated[str, Field(pattern=r"^\w+@\w+\.(com|org)$")]
    f: Slug | None = None
    g: Annotated[str, Field(min_length=5, max_length=5)] = "12345"


class Times(BaseModel):
    day: date
    clock: time
    at: datetime
    took: timedelta
    aware: AwareDatetime
    naive: NaiveDatetime | None = None


class Formats(BaseModel):
    id: UUID
    site: HttpUrl
    link: AnyUrl | None = None
    four: IPv4Address
    six: IPv6Address | None = None
    path: PurePosixPath = PurePosixPath("/")
    token: SecretStr | None = None
    blob: Base64Str = ""


class Money(BaseModel):
    amount: Annotated[Decimal, Field(max_digits=8, decimal_places=2, ge=0)]
    rate: Annotated[Decimal, Field(gt=0, le=1)] = Decimal(1)
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Choices(BaseModel):
    colour: Colour
    level: Level = Level.LOW
    many: list[Colour] = Field(default=[], max_length=3)
    one: Literal["only"] = "only"
    mixed: Literal[1, "a", None, True]
    number: Literal[1, 2, 3]


class Tuples(BaseModel):
    pair: tuple[int, str]
    many: tuple[int, ...] = ()
    nested: tuple[Point, tuple[bool, Name]] | None = None
    triple: tuple[Percent, Percent, Percent]


class Sets(BaseModel):
    numbers: set[int] = Field(min_length=1, max_length=4)
    names: frozenset[Name] = frozenset()
    levels: set[Level] = set()


class Maps(BaseModel):
    counts: dict[str, NonNegativeInt]
    by_name: dict[Annotated[str, Field(pattern="^[a-z]{2}$")], str] = {}
    by_id: dict[int, Point] = {}
    by_colour: dict[Colour, int] = {}
    deep: dict[str, dict[str, list[int]]] = {}
    few: dict[str, int] = Field(default={}, min_length=1, max_length=3)


class Lists(BaseModel):
    a: list[int] = Field(min_length=1, max_length=3)
    b: list[list[float]] = []
    c: list[Percent] | None = None
    d: list[Point] = Field(max_length=2)
    e: list[int | str | None] = []


class Unions(BaseModel):
    a: int | str
    b: int | float | bool | None
    c: list[int] | dict[str, int]
    d: Annotated[int, Field(ge=0)] | Annotated[str, Field(min_length=2)]
    e: Point | Point3 | None = None
    f: Literal["auto"] | Annotated[int, Field(gt=0)] = "auto"


class Optionals(BaseModel):
    a: int | None
    b: str | None = None
    c: Point | None = None
    d: list[Name] | None = None
    e: Colour | None = None
    f: Annotated[float, Field(gt=0)] | None = None


class Flat(BaseModel):
    a: int
    b: int
    c: int
    d: bool
    e: str
    f: float


class Anything(BaseModel):
    value: Any
    more: list[Any] = []
    named: dict[str, Any] = {}


class Empty(BaseModel):
    pass


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Deep(BaseModel):
    a: Wide


class Wide(BaseModel):
    b: list[dict[str, Optionals]]
    c: Owner | None = None


T = TypeVar("T")
E = TypeVar("E")


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None = Field(None, pattern="^[0-9]+$")
    total: int = Field(ge=0)


class Result(BaseModel, Generic[T, E]):
    value: T | None = None
    error: E | None = None


class Users(RootModel[list[Customer]]):
    pass


class Scores(RootModel[dict[Slug, Percent]]):
    pass


class Code(RootModel[Annotated[int, Field(ge=100, le=599)]]):
    pass


class Movie(TypedDict):
    title: Required[Name]
    year: NotRequired[Annotated[int, Field(ge=1888)]]


class Partial(TypedDict, total=False):
    a: Required[int]
    b: list[Movie]


@dataclasses.dataclass
class Item:
    name: str
    price: float = 0.0
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Basket:
    items: list[Item]
    coupon: Slug | None = None


class Pair(NamedTuple):
    key: str
    value: int = 0


class Span(BaseModel):
    start: int = Field(ge=0)
    end: int = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.end < self.start:
            raise ValueError("the end is before the start")
        return self


class Text(BaseModel):
    type: Literal["text"] = "text"
    text: Name


class Image(BaseModel):
    type: Literal["image"] = "image"
    url: HttpUrl
    width: int | None = Field(None, ge=1)


class Message(BaseModel):
    role: Literal["user", "assistant"]
    content: Name | list[Annotated[Text | Image, Field(discriminator="type")]]


class Chat(BaseModel):
    messages: list[Message] = Field(min_length=1)
    temperature: float = Field(1.0, ge=0, le=2)
    stop: str | list[str] | None = None
    tools: dict[Slug, Strict] = {}


class Sensor(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(pattern="^s[0-9]{3}$")]
    readings: list[tuple[datetime, Percent]] = Field(max_length=10)
    unit: Literal["°C", "%", "hPa"]
    where: tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]


class Config(BaseModel):
    model_config = ConfigDict(extra="forbid")
    retries: int = Field(3, ge=0, le=10)
    timeout: PositiveFloat = 1.0
    hosts: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1)
    mode: Literal["fast", "safe"] = "safe"
    limits: dict[Literal["cpu", "memory"], PositiveFloat] = {}
    parent: Config | None = None


class Job(BaseModel):
    name: Slug
    after: list[Slug] = []
    trigger: Annotated[Cron | Hook, Field(discriminator="on")]


class Cron(BaseModel):
    on: Literal["cron"]
    minute: Annotated[int, Field(ge=0, le=59)] | Literal["*"]


class Hook(BaseModel):
    on: Literal["hook"]
    url: HttpUrl
    secret: Annotated[str, Field(min_length=8)] | None = None


class Pipeline(BaseModel):
    jobs: dict[Slug, Job]
    version: Literal[1, 2]


class Record(BaseModel):
    a0: int
    a1: str
    a2: float
    a3: bool
    a4: int | None = None
    a5: str | None = None
    a6: list[int] = []
    a7: dict[str, int] = {}
    a8: tuple[int, str]
    a9: set[int] = set()
    b0: Literal[1, 2, 3]
    b1: date
    b2: time
    b3: datetime
    b4: UUID
    b5: Cat
    b6: Dog | None = None
    b7: Percent = 0
    b8: Name = "x"
    b9: Colour = Colour.RED
    c0: int = Field(0, ge=0)
    c1: int = Field(0, le=0)
    c2: str = Field("abc", pattern="^[a-c]+$")
    c3: list[Point] = []
    c4: Point = Point(x=0, y=0)
    c5: Sha | None = None
    c6: bool | None = None
    c7: float | None = None
    c8: dict[str, Point] = {}
    c9: list[str] | None = None


MODELS: Mapping[str, Any] = {
    each.__name__: each
    for each in (
        *(Run, Address, Customer, Line, Order, Cat, Dog, Fish, Owner, Plain, Outcome, Wave),
        *(Tagged, Tree, Node, Disk, Formula, Strict, Open, Aliased, Bounds, Texts, Times),
        *(Formats, Money, Choices, Tuples, Sets, Maps, Lists, Unions, Optionals, Flat, Anything),
        *(Empty, Closed, Deep, Users, Scores, Code, Movie, Partial, Item, Basket, Pair, Span),
        *(Message, Chat, Sensor, Config, Job, Pipeline, Record, Point3),
    )
} | {
    "Page[Cat]": Page[Cat],
    "Page[Page[int]]": Page[Page[int]],
    "Result[Point, Failed]": Result[Point, Failed],
    "Pet": Pet,
    "list[Pet]": list[Pet],
    "int | str": int | str,
    "Colour": Colour,
    "dict[int, Decimal]": dict[int, Decimal],
    "tuple[Name, Percent]": tuple[Name, Percent],
    "Annotated[list[Line], 2 to 4]": Annotated[list[Line], Field(min_length=2, max_length=4)],
    "Literal[1, 'a']": Literal[1, "a"],
    "date | None": date | None,
}
"""By name; `TypeAdapter(MODELS[name])` judges values, `json_schema` describes them."""
