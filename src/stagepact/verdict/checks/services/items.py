"""The laws of an item: created, read, changed, deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stagepact.contract.resources import Resource, ServiceLaw
from stagepact.schema.explain import shorten
from stagepact.subject.protocols.walks import (
    Step,
    Walk,
    id_of,
    is_empty,
    lost_members,
    means_otherwise,
    says_something,
    values_of,
)
from stagepact.verdict.checks.model import Breach, Judgement, differences
from stagepact.verdict.checks.services.seen import at, changed, readable, told_of


def create_read(law: ServiceLaw, walk: Walk) -> Judgement:
    """What was created can be read, with the members that it was created with."""
    made, read, link = walk.last("create"), walk.last("read"), walk.last("location")
    found = [*readable(link, "by Location"), *readable(read, "once it is created")]
    if made is not None and read is not None and read.succeeded:
        found += changed(made.sent, read, made.body, law.asked)
        found += [*_other_bytes(made, read), *_left_out(law.resource, walk, made, read)]
    return tuple(found) if read is not None or found else "nothing was read"


def _left_out(resource: Resource, walk: Walk, made: Step, read: Step) -> Iterator[Breach]:
    """Members that were sent, and that no answer tells anything of, whatever else was sent."""
    creates = [step for step in walk.named("other create") if step.succeeded]
    pairs = [*zip(creates, walk.named("other read"), strict=False)]
    for member in lost_members(resource, made, read):
        others = [(one, two) for one, two in pairs if two.note == member and one.note == member]
        kept = [e for e in others if e[1].succeeded and member not in lost_members(resource, *e)]
        if not kept:
            told = shorten(read.body[member]) if member in read.body else "nothing"
            yield Breach(shorten(made.sent[member]), told, at(read, "body", member))


def _other_bytes(made: Step, read: Step) -> Iterator[Breach]:
    """Bytes of a file that aren't those that were sent."""
    media = read.headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = _file(made.written)
    if media == "application/octet-stream" and sent is not None and read.raw != sent:
        told = f"{len(read.raw)} bytes, the first other one at {_first_other(sent, read.raw)}"
        yield Breach(f"the {len(sent)} bytes that were sent", told, at(read, "body"))


def _file(written: bytes) -> bytes | None:
    """The one part of a multipart body (RFC 7578); None for any other body."""
    boundary = written.partition(b"\r\n")[0]
    parts = written.split(boundary)[1:-1] if boundary.startswith(b"--") else []
    if len(parts) != 1:
        return None
    return parts[0].partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


def _first_other(one: bytes, two: bytes) -> int:
    pairs = zip(one, two, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(two)))


def update_read(law: ServiceLaw, walk: Walk) -> Judgement:
    """What was changed is read as it was changed, under another strong ETag."""
    before, change, after = (walk.last(n) for n in ("before", "change", "after"))
    if before is None or change is None or after is None:
        return "nothing was changed and read"
    found = [*readable(after, "once it is changed")]
    if not after.succeeded:
        return tuple(found)
    found += changed(change.sent, after, change.body, law.asked)
    silent = change.body is None and _differs(change.sent, before.body)
    if silent and not found and not differences(before.body, after.body):
        found.append(Breach("a change", "what it was before", at(after, "body")))
    if not found:
        found += [*_ignored(law.resource, before, change, after),
                  *_forgotten(law.resource, after, walk.last("then"))]  # fmt: skip
    tag = after.headers.get("etag", "")
    same = tag == before.headers.get("etag") and tag.startswith('"')
    if same and differences(before.body, after.body):
        found.append(Breach(f"another ETag than {tag}", tag, at(after, "headers", "etag")))
    return tuple(found)


def _ignored(resource: Resource, before: Step, change: Step, after: Step) -> Iterator[Breach]:
    """A change of which nothing is to be seen, though it succeeded and is told of again."""
    bodies = [each.body for each in (before, change, after)]
    if not isinstance(change.sent, Mapping) or not all(isinstance(e, Mapping) for e in bodies):
        return
    was, answered, now = bodies
    said = [
        name
        for name in resource.answered.get(change.call, {})
        if name in change.sent and means_otherwise(change.sent[name], was.get(name))
    ]
    unchanged = [name for name in said if was.get(name) == answered.get(name) == now.get(name)]
    if said and unchanged == said:
        told = {name: was.get(name) for name in said}
        sent = {name: change.sent[name] for name in said}
        yield Breach(shorten(sent), f"{shorten(told)}, as before", at(after, "body", said[0]))


def _forgotten(resource: Resource, after: Step, then: Step | None) -> Iterator[Breach]:
    """Members that a PATCH which says nothing takes away (RFC 5789, 2)."""
    if then is None or not then.succeeded:
        return
    if not isinstance(after.body, Mapping) or not isinstance(then.body, Mapping):
        return
    for name in resource.answered.get(resource.change, {}):
        was, now = after.body.get(name), then.body.get(name)
        if says_something(was) and is_empty(now):
            told = shorten(now) if name in then.body else "nothing"
            yield Breach(shorten(was), told, at(then, "body", name))


def _differs(sent: Any, before: Any) -> bool:
    return any(differences(one, two) for _, one, two in values_of(before, sent))


def delete(law: ServiceLaw, walk: Walk) -> Judgement:
    """What was deleted can't be read, and no other call brings it back."""
    before, gone = walk.last("before"), walk.last("gone")
    if before is None or gone is None:
        return "nothing was deleted"
    found = []
    if gone.succeeded and (law.asked or not differences(before.body, gone.body)):
        found.append(Breach("what was deleted is gone", told_of(gone), at(gone, "status")))
    for role in ("replace", "patch"):
        late, after = walk.last(f"late {role}"), walk.last(f"after {role}")
        if late is None or after is None or not gone.gone or not after.succeeded:
            continue
        # PUT may make an item anew; it then says 201 (RFC 9110, 9.3.4).
        made = late.status == "201" or "201" in law.statuses.get(late.call, ())
        if late.succeeded and (role == "patch" or not made):
            found.append(Breach("what was deleted stays gone", told_of(late), at(late, "status")))
    return tuple(found)


def create_twice(law: ServiceLaw, walk: Walk) -> Judgement:
    """A second one of what is unique is refused by the declared status, and changes nothing."""
    made, twice = walk.last("create"), walk.last("twice")
    if made is None or twice is None:
        return "nothing was created twice"
    wanted = law.resource.said.conflict
    found = []
    if law.resource.said.unique:
        if twice.status != wanted:
            found.append(Breach(wanted, told_of(twice), at(twice, "status")))
    elif twice.status == "201":
        found.append(Breach("a refusal of the same id", told_of(twice), at(twice, "status")))
    before, after = walk.last("before"), walk.last("after")
    if before is not None and after is not None and before.succeeded and not twice.succeeded:
        found += readable(after, "as before")
        found += [replace(e, pointer=at(after, "body", *e.pointer))
                  for e in differences(before.body, after.body) if after.succeeded]  # fmt: skip
    return tuple(found)


def idempotency_key(law: ServiceLaw, walk: Walk) -> Judgement:
    """The same request with the same key twice makes one."""
    first, second = walk.last("first"), walk.last("second")
    if first is None or second is None or not second.succeeded:
        return "the second request with the key wasn't answered by a success"
    ids = [id_of(law.resource, e.body) or e.headers.get("location") for e in (first, second)]
    if None in ids:
        return "the answers tell no id"
    where = at(second, "body")
    return () if ids[0] == ids[1] else (Breach(f"{ids[0]} again", str(ids[1]), where),)


def delete_siblings(law: ServiceLaw, walk: Walk) -> Judgement:
    """When one item is deleted, another can still be read."""
    before, after = walk.last("before"), walk.last("after")
    if before is None or after is None or not before.succeeded:
        return "there was no other item"
    return tuple(readable(after, "when another is deleted"))


def lost_update(law: ServiceLaw, walk: Walk) -> Judgement:
    """A change under an outdated If-Match is refused."""
    outdated = walk.last("outdated")
    if outdated is None:
        return "no outdated change was tried"
    if not outdated.succeeded and (not law.asked or outdated.status in ("412", "409", "428")):
        return ()
    return (Breach("412, the ETag is outdated", told_of(outdated), at(outdated, "status")),)


def concurrent_updates(law: ServiceLaw, walk: Walk) -> Judgement:
    """Of two changes at once under one If-Match, one is made at most."""
    tried = walk.named("race")
    races = [[step for step in tried if step.note == note] for note in {s.note for s in tried}]
    made = [[step for step in race if step.succeeded] for race in races]
    for each in made:
        if len(each) > 1:
            promised = "412 for one of the two that were sent at once under one ETag"
            return (Breach(promised, told_of(each[1]), at(each[1], "status")),)
    return () if any(made) else "no two changes were tried at once, or neither was made"
