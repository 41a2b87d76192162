"""A request that may have its body in several media types, as one request for each of them."""

from __future__ import annotations

from stagepact.contract.models import RequestSchemas

_TYPE = "content-type"


def each_media(schemas: RequestSchemas) -> tuple[RequestSchemas, ...]:
    """The request with each of its bodies: that of `body` first, then those of `content`."""
    if not schemas.content:
        return (schemas,)
    plain = schemas.model_copy(update={"content": {}})
    return (plain, *(_with(plain, media, body) for media, body in schemas.content.items()))


def _with(schemas: RequestSchemas, media: str, body: object) -> RequestSchemas:
    bare = without_body(schemas)
    said = {
        "body": body,
        "headers": {**bare.headers, _TYPE: {"const": media}},
        "required": [*bare.required, _TYPE],
        "without_body": schemas.without_body,
    }
    return bare.model_copy(update=said)


def without_body(schemas: RequestSchemas) -> RequestSchemas:
    """The request without a body, and without the header that says what it is."""
    return schemas.model_copy(
        update={
            "body": None,
            "content": {},
            "headers": {k: v for k, v in schemas.headers.items() if k.lower() != _TYPE},
            "required": [each for each in schemas.required if each.lower() != _TYPE],
        }
    )


def media_of(schemas: RequestSchemas) -> str:
    """The media type of the body, of which the headers say one or it is JSON."""
    for name, schema in schemas.headers.items():
        const = schema.get("const") if isinstance(schema, dict) else None
        if name.lower() == _TYPE and isinstance(const, str):
            return const.partition(";")[0].strip().lower()
    return "application/json"
