"""Content types of bodies, and what bytes look like; by the names of RFC 9110 and RFC 6839."""

import re
from dataclasses import dataclass

_TYPE = re.compile(r"\s*([\w!#$&^.*+-]+)/([\w!#$&^.*+-]+)\s*(;.*)?", re.DOTALL)
_XML = re.compile(r"\s*<\?xml\s*version|\s*<\w+")
_HTML = re.compile(r"\s*(<!DOCTYPE|<HTML>)", re.IGNORECASE)
_JSON = re.compile(r'\s*(true|false|null|[0-9]+|"\w*|\{\s*(\}|"\w+)|\[\s*)')

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/x-flac"),
)
BY_TEXT = frozenset({"application/json", "application/xml", "text/xml", "text/html", "text/plain"})
KNOWN = frozenset(name for _, name in _MAGIC) | BY_TEXT
"""The types that are recognised by what data looks like."""


@dataclass(frozen=True, slots=True)
class ContentType:
    """A content type, taken apart; names are in lower case."""

    main: str
    sub: str
    parameters: frozenset[tuple[str, str]] = frozenset()

    @property
    def name(self) -> str:
        """Without parameters: `application/json`."""
        return f"{self.main}/{self.sub}"

    @property
    def suffix(self) -> str:
        """What stands behind the last `+`: `json` of `application/problem+json`."""
        return self.sub.rpartition("+")[2] if "+" in self.sub else ""

    @property
    def is_json(self) -> bool:
        """Whether bodies of it are JSON."""
        if self.main != "application":
            return False
        return self.sub.startswith("json") or self.suffix == "json" or self.sub == "graphql"

    @property
    def is_xml(self) -> bool:
        """Whether bodies of it are XML."""
        return self.main in {"application", "text"} and "xml" in {self.sub, self.suffix}

    @property
    def is_text(self) -> bool:
        """Whether bodies of it are texts."""
        return self.main == "text" or self.is_json or self.is_xml or self.is_form

    @property
    def is_form(self) -> bool:
        """Whether bodies of it are URL-encoded forms."""
        return self.name == "application/x-www-form-urlencoded"

    def takes(self, other: "ContentType") -> bool:
        """Whether another is the same; its parameters count where this one has any."""
        alike = self.name == other.name or (self.name in _XMLS and other.name in _XMLS)
        return alike and (not self.parameters or self.parameters == other.parameters)

    @property
    def base(self) -> "ContentType":
        """Without parameters, and of a type with a suffix the suffix's own."""
        return ContentType(self.main, self.suffix or self.sub)


_XMLS = frozenset({"application/xml", "text/xml"})
JSON = ContentType("application", "json")
UNKNOWN = "application/octet-stream"


def parse(text: str) -> ContentType | None:
    """A content type as a header has it, or None where it isn't one."""
    found = _TYPE.fullmatch(text)
    if found is None:
        return None
    pairs = (pair.partition("=") for pair in (found[3] or "").split(";") if "=" in pair)
    parameters = frozenset((key.strip().lower(), _value(value)) for key, _, value in pairs)
    return ContentType(found[1].lower(), found[2].lower(), parameters)


def _value(text: str) -> str:
    return text.strip().strip('"').lower()


def of_text(text: str) -> ContentType:
    """What a text looks like; plain text where it looks like nothing else."""
    if _HTML.match(text):
        return ContentType("text", "html")
    if _XML.match(text):
        return ContentType("application", "xml")
    return JSON if _JSON.match(text) else ContentType("text", "plain")


def of_bytes(data: bytes) -> str:
    """The name of what bytes look like."""
    for start, name in _MAGIC:
        if data.startswith(start):
            return name
    try:
        return of_text(data.decode()).name
    except UnicodeDecodeError:
        return UNKNOWN
