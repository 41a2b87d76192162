"""Models as programs of many domains have them, by domain and name: beside `schema_models`.

Those are told apart by their constraints, these by the types of Python and Pydantic that they use.
`DOMAINS` holds what `TypeAdapter` takes; `VALIDATED` names those whose own validators refuse what
no JSON Schema can say, with the reason.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, Required, TypeVar
from uuid import UUID

import pydantic
from pydantic import (
    UUID1,
    UUID4,
    UUID5,
    UUID7,
    AfterValidator,
    AliasChoices,
    AnyHttpUrl,
    AnyUrl,
    AwareDatetime,
    Base64Bytes,
    Base64Str,
    Base64UrlBytes,
    Base64UrlStr,
    BaseModel,
    ByteSize,
    ConfigDict,
    Discriminator,
    Field,
    FileUrl,
    FiniteFloat,
    FutureDate,
    FutureDatetime,
    HttpUrl,
    IPvAnyAddress,
    IPvAnyNetwork,
    Json,
    JsonValue,
    NaiveDatetime,
    NegativeInt,
    NonNegativeFloat,
    NonNegativeInt,
    NonPositiveInt,
    PastDate,
    PastDatetime,
    PositiveFloat,
    PositiveInt,
    PostgresDsn,
    RedisDsn,
    RootModel,
    SecretBytes,
    SecretStr,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    Tag,
    WebsocketUrl,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType, TypedDict

Cents = Annotated[int, Field(ge=0, lt=10**9)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Sku = Annotated[str, Field(pattern=r"^[A-Z]{2,4}-\d{3,6}$")]
Email = Annotated[str, Field(pattern=r"^[\w.+-]+@[\w-]+\.[a-z]{2,6}$", max_length=80)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Share = Annotated[float, Field(ge=0, le=1)]
Tiny = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=12)]


# Orders


class Parcel(BaseModel):
    tracking: Annotated[str, Field(pattern=r"^1Z[0-9A-Z]{16}$")]
    weight_kg: Annotated[Decimal, Field(max_digits=6, decimal_places=3, gt=0)]
    size_cm: tuple[PositiveInt, PositiveInt, PositiveInt]


class ByPost(BaseModel):
    via: Literal["post"] = "post"
    parcels: list[Parcel] = Field(min_length=1, max_length=3)
    insured: StrictBool = False


class PickUp(BaseModel):
    via: Literal["pick-up"]
    shop: Slug
    from_: time = Field(alias="from")


class Position(BaseModel):
    sku: Sku
    count: Annotated[int, Field(ge=1, le=999)] = 1
    unit_price: Annotated[Decimal, Field(max_digits=9, decimal_places=2, ge=0)]
    discount: Share | None = None
    note: Tiny | None = None


class Purchase(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: Annotated[str, Field(pattern=r"^\d{4}-\d{6}$")]
    placed: AwareDatetime
    positions: Annotated[list[Position], Field(min_length=1, max_length=10)]
    delivery: Annotated[ByPost | PickUp, Field(discriminator="via")]
    coupons: frozenset[Slug] = frozenset()
    currency: Currency = "EUR"


class Stock(BaseModel):
    levels: dict[Sku, NonNegativeInt]
    reserved: dict[Sku, dict[UUID, PositiveInt]] = {}
    counted: PastDate | None = None


class Refund(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    order_number: str = Field(min_length=3, max_length=12)
    refund_amount: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=2)]
    reason_code: Literal["damaged", "late", "wrong"] | None = None


# Billing


class Price(BaseModel):
    amount: Decimal
    currency: Currency
    tax: Annotated[Decimal, Field(ge=0, lt=1, max_digits=4, decimal_places=4)] = Decimal("0.19")


class Invoice(BaseModel):
    id: UUID7
    issued: date
    due: FutureDate
    lines: list[tuple[Tiny, PositiveInt, Cents]]
    net: Annotated[Decimal, Field(max_digits=12, decimal_places=2)]
    paid: datetime | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.lines)


class Rates(RootModel[dict[Currency, Annotated[Decimal, Field(gt=0, le=1)]]]):
    pass


class Card(BaseModel):
    scheme: Literal["visa", "amex"]
    last_four: Annotated[str, Field(pattern=r"^\d{4}$")]
    expires: tuple[Annotated[int, Field(ge=1, le=12)], Annotated[int, Field(ge=2024, le=2050)]]


class Transfer(BaseModel):
    iban: Annotated[str, Field(pattern=r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$")]
    bic: Annotated[str, Field(pattern=r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$")] | None = None


class Wallet(BaseModel):
    methods: list[Card | Transfer] = Field(max_length=5)
    balance: Annotated[Decimal, Field(ge=-100, le=10_000, decimal_places=2)]
    limit: Annotated[Decimal, Field(multiple_of=Decimal("0.5"), ge=0)] | None = None


class Plan(enum.StrEnum):
    FREE = "free"
    TEAM = "team"
    FIRM = "firm"


class Subscription(BaseModel):
    plan: Plan
    seats: Annotated[int, Field(ge=1, multiple_of=5)] = 5
    period: timedelta
    started: PastDatetime
    usage: dict[Plan, NonNegativeFloat] = {}
    trial: Literal[Plan.FREE] | None = None


# Telemetry


class Reading(NamedTuple):
    at: datetime
    value: FiniteFloat
    unit: Literal["K", "Pa", "%"] = "K"


class Gauge(BaseModel):
    kind: Literal["gauge"]
    value: float


class Counted(BaseModel):
    kind: Literal["counter"]
    value: NonNegativeInt
    since: AwareDatetime


class Histogram(BaseModel):
    kind: Literal["histogram"]
    bounds: Annotated[list[float], Field(min_length=1, max_length=6)]
    counts: list[NonNegativeInt]


Metric = Annotated[Gauge | Counted | Histogram, Field(discriminator="kind")]


class Batch(BaseModel):
    source: UUID1 | UUID4
    metrics: dict[Slug, Metric]
    labels: Mapping[str, str | int | bool] = {}
    readings: Sequence[Reading] = ()
    dropped: StrictInt | None = None


class Trace(BaseModel):
    trace_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    spans: list[TraceSpan] = Field(min_length=1)
    flags: Annotated[int, Field(ge=0, le=255)] = 0


class TraceSpan(BaseModel):
    span_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    parent: Annotated[str, Field(pattern="^[0-9a-f]{16}$")] | None = None
    started_ns: Annotated[int, Field(ge=0, lt=2**63)]
    attributes: dict[str, JsonValue] = {}
    children: list[TraceSpan] = []


class LogLevel(enum.IntEnum):
    DEBUG = 10
    INFO = 20
    ERROR = 40


class LogLine(BaseModel):
    model_config = ConfigDict(extra="allow")
    level: LogLevel
    message: str
    at: NaiveDatetime
    exception: tuple[str, list[str]] | None = None


class Device(BaseModel):
    mac: Annotated[str, Field(pattern="^([0-9A-F]{2}:){5}[0-9A-F]{2}$")]
    firmware: Annotated[str, Field(pattern=r"^v?\d+\.\d+(\.\d+)?(-(alpha|beta|rc)\d*)?$")]
    seen: AwareDatetime | NaiveDatetime
    battery: Annotated[int, Field(ge=0, le=100)] | Literal["wired"]
    memory: ByteSize = ByteSize(0)


# Authentication


class Credentials(BaseModel):
    user: Annotated[str, Field(min_length=3, max_length=24, pattern=r"^\w+$")]
    password: SecretStr = Field(min_length=8, max_length=64)
    otp: Annotated[str, Field(pattern=r"^\d{6}$")] | None = None


class Token(BaseModel):
    iss: HttpUrl
    sub: UUID
    aud: str | list[str]
    exp: PositiveInt
    scope: Annotated[str, Field(pattern=r"^\w+(:\w+)?( \w+(:\w+)?)*$")] = "read"
    jti: Base64UrlStr | None = None


class Key(BaseModel):
    kty: Literal["RSA", "EC"]
    n: Base64UrlBytes
    secret: SecretBytes | None = None
    usage: set[Literal["sign", "verify"]] = Field(default=set(), max_length=2)


class Account(BaseModel):
    id: UUID5 | int
    email: Email
    roles: Annotated[set[Literal["admin", "staff", "guest"]], Field(min_length=1)]
    born: PastDate | None = None
    locked_until: FutureDatetime | None = None
    password: SecretStr | None = None
    confirmed: bool = False


class Grant(TypedDict, total=False):
    role: Required[Literal["owner", "editor", "viewer"]]
    path: Annotated[str, Field(pattern=r"^(/[a-z]+)+$")]
    until: NotRequired[date]


class Policy(BaseModel):
    grants: list[Grant]
    deny: list[Annotated[str, Field(pattern=r"^[a-z*]+(\.[a-z*]+)*$")]] = []
    fallback: Grant | None = None


class SignUp(BaseModel):
    name: Tiny
    password: Annotated[str, Field(min_length=4)]
    again: Annotated[str, Field(min_length=4)]

    @model_validator(mode="after")
    def _same(self) -> SignUp:
        if self.password != self.again:
            raise ValueError("the passwords differ")
        return self


# Networks


class Host(BaseModel):
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,20}$")]
    addresses: list[IPv4Address | IPv6Address] = Field(min_length=1)
    gateway: IPvAnyAddress | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 443


class Subnet(BaseModel):
    four: IPv4Network
    six: IPv6Network | None = None
    either: IPvAnyNetwork | None = None
    interface: IPv4Interface | IPv6Interface | None = None


class Backends(BaseModel):
    database: PostgresDsn
    cache: RedisDsn | None = None
    events: WebsocketUrl | None = None
    files: FileUrl | None = None
    docs: AnyHttpUrl | AnyUrl | None = None


class Route(BaseModel):
    model_config = ConfigDict(extra="forbid")
    method: Literal["GET", "PUT", "POST"]
    path: Annotated[str, Field(pattern=r"^/([a-z]+|\{[a-z]+\})(/([a-z]+|\{[a-z]+\}))*$")]
    weight: Annotated[float, Field(gt=0, le=1, multiple_of=0.05)] = 1.0
    matches: re.Pattern[str] | None = None


class Gateway(BaseModel):
    routes: dict[int, Route]
    errors: dict[Literal["404", "500"], Annotated[str, Field(max_length=30)]] = {}


# Geography

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Coordinates = tuple[Longitude, Latitude]


class GeoPoint(BaseModel):
    type: Literal["Point"]
    coordinates: Coordinates


class GeoLine(BaseModel):
    type: Literal["LineString"]
    coordinates: Annotated[list[Coordinates], Field(min_length=2)]


class GeoGroup(BaseModel):
    type: Literal["GeometryCollection"]
    geometries: list[Geometry]


Geometry = Annotated[GeoPoint | GeoLine | GeoGroup, Field(discriminator="type")]


class Feature(BaseModel):
    type: Literal["Feature"]
    geometry: Geometry | None
    properties: dict[str, JsonValue] | None = None
    bbox: tuple[float, float, float, float] | None = None


class Tour(BaseModel):
    stops: Annotated[deque[Coordinates], Field(max_length=4)]
    legs: dict[Annotated[str, Field(min_length=2, max_length=5)], PositiveFloat]
    days: dict[date, list[time]] = {}


class Postcode(RootModel[Annotated[str, Field(pattern=r"^([A-Z]{1,2}\d{1,2} \d[A-Z]{2}|\d{5})$")]]):
    pass


# Media


class Blob(BaseModel):
    mime: Annotated[str, Field(pattern=r"^(image|audio|text)/[a-z0-9.+-]+$")]
    data: Base64Bytes
    thumbnail: Base64Str | None = None
    raw: bytes = b""


class Clip(BaseModel):
    title: Annotated[str, Field(min_length=1, max_length=60)]
    length: Annotated[timedelta, Field(gt=timedelta(0))]
    frames: Annotated[float, Field(multiple_of=0.5, gt=0, le=240)]
    tags: list[Slug] = Field(default=[], max_length=4)
    chapters: list[Chapter] | None = None


class Chapter(BaseModel):
    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3])(:[0-5]\d){2}$")]
    title: str | None = None


@dataclasses.dataclass
class Album:
    name: str
    tracks: list[Track]
    year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    genres: frozenset[Literal["jazz", "rock", "folk"]] = frozenset()


@dataclasses.dataclass
class Track:
    title: Annotated[str, Field(min_length=1)]
    seconds: PositiveFloat
    explicit: bool = False


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="forbid"))
class Caption:
    text: Annotated[str, Field(min_length=1, max_length=80)]
    language: Annotated[str, Field(pattern="^[a-z]{2}(-[A-Z]{2})?$")] = "en"


class Gallery(BaseModel):
    cover: Blob | AnyHttpUrl
    captions: dict[PositiveInt, Caption] = {}
    order: list[PositiveInt] | Literal["date", "name"] = "date"


# Configuration


class Retry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    times: Annotated[int, Field(ge=0, le=10)] = 3
    wait: timedelta | Literal["exponential"] = "exponential"


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    debug: bool = False
    home: Path = Path("/")
    names: Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=3)] = []
    retry: Retry = Retry()
    limits: dict[Literal["cpu", "ram"], Annotated[float, Field(gt=0)]] = {}
    overrides: dict[str, Settings] = {}


class Renamed(BaseModel):
    key: str = Field(validation_alias=AliasChoices("key", "apiKey"), serialization_alias="k")
    ttl: PositiveInt = Field(alias="time-to-live")
    depth: NonPositiveInt = Field(0, validation_alias="x.depth")


class Feed(BaseModel):
    payload: Json[list[int]]
    options: Json[dict[str, bool]] | None = None
    anything: Json[Any] | None = None


class Schedule(BaseModel):
    at: Annotated[str, Field(pattern=r"^(\*|[0-5]?\d)( (\*|[0-5]?\d)){4}$")]
    days: set[Annotated[int, Field(ge=1, le=7)]] = Field(default={1}, min_length=1, max_length=7)
    window: tuple[time, time] | None = None
    zone: Annotated[str, Field(pattern="^(UTC|Europe/(Berlin|Paris))$")] = "UTC"


class Flag(BaseModel):
    on: bool | Share | dict[Slug, bool]
    owner: StrictStr | None = None


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("odd")
    return value


class Sharding(BaseModel):
    shards: Annotated[int, Field(ge=2, le=64), AfterValidator(_even)]
    hosts: list[str] = Field(min_length=1)


class Window(BaseModel):
    first: date
    last: date

    @field_validator("last")
    @classmethod
    def _is_later(cls, value: date, info: pydantic.ValidationInfo) -> date:
        if "first" in info.data and value < info.data["first"]:
            raise ValueError("the window ends before it starts")
        return value


# Trees and unions


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")
    leaf: float


class Branch(BaseModel):
    model_config = ConfigDict(extra="forbid")
    left: Leaf | Branch
    right: Leaf | Branch


class Comment(BaseModel):
    by: Slug
    text: Annotated[str, Field(min_length=1, max_length=200)]
    replies: tuple[Comment, ...] = ()
    likes: set[Slug] = set()


class Compare(BaseModel):
    op: Literal["<", "=", ">"]
    field: Slug
    value: int | str | bool | None


class Every(BaseModel):
    op: Literal["and", "or"]
    parts: Annotated[list[Filter], Field(min_length=1)]


class Reverse(BaseModel):
    op: Literal["not"]
    part: Filter


Filter = Annotated[Compare | Every | Reverse, Field(discriminator="op")]


class Query(BaseModel):
    where: Filter | None = None
    sort: list[Annotated[str, Field(pattern=r"^-?[a-z]+(\.[a-z]+)*$")]] = []
    page: Annotated[int, Field(gt=0)] | Annotated[str, Field(min_length=16, max_length=16)] = 1


def _shape_of(value: Any) -> str:
    return "many" if isinstance(value, list) else "one"


class Upload(BaseModel):
    files: Annotated[
        Annotated[Slug, Tag("one")]
        | Annotated[Annotated[list[Slug], Field(min_length=1)], Tag("many")],
        Discriminator(_shape_of),
    ]


class Circle(BaseModel):
    shape: Literal["circle"]
    style: Literal["plain"]
    radius: PositiveFloat


class Dotted(BaseModel):
    shape: Literal["circle"]
    style: Literal["dotted", "dashed"]
    radius: PositiveFloat
    gap: Annotated[int, Field(ge=1)]


class Square(BaseModel):
    shape: Literal["square"]
    side: PositiveFloat


Round = Annotated[Circle | Dotted, Field(discriminator="style")]
Drawn = Annotated[Round | Square, Field(discriminator="shape")]


class Canvas(BaseModel):
    shapes: list[Drawn]
    background: Drawn | Annotated[str, Field(pattern="^#[0-9a-f]{6}$")] | None = None


Nested = TypeAliasType("Nested", "int | list[Nested] | dict[str, Nested]")


class Sheet(BaseModel):
    cells: dict[Annotated[str, Field(pattern=r"^[A-Z]{1,2}\d{1,3}$")], Nested]


class Sign(BaseModel):
    below: NegativeInt
    ratio: Annotated[float, Field(gt=-1, lt=1)]
    steps: list[Annotated[int, Field(multiple_of=25)]] = []


T = TypeVar("T")


class Reply(BaseModel, Generic[T]):
    data: T | None = None
    errors: list[Fault] = []
    meta: dict[str, str | int] = {}


class Fault(BaseModel):
    code: Annotated[str, Field(pattern="^E[0-9]{3}$")]
    detail: Annotated[str, Field(max_length=200)]
    pointer: Annotated[str, Field(pattern=r"^(/[^/]*)*$")] | None = None


class Cursor(BaseModel, Generic[T]):
    items: Annotated[list[T], Field(max_length=5)]
    next: Base64UrlStr | None = None


class Patched(TypedDict):
    op: Literal["add", "remove"]
    path: Annotated[str, Field(pattern=r"^(/[a-z0-9]+)+$")]
    value: NotRequired[JsonValue]


class Patch(RootModel[Annotated[list[Patched], Field(min_length=1, max_length=8)]]):
    pass


DOMAINS: Mapping[str, Any] = {
    each.__name__: each
    for each in (
        *(Parcel, Position, Purchase, Stock, Refund, Price, Invoice, Rates, Card, Transfer),
        *(Wallet, Subscription, Reading, Histogram, Batch, Trace, LogLine, Device, Credentials),
        *(Token, Key, Account, Grant, Policy, SignUp, Host, Subnet, Backends, Route, Gateway),
        *(Feature, Tour, Postcode, Blob, Clip, Album, Caption, Gallery, Retry, Settings),
        *(Renamed, Feed, Schedule, Flag, Sharding, Window, Branch, Comment, Query, Upload),
        *(Canvas, Sheet, Sign, Patch),
    )
} | {
    "Metric": Metric,
    "Filter": Filter,
    "Drawn": Drawn,
    "Reply[Invoice]": Reply[Invoice],
    "Reply[list[Drawn]]": Reply[list[Drawn]],
    "Cursor[Comment]": Cursor[Comment],
    "dict[UUID, Price]": dict[UUID, Price],
    "dict[float, bool]": dict[float, bool],
    "list[Decimal, 0 to 1]": list[Annotated[Decimal, Field(ge=0, le=1)]],
    "timedelta | None": timedelta | None,
    "bytes, 2 to 4": Annotated[bytes, Field(min_length=2, max_length=4)],
    "Geometry": Geometry,
}
"""By name; `TypeAdapter(DOMAINS[name])` judges values, `json_schema` describes them."""

VALIDATED: Mapping[str, str] = {
    "SignUp": "both passwords have to be equal",
    "Sharding": "the number of shards has to be even",
    "Window": "the last day mustn't come before the first",
    "Span": "the end mustn't come before the start",
}
"""Models with validators of their own, here and in `schema_models`: by name, what these ask."""
