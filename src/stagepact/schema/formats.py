"""What texts of a format look like, as patterns: one table for strategies, samples and lengths.

A pattern here is a part of its format that real programs meet, not all of what an RFC permits;
it never leaves it. Formats are those of JSON Schema 2020-12 (validation, section 7.3), of OpenAPI's
registry, and those that Pydantic and msgspec write.
"""

from __future__ import annotations

_YEAR = r"((19|20)\d\d|9999)"
_DAY = (
    r"((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
)
_LEAP = r"((19|20)(0[48]|[2468][048]|[13579][26])-02-29)"
_DATE = rf"({_YEAR}-{_DAY}|{_LEAP})"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?"
_ZONE = r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
_HEX = "[0-9a-f]"
_LABEL = r"[a-z]([a-z0-9]|[a-z0-9]-[a-z0-9]){0,4}"
_HOST = rf"{_LABEL}(\.{_LABEL}){{0,2}}"
_DOMAIN = r"[a-z][a-z0-9]{0,8}(\.[a-z][a-z0-9]{0,8})?\.(com|org|net|io)"
_IDN = r"[a-zäöüßéñ]{1,8}(\.[a-zäöüéñ]{1,8})?\.(com|org)"
_OCTET = r"(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])"
_IPV4 = rf"{_OCTET}(\.{_OCTET}){{3}}"
_GROUP = r"[0-9a-f]{1,4}"
_IPV6 = (
    rf"(({_GROUP}:){{7}}{_GROUP}|::({_GROUP}(:{_GROUP}){{0,5}})?"
    rf"|{_GROUP}::{_GROUP}(:{_GROUP}){{0,4}})"
)
_USER = r"[a-z0-9]([a-z0-9_+]|\.[a-z0-9]){0,8}"
_PATH = r"(/([a-zA-Z0-9._-]|%[0-9A-F]{2}){1,8}){0,3}/?"
_QUERY = r"(\?[a-z]{1,5}=[a-zA-Z0-9]{0,5}(&[a-z]{1,5}=[a-zA-Z0-9]{0,5})?)?(#[a-z0-9]{0,5})?"
_URI = rf"https?://{_DOMAIN}(:[1-9]\d{{1,3}})?{_PATH}{_QUERY}"
_IRI = rf"https?://{_IDN}(/[a-zäöüßéñ0-9]{{1,8}}){{0,3}}{_QUERY}"
_COUNT = r"(0|[1-9]\d{0,2})"
_DURATION = (
    rf"P({_COUNT}W|{_COUNT}D(T{_COUNT}H({_COUNT}M({_COUNT}S)?)?)?"
    rf"|T({_COUNT}H)?{_COUNT}M{_COUNT}S|T{_COUNT}[HMS])"
)
# Bytes that are ASCII, for base64 that has to hold text: three, two or one.
_SEXTETS = ("[A-Za-f]", "[A-HQ-Xg-nw-z0-3]", "[ABEFIJMNQRUVYZcdghklopstwx014589]")
_BASE64 = (
    rf"({''.join(_SEXTETS)}[A-Za-z0-9+/]){{0,6}}"
    rf"({_SEXTETS[0]}{_SEXTETS[1]}[AEIMQUYcgkosw048]=|{_SEXTETS[0]}[AQgw]==)?"
)
_TOKEN = r"([a-z0-9A-Z_.-]|~0|~1){0,6}"


def _uuid(version: str) -> str:
    return rf"{_HEX}{{8}}-{_HEX}{{4}}-{version}{_HEX}{{3}}-[89ab]{_HEX}{{3}}-{_HEX}{{12}}"


PATTERNS: dict[str, str] = {
    "date-time": f"{_DATE}T{_CLOCK}{_ZONE}",
    "naive-date-time": f"{_DATE}T{_CLOCK}",
    "date": _DATE,
    "time": f"{_CLOCK}{_ZONE}",
    "naive-time": _CLOCK,
    "duration": _DURATION,
    "email": f"{_USER}@{_DOMAIN}",
    "idn-email": rf"{_USER}@{_IDN}",
    "hostname": _HOST,
    "idn-hostname": _IDN,
    "ipv4": _IPV4,
    "ipv6": _IPV6,
    "uri": _URI,
    "uri-reference": rf"({_URI}|{_PATH}{_QUERY})",
    "iri": _IRI,
    "iri-reference": rf"({_IRI}|(/[a-zäöüßéñ0-9]{{1,8}}){{1,3}}{_QUERY})",
    "uri-template": r"(/([a-z]{1,6}|\{[a-z]{1,6}\})){1,3}",
    "uuid": _uuid("[1-8]"),
    **{f"uuid{n}": _uuid(str(n)) for n in range(1, 9)},
    "json-pointer": f"(/{_TOKEN}){{0,4}}",
    "relative-json-pointer": rf"(0|[1-9]\d?)(#|(/{_TOKEN}){{0,3}})",
    "regex": r"\^?([a-z0-9]|\[a-z\]|\\d){0,6}[*+?]?\$?",
    "byte": _BASE64,
    "base64": _BASE64,
    "base64url": _BASE64.replace("+/", "_-"),
    "binary": r"[ -~]{0,16}",
    "password": r"[ -~]{0,16}",
    "ipvanyaddress": f"({_IPV4}|{_IPV6})",
    "ipv4network": rf"{_IPV4}(/32)?",
    "ipv6network": rf"{_IPV6}(/128)?",
    "ipvanynetwork": rf"({_IPV4}(/32)?|{_IPV6}(/128)?)",
    "ipv4interface": rf"{_IPV4}(/([12]?\d|3[0-2]))?",
    "ipv6interface": rf"{_IPV6}(/\d\d?)?",
    "ipvanyinterface": rf"({_IPV4}(/([12]?\d|3[0-2]))?|{_IPV6}(/\d\d?)?)",
    "name-email": rf"([A-Z][a-z]{{0,8}} <{_USER}@{_DOMAIN}>|{_USER}@{_DOMAIN})",
    "zoneinfo": "(UTC|Europe/(Berlin|London)|America/New_York|Asia/Tokyo)",
    "directory-path": "[./]",
    "multi-host-uri": rf"https?://{_DOMAIN}(,{_DOMAIN}){{0,2}}(/[a-z]{{1,8}})?",
    "json-string": r'(-?[1-9]\d{0,4}|0|true|false|null|"[a-z ]{0,8}"|\[\]|\{\})',
}
"""By format, an anchored pattern without its anchors."""


LIKE = "like:"
"""How formats begin that assert nothing and tell what a text may look like, by a pattern."""


def pattern(format_: str) -> str | None:
    """The pattern of a format's texts; None for a format that isn't known here."""
    if format_.startswith(LIKE):
        return format_.removeprefix(LIKE)
    inner = PATTERNS.get(format_)
    return None if inner is None else f"^({inner})$"


# Patterns that no text of a format leaves, for proofs about lengths and patterns.
_WIDEST: dict[str, str] = {
    **{
        f"uuid{n}": rf"[0-9a-fA-F]{{8}}-?[0-9a-fA-F]{{4}}-?{n}[0-9a-fA-F]{{3}}-?[0-9a-fA-F]{{4}}"
        r"-?[0-9a-fA-F]{12}"
        for n in range(1, 9)
    },
    "date": r"\d{4}-\d\d-\d\d",
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "ipv4": r"\d{1,3}(\.\d{1,3}){3}",
    "ipv6": r"[0-9a-fA-F:.]{2,45}",
    "date-time": r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)",
    "time": r"\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)",
    "duration": r"P[0-9YMWDTHS]+",
    "json-pointer": r"(/[\s\S]*)?",
    "email": r"[\s\S]+@[\s\S]+",
    "uri": r"[a-zA-Z][a-zA-Z0-9+.-]*:\S*",
}


# Patterns that don't leave a format, where PATTERNS has only what is met in real programs.
_NARROWEST: dict[str, str] = {
    "date": rf"[1-9]\d{{3}}-{_DAY}|{_LEAP}",
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "json-pointer": r"(/([^~/]|~[01])*)*",
}


def narrowest(format_: str) -> str | None:
    """A pattern of which every text is one of a format; None for a format of which none is known.

    It has as many of them as a proof is likely to need.
    """
    inner = _NARROWEST.get(format_, PATTERNS.get(format_))
    return None if inner is None else f"^({inner})$"


def widest(format_: str) -> str | None:
    """A pattern that all texts of a format match; None for a format of which none is known."""
    inner = _WIDEST.get(format_)
    return None if inner is None else f"^({inner})$"
