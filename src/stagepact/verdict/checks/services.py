"""The laws of services: pure functions of the steps of a law's walk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from itertools import pairwise
from typing import Any

from stagepact.contract.clauses import Clause
from stagepact.contract.expression import EvaluationError, evaluate, explain
from stagepact.contract.resources import ConservationValue, Resource, ServiceLaw, is_number
from stagepact.observation import Observation
from stagepact.schema.explain import shorten
from stagepact.subject.protocols.channels import found_at
from stagepact.subject.protocols.walks import (
    Step,
    Walk,
    id_of,
    is_empty,
    is_whole,
    items_of,
    lost_members,
    means_otherwise,
    next_of,
    says_something,
    values_of,
)
from stagepact.verdict.checks.model import Breach, Check, Judgement, differences, schema_breaches
from stagepact.verdict.checks.responses import declared_as

_MOST_SHOWN = 6

LawCheck = Callable[[ServiceLaw, Walk], Judgement]


def _at(step: Step, *more: str | int) -> tuple[str | int, ...]:
    return ("steps", step.name, *more)


def _told(step: Step) -> str:
    said = f": {step.error}" if step.error else ""
    body = f" {shorten(step.body)}" if step.body is not None and not said else ""
    return f"{step.status} to {step.call.split(' ', 1)[0]} {step.target}{body}{said}"


def server_errors(statuses: Mapping[str, tuple[str, ...]], walk: Walk) -> Iterator[Breach]:
    """Steps that ended with an error of the server's own that isn't declared."""
    for step in walk.steps:
        undeclared = step.status not in statuses.get(step.call, ())
        undeclared &= "5XX" not in statuses.get(step.call, ())
        if step.status == "error" or (step.status[0] == "5" and undeclared):
            yield Breach("no server error", _told(step), _at(step, "status"))
            return


def _changed(expected: Any, step: Step, of: Any, strict: bool) -> Iterator[Breach]:
    """Members that were sent, and that are read otherwise.

    A service may make of a member what it likes as long as it says so: unless the law was asked
    for, a member counts only where the answer to the change has it as it was sent.
    """
    for name, sent, read in values_of(step.body, expected):
        echoed = isinstance(of, Mapping) and name in of and not differences(sent, of[name])
        if (strict or (echoed and not _is_masked(sent, read))) and differences(sent, read):
            yield Breach(shorten(sent), shorten(read), _at(step, "body", name))


_MASKS = re.compile(r"([*•●█xX])\1{2,}")


def _is_masked(whole: Any, shown: Any) -> bool:
    """Whether a text hides a part of itself, as numbers of cards do once they are stored."""
    texts = isinstance(whole, str) and isinstance(shown, str)
    return texts and bool(_MASKS.search(shown)) and not _MASKS.search(whole)


def _readable(step: Step | None, after: str) -> Iterator[Breach]:
    if step is not None and step.gone:
        yield Breach(f"what can be read {after}", _told(step), _at(step, "status"))


def create_read(law: ServiceLaw, walk: Walk) -> Judgement:
    """What was created can be read, with the members that it was created with."""
    made, read, link = walk.last("create"), walk.last("read"), walk.last("location")
    found = [*_readable(link, "by Location"), *_readable(read, "once it is created")]
    if made is not None and read is not None and read.succeeded:
        found += _changed(made.sent, read, made.body, law.asked)
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
            yield Breach(shorten(made.sent[member]), told, _at(read, "body", member))


def _other_bytes(made: Step, read: Step) -> Iterator[Breach]:
    """Bytes of a file that aren't those that were sent."""
    media = read.headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = _file(made.written)
    if media == "application/octet-stream" and sent is not None and read.raw != sent:
        told = f"{len(read.raw)} bytes, the first other one at {_first_other(sent, read.raw)}"
        yield Breach(f"the {len(sent)} bytes that were sent", told, _at(read, "body"))


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
    found = [*_readable(after, "once it is changed")]
    if not after.succeeded:
        return tuple(found)
    found += _changed(change.sent, after, change.body, law.asked)
    silent = change.body is None and _differs(change.sent, before.body)
    if silent and not found and not differences(before.body, after.body):
        found.append(Breach("a change", "what it was before", _at(after, "body")))
    if not found:
        found += [*_ignored(law.resource, before, change, after),
                  *_forgotten(law.resource, after, walk.last("then"))]  # fmt: skip
    tag = after.headers.get("etag", "")
    same = tag == before.headers.get("etag") and tag.startswith('"')
    if same and differences(before.body, after.body):
        found.append(Breach(f"another ETag than {tag}", tag, _at(after, "headers", "etag")))
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
        yield Breach(shorten(sent), f"{shorten(told)}, as before", _at(after, "body", said[0]))


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
            yield Breach(shorten(was), told, _at(then, "body", name))


def _differs(sent: Any, before: Any) -> bool:
    return any(differences(one, two) for _, one, two in values_of(before, sent))


def delete(law: ServiceLaw, walk: Walk) -> Judgement:
    """What was deleted can't be read, and no other call brings it back."""
    before, gone = walk.last("before"), walk.last("gone")
    if before is None or gone is None:
        return "nothing was deleted"
    found = []
    if gone.succeeded and (law.asked or not differences(before.body, gone.body)):
        found.append(Breach("what was deleted is gone", _told(gone), _at(gone, "status")))
    for role in ("replace", "patch"):
        late, after = walk.last(f"late {role}"), walk.last(f"after {role}")
        if late is None or after is None or not gone.gone or not after.succeeded:
            continue
        # PUT may make an item anew; it then says 201 (RFC 9110, 9.3.4).
        made = late.status == "201" or "201" in law.statuses.get(late.call, ())
        if late.succeeded and (role == "patch" or not made):
            found.append(Breach("what was deleted stays gone", _told(late), _at(late, "status")))
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
            found.append(Breach(wanted, _told(twice), _at(twice, "status")))
    elif twice.status == "201":
        found.append(Breach("a refusal of the same id", _told(twice), _at(twice, "status")))
    before, after = walk.last("before"), walk.last("after")
    if before is not None and after is not None and before.succeeded and not twice.succeeded:
        found += _readable(after, "as before")
        found += [replace(e, pointer=_at(after, "body", *e.pointer))
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
    where = _at(second, "body")
    return () if ids[0] == ids[1] else (Breach(f"{ids[0]} again", str(ids[1]), where),)


def list_get(law: ServiceLaw, walk: Walk) -> Judgement:
    """Each item of a list can be read, and is what the list says of it."""
    listed, again, resource = walk.last("list"), walk.last("list again"), law.resource
    if listed is None or again is None:
        return "nothing was listed and read"
    items, found = items_of(resource, listed.body) or [], []
    then = items_of(resource, again.body) or []
    for step in walk.named("read"):
        item = items[int(step.note)]
        if step.gone and item in then:
            found.append(Breach("what is listed can be read", _told(step), _at(step, "status")))
        elif step.succeeded and resource.same and item in then:
            found += [Breach(shorten(one), shorten(two), _at(step, "body", name))
                      for name, one, two in values_of(step.body, item)
                      if differences(one, two)
                      and (law.asked or not _is_masked(two, one))]  # fmt: skip
    return tuple(found)


def _ids(resource: Resource, step: Step) -> list[str]:
    found = []
    for item in items_of(resource, step.body) or ():
        id_ = id_of(resource, item)
        if id_ is None and not resource.item and isinstance(item, Mapping):
            id_ = item.get("id")
        found.append(shorten(item) if id_ is None else str(id_))
    return found


def pagination(law: ServiceLaw, walk: Walk) -> Judgement:
    """Pages hold each item once, in the order of the list, and come to an end."""
    resource, whole, again = law.resource, walk.last("whole"), walk.last("whole again")
    if whole is None or again is None or not walk.named("page"):
        return "nothing was paged"
    all_ids, others = _ids(resource, whole), _ids(resource, again)
    if sorted(all_ids) == sorted(others) and all_ids != others:
        where = _at(again, "body")
        return (Breach(f"the order {_some(all_ids)}", _some(others), where),)
    expected = all_ids if is_whole(resource, whole) else None
    for size in dict.fromkeys(step.note for step in walk.named("page")):
        pages = [step for step in walk.named("page") if step.note == size]
        found = [*_paged(law, pages, expected)]
        if found:
            return tuple(found)
    return (*_lost_from_full(resource, walk), *_miscounted(resource, walk))[:1]


def _lost_from_full(resource: Resource, walk: Walk) -> Iterator[Breach]:
    """Items that pages of one size have, and full ones of another size leave out or repeat."""
    by_size: dict[int, list[Step]] = {}
    for step in walk.named("full page"):
        by_size.setdefault(step.note, []).append(step)
    (reference, *full) = by_size or (0,)
    there = [id_ for step in by_size.get(reference, ()) for id_ in _ids(resource, step)]
    for size in full:
        pages = by_size[size]
        ids = [id_ for step in pages for id_ in _ids(resource, step)]
        lost = [id_ for id_ in there if id_ not in ids]
        where = _at(pages[-1], "body")
        double = next((id_ for index, id_ in enumerate(ids) if id_ in ids[:index]), None)
        if not all(step.succeeded for step in pages) or _is_capped(resource, pages, size):
            continue
        if double is not None:
            yield Breach(f"each item once in pages of {size}", f"{double} again", where)
        elif lost:
            told = f"{len(ids)}, without {_some(lost)}"
            yield Breach(f"{len(there)} items in pages of {size}", told, where)


def _is_capped(resource: Resource, pages: list[Step], size: int) -> bool:
    """Whether pages are smaller than was asked for: by more than an item, and yet not the last."""
    return len(pages) > 1 and len(_ids(resource, pages[0])) < size - 1


# Beside these, `total` is a number of items, and no sum.
_PAGED = {"page", "perpage", "pagesize", "size", "limit", "offset", "skip", "pages", "totalpages"}
_PAGED |= {"hasmore", "hasnext", "next", "nextpage", "nextcursor", "cursor"}
_COUNTS = {"totalcount", "totalitems", "totalresults", "totalelements"}


def _miscounted(resource: Resource, walk: Walk) -> Iterator[Breach]:
    """A total that isn't the number of all items, where the list and all pages agree on those."""
    found: dict[int, set[str]] = {}
    for step in walk.named("page"):
        found.setdefault(step.note, set()).update(_ids(resource, step))
    wholes = walk.named("whole", "whole again")
    there = set(_ids(resource, wholes[0]))
    if any(ids != there for ids in found.values()) or set(_ids(resource, wholes[1])) != there:
        return
    for step in (*wholes, *walk.named("page")):
        for name, total in _totals(step.body):
            if total != len(there):
                yield Breach(f"{len(there)} items in all", str(total), _at(step, "body", name))


def _totals(body: Any) -> Iterator[tuple[str, int]]:
    members = body if isinstance(body, Mapping) else {}
    plain = {re.sub(r"[^a-z]", "", name.lower()): name for name in members}
    counts = _COUNTS | ({"total"} if _PAGED & plain.keys() else set())
    for key in counts & plain.keys():
        value = members[plain[key]]
        if type(value) is int:
            yield plain[key], value


def _paged(law: ServiceLaw, pages: list[Step], expected: list[str] | None) -> Iterator[Breach]:
    resource, last, size = law.resource, pages[-1], pages[0].note
    where = _at(last, "body")
    ids = [id_ for step in pages for id_ in _ids(resource, step)]
    failed = next((step for step in pages if not step.succeeded), None)
    double = next((id_ for index, id_ in enumerate(ids) if id_ in ids[:index]), None)
    if failed is not None:
        yield Breach("a page", _told(failed), _at(failed, "status"))
    elif double is not None:
        yield Breach(f"each item once in pages of {size}", f"{double} again: {_some(ids)}", where)
    elif _goes_on(resource, last) and len(pages) > len(ids) + 2:
        yield Breach("an end of the pages", f"a next one after {len(pages)} pages", where)
    elif expected is not None and not {*expected} <= {*ids}:
        yield Breach(f"{_some(expected)} in pages of {size}", _some(ids), where)
    elif expected is not None and [each for each in ids if each in expected] != expected:
        yield Breach(f"the order {_some(expected)} in pages of {size}", _some(ids), where)
    elif law.asked:
        yield from _false_ends(resource, pages)


def _false_ends(resource: Resource, pages: list[Step]) -> Iterator[Breach]:
    """A page that isn't full tells of a next one, and that one is empty."""
    for one, following in pairwise(pages):
        count = len(_ids(resource, one))
        short = isinstance(one.note, int) and 0 < count < one.note
        if short and next_of(resource, one) is not None and not _ids(resource, following):
            told = shorten(next_of(resource, one))
            yield Breach("no next page after the last", told, _at(one, "body"))


def _goes_on(resource: Resource, step: Step) -> bool:
    return next_of(resource, step) is not None or bool(_ids(resource, step))


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:8]) + (", …" if len(ids) > 8 else "") or "nothing"


def filtered(law: ServiceLaw, walk: Walk) -> Judgement:
    """A filtered list holds the items of its value, all of them and no other."""
    resource, whole = law.resource, walk.last("whole")
    lists = walk.named("filtered", "selected")
    if whole is None or not lists:
        return "nothing was filtered"
    if not _ids(resource, whole) and not any(_ids(resource, step) for step in lists):
        return "the list is empty"
    found = []
    for step in walk.named("filtered"):
        parameter, pointer, value, sign = step.note
        for item in items_of(resource, step.body) or ():
            own = found_at(pointer, item)
            if not _is_within(own, value, sign) and not (sign and own is None):
                where = _at(step, "body", *pointer[1:].split("/"))
                found.append(Breach(f"{parameter}={value} only", shorten(own), where))
                break
        found += _lost(resource, whole, step)
    return tuple(found or _unselected(resource, walk))


def _unselected(resource: Resource, walk: Walk) -> Iterator[Breach]:
    """Items that a parameter of a member's name should have left out, or shouldn't.

    A text may be looked for in a member. Truth values may widen a list (`archived=true`), so
    they count only where each of both finds items of the other.
    """
    steps = [step for step in walk.named("selected") if step.succeeded]
    for step in steps:
        parameter, pointer, value, _ = step.note
        wrong = next((each for each in _owned(resource, step) if not _finds(each, value)), None)
        others = (e for e in steps if e.note[0] == parameter and e.note[2] is not value)
        widens = isinstance(value, bool) and not any(
            value in _owned(resource, other) for other in others
        )
        if wrong is not None and not widens:
            where = _at(step, "body", *pointer[1:].split("/"))
            yield Breach(f"{parameter}={value} only", shorten(wrong), where)
            return
    for step in (each for each in steps if not isinstance(each.note[2], str)):
        whole = next(e for e in reversed(walk.steps[: walk.steps.index(step)]) if e.name == "all")
        yield from _lost(resource, whole, step)


def _owned(resource: Resource, step: Step) -> list[Any]:
    return [found_at(step.note[1], item) for item in items_of(resource, step.body) or ()]


def _finds(own: Any, value: Any) -> bool:
    if isinstance(value, str):
        return isinstance(own, str) and value.casefold() in own.casefold()
    return own is value if isinstance(value, bool) else _same(own, value)


def _lost(resource: Resource, whole: Step, step: Step) -> Iterator[Breach]:
    """Items of the whole list that have the value, and that the filter doesn't find."""
    parameter, pointer, value, sign = step.note
    pairs = zip(_ids(resource, whole), items_of(resource, whole.body) or (), strict=True)
    wanted = [id_ for id_, item in pairs if _is_within(found_at(pointer, item), value, sign)]
    ids = _ids(resource, step)
    lost = [id_ for id_ in wanted if id_ not in ids]
    if lost and is_whole(resource, step):
        promised = f"{_some(wanted)} by {parameter}={value}"
        yield Breach(promised, _some(ids), _at(step, "body"))


def _is_within(own: Any, value: Any, sign: int) -> bool:
    """Whether a value is that of a filter, or on the side of a bound that `sign` says, or on it."""
    if not sign:
        return _same(own, value)
    return is_number(own) and (own - value) * sign >= 0


def _same(own: Any, value: Any) -> bool:
    if isinstance(own, list):
        return any(_same(each, value) for each in own)
    return not differences(value, own) or str(own).lower() == str(value).lower()


def delete_siblings(law: ServiceLaw, walk: Walk) -> Judgement:
    """When one item is deleted, another can still be read."""
    before, after = walk.last("before"), walk.last("after")
    if before is None or after is None or not before.succeeded:
        return "there was no other item"
    return tuple(_readable(after, "when another is deleted"))


def lost_update(law: ServiceLaw, walk: Walk) -> Judgement:
    """A change under an outdated If-Match is refused."""
    outdated = walk.last("outdated")
    if outdated is None:
        return "no outdated change was tried"
    if not outdated.succeeded and (not law.asked or outdated.status in ("412", "409", "428")):
        return ()
    return (Breach("412, the ETag is outdated", _told(outdated), _at(outdated, "status")),)


def concurrent_updates(law: ServiceLaw, walk: Walk) -> Judgement:
    """Of two changes at once under one If-Match, one is made at most."""
    tried = walk.named("race")
    races = [[step for step in tried if step.note == note] for note in {s.note for s in tried}]
    made = [[step for step in race if step.succeeded] for race in races]
    for each in made:
        if len(each) > 1:
            promised = "412 for one of the two that were sent at once under one ETag"
            return (Breach(promised, _told(each[1]), _at(each[1], "status")),)
    return () if any(made) else "no two changes were tried at once, or neither was made"


def sequences(law: ServiceLaw, walk: Walk) -> Judgement:
    """Items are there once created, and gone once deleted; statuses are declared."""
    resource, there = law.resource, dict[str, bool]()
    for step in walk.steps:
        key = str(step.path.get(resource.parameter))
        found: Judgement = ()
        if step.name == "call":
            found = _undeclared(law, step)
            _remember(resource, step, key, there)
        elif step.name == "made":
            there[key] = True
        if step.name in ("made", "look") and not found:
            found = _looked(law, step, there.get(key))
            if not found and step.succeeded:
                found = _undeclared(law, step)
        if found:
            return found
    calls = [step for step in walk.named("call") if step.succeeded]
    return () if calls else "no call succeeded"


# Statuses that come before a request is looked at, or after others' calls (decision 0021).
_ANYBODYS = ("401", "403", "404", "410", "429")


def _undeclared(law: ServiceLaw, step: Step) -> Judgement:
    declared = law.statuses.get(step.call, ())
    status = declared_as(step.status, declared)
    if status is None and declared:
        excused = step.status in _ANYBODYS if law.asked else step.status[0] == "4"
        promised = f"a status of {', '.join(declared)}"
        return () if excused else (Breach(promised, _told(step), _at(step, "status")),)
    validator = law.bodies.get((step.call, status or ""))
    return () if validator is None else schema_breaches(validator, step.body, _at(step, "body"))


def _remember(resource: Resource, step: Step, key: str, there: dict[str, bool]) -> None:
    """What is known of an item after a call: only a change leaves it there, only DELETE not."""
    role = next((role for role, call in resource.roles.items() if call == step.call), "")
    if not step.succeeded or role in ("create", "list", "read", "keyed", "own-id"):
        return
    there.pop(key, None)
    if role == "delete" and step.status != "202":
        there[key] = False


def _looked(law: ServiceLaw, step: Step, there: bool | None) -> Judgement:
    if step.gone and there:
        return (Breach("what was created can be read", _told(step), _at(step, "status")),)
    if step.succeeded and there is False and law.asked:
        return (Breach("what was deleted is gone", _told(step), _at(step, "status")),)
    return ()


def conservation(clause: Clause, observation: Observation) -> Judgement:
    """The expression is true of the responses, before and after each call."""
    value: ConservationValue = clause.value
    walk = walked(observation)
    if isinstance(walk, Breach):
        return (walk,)
    faults = tuple(server_errors(value.statuses, walk))
    if faults:
        return faults
    before: dict[str, Any] = {}
    now: dict[str, Any] = {}
    looked = 0
    call: Step | None = None
    for step in walk.steps:
        if step.name == "call":
            before, now, call = now, {}, step
        elif step.name == "look" and not step.succeeded:
            return f"{step.call} is answered by {step.status}"
        elif step.name == "look":
            now[step.note] = step.body
            if len(now) == len(value.over) and _is_meant(value, call):
                looked += 1
                judged = _conserved(clause, {**now, "before": before or now}, call)
                if judged:
                    return judged
    least = 1 if value.after else 2  # the first look is before any call
    return () if looked >= least else walk.halted or _untried(value, walk)


def _is_meant(value: ConservationValue, call: Step | None) -> bool:
    """Whether something is conserved by a call; one that is refused changes nothing."""
    return not value.after or (call is not None and call.call in value.after and call.succeeded)


def _untried(value: ConservationValue, walk: Walk) -> str:
    """Why nothing was seen of what a call conserves."""
    tried = [step for step in walk.named("call") if step.call in value.after]
    told = dict.fromkeys(f"{step.call} is answered by {step.status}" for step in tried)
    return f"{', '.join(told)}: give an example that succeeds" if told else "nothing was changed"


def _conserved(clause: Clause, names: Mapping[str, Any], call: Step | None) -> Judgement:
    expression, after = clause.value.expression, f" after {_told(call)}" if call else ""
    where = ("steps", "call") if call else ("steps", "look")
    try:
        if evaluate(expression, names) is True:
            return ()
        return (Breach(clause.promise, explain(expression, names) + after, where),)
    except EvaluationError as error:
        return (Breach(clause.promise, f"it can't be evaluated: {error}{after}", where),)


_CHECKS: Mapping[str, LawCheck] = {
    "create-read": create_read,
    "update-read": update_read,
    "delete": delete,
    "create-twice": create_twice,
    "idempotency-key": idempotency_key,
    "list-get": list_get,
    "pagination": pagination,
    "filter": filtered,
    "delete-siblings": delete_siblings,
    "lost-update": lost_update,
    "concurrent-updates": concurrent_updates,
    "sequences": sequences,
}


def walked(observation: Observation) -> Walk | Breach:
    """The walk that a run was, or what ended it."""
    walk = None if observation.output is None else observation.output.raw
    if isinstance(walk, Walk):
        return walk
    told = str(observation.error or observation.status)
    return Breach("a scenario that can be played", told, ("status",))


def as_told(walk: Walk, told: Mapping[str, str]) -> Walk:
    """The walk as it wasn't: steps of these names are answered by another status, or emptied."""

    def other(step: Step) -> Step:
        said = told.get(step.name)
        if said is None:
            return step
        return replace(step, body=None) if said == "nothing" else _otherwise(step, said)

    return replace(walk, steps=tuple(map(other, walk.steps))) if told else walk


def _otherwise(step: Step, said: str) -> Step:
    if said == "other":
        return replace(step, body=_another(step.body), headers={**step.headers, "location": "/?"})
    return replace(step, status=said)


def _another(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _another(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_another(each) for each in value[1:]]
    return "\u0000 stagepact"


def _with_steps(found: tuple[Breach, ...], walk: Walk) -> tuple[Breach, ...]:
    """The breaches, each with the calls that led to it."""
    ways = [(each, _way(each, walk)) for each in found]
    return tuple(replace(each, seen=f"{each.seen}, after {way}") if way else each
                 for each, way in ways)  # fmt: skip


def _way(breach: Breach, walk: Walk) -> str:
    name = breach.pointer[1] if len(breach.pointer) > 1 else ""
    end = max((i for i, step in enumerate(walk.steps) if step.name == name), default=0)
    steps = [f"{e.call.split(' ', 1)[0]} {e.target} {e.status}" for e in walk.steps[:end]]
    shown = steps[-_MOST_SHOWN:]
    return ", ".join(["…"] * (len(steps) > len(shown)) + shown)


def _over_observation(check: LawCheck) -> Check:
    """The check as a function of one observation; what halted can only be broken."""

    @wraps(check)
    def judge(clause: Clause, observation: Observation) -> Judgement:
        law: ServiceLaw = clause.value
        walk = walked(observation)
        if isinstance(walk, Breach):
            return (walk,)
        walk = as_told(walk, law.told)
        faults = tuple(server_errors(law.statuses, walk))
        if faults:
            return _with_steps(faults, walk)
        judged = check(law, walk)
        if judged and not isinstance(judged, str):
            return _with_steps(judged, walk)
        return walk.halted if walk.halted and (isinstance(judged, str) or not judged) else judged

    return judge


SERVICE_CHECKS: Mapping[str, Check] = {
    **{f"service.{law}": _over_observation(check) for law, check in _CHECKS.items()},
    "conservation": conservation,
}
