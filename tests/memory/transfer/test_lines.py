"""The file: every value survives it, every fault in it is named by its line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.entity import Entity, EntityType
from app.domain.errors import Invalid
from app.domain.fact import Cardinality, Value
from app.domain.guidance import Guidance, PredicateRule
from app.domain.identity import Doubt
from app.domain.jobs import Job
from app.domain.scope import Scope
from app.domain.time import Interval
from app.memory.transfer import split
from app.memory.transfer.checking import Contents, surveyed
from app.memory.transfer.encoding import LEFT_OUT
from app.memory.transfer.lines import (
    MAX_LINE_BYTES,
    MOST_STATEMENTS,
    OF_TENANTS,
    OF_USERS,
    Entry,
    entries,
    entry,
    first_line,
    last_line,
    line,
)
from app.ports.graph.transfer import Record
from tests.contracts.graph.made import CAROLINE, entity, statement, version

MOMENTS = st.datetimes(timezones=st.just(UTC))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WHOLE = st.integers(-(2**63) + 1, 2**63 - 1)
INTERVALS = st.tuples(MOMENTS, MOMENTS).flatmap(
    lambda pair: st.builds(Interval, st.sampled_from([None, min(pair)]), st.sampled_from([None, max(pair)]))
)
VALUES = st.builds(Value, entity_id=TEXT) | st.builds(Value, literal=TEXT)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=5,
)
RULES = st.just((PredicateRule("works_at", Cardinality.ONE, "where"),))
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    datetime: MOMENTS,
    str: TEXT,
    int: WHOLE,
    float: st.floats(allow_nan=False, allow_infinity=False),
    Interval: INTERVALS,
    Value: VALUES,
    Guidance: st.builds(Guidance, st.sampled_from(["", "Be brief."]), st.just((EntityType.PERSON,)), RULES),
}


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type, with every field of a dataclass set to something."""
    if hint in PLAIN:
        return PLAIN[hint]
    if hint is Doubt:
        return st.builds(
            Doubt, st.just("a"), st.just("b"), *(any_of(t) for t in list(get_type_hints(Doubt).values())[2:])
        )
    if hasattr(hint, "__dataclass_fields__"):
        hints = get_type_hints(hint)
        wanted = [f.name for f in fields(hint) if f.name not in LEFT_OUT.get(hint, ())]
        return st.builds(
            hint,
            **{name: any_of(hints[name]) for name in wanted},
        )
    if get_origin(hint) is Mapping:
        return st.dictionaries(TEXT, JSON)
    if of := get_args(hint):
        inner = any_of(of[0])
        if of[-1] is type(None):
            return st.none() | inner
        return st.lists(inner, max_size=3).map(frozenset if "frozenset" in str(hint) else tuple)
    return st.from_type(hint)


@given(st.sampled_from([*OF_USERS.values(), *OF_TENANTS.values()]).flatmap(any_of))
def test_every_record_survives_its_line(record: Any) -> None:
    made = Entry("acme", None if type(record) in OF_TENANTS.values() else "ana", record)
    read = entry(line(made))
    assert read == made
    assert line(read) == line(made)


def test_every_kind_of_record_has_a_line() -> None:
    assert set(OF_USERS.values()) == set(get_args(Record))
    assert {f.name for f in fields(Job)} > LEFT_OUT[Job]
    assert {f.name for f in fields(Entity)} > LEFT_OUT[Entity]


def test_a_line_says_what_it_is_and_whose() -> None:
    made = entity("Zoë", id="e1", aliases=("Zo",))
    assert json.loads(line(Entry("acme", "ana", made))) == {
        "kind": "entity",
        "tenant": "acme",
        "user": "ana",
        "record": {
            "id": "e1",
            "name": "Zoë",
            "type": "person",
            "aliases": ["Zo"],
            "created_at": "2026-05-08T12:00:00.000000Z",
            "summary": None,
        },
    }


def test_a_fact_with_much_support_takes_several_lines() -> None:
    news = statement(entity(), "likes", "tea")
    ids = tuple(f"s{n}" for n in range(2 * MOST_STATEMENTS + 1))
    made = list(entries(CAROLINE, [replace(version(news), statement_ids=ids)]))
    assert [type(one.record).__name__ for one in made] == ["FactVersion", "Support", "Support"]
    assert sum((one.record.statement_ids for one in made), ()) == ids  # type: ignore[union-attr]


Given = tuple[str, dict[str, Any]]
"""A kind and a record of it."""

MOMENT = "2026-05-08T12:00:00Z"
USER: Given = ("user", {"seq": 2, "revision": 0, "last_activity": None})
SESSION: Given = ("session", {"id": "s1", "next_position": 2})
JOB: Given = ("job", {"id": "j1", "user_id": "ana", "kind": "process", "state": "queued", "created_at": MOMENT})


def episode(**given: Any) -> Given:
    plain = {
        "id": "ep1", "session_id": "s1", "seq": 1, "position": 0, "role": "user", "name": None, "kind": "message",
        "content": "Hi.", "occurred_at": MOMENT, "recorded_at": MOMENT, "client_id": None, "metadata": {},
        "state": "pending", "job_id": "j1",
    }  # fmt: skip
    return "episode", {"episode": {**plain, **given}, "read_by": None}


def person(id: str = "e1", **given: Any) -> Given:
    return "entity", {"id": id, "name": "Ana", "type": "person", "aliases": [], "created_at": MOMENT, **given}


def said(id: str = "st1", **given: Any) -> Given:
    plain = {
        "id": id, "subject_id": "e1", "predicate": "likes", "object": {"literal": "tea"}, "polarity": "holds",
        "cardinality": "many", "kind": "factual", "text": "Ana likes tea.", "valid": {"start": MOMENT},
        "precision": "day", "said_at": MOMENT, "recorded_at": MOMENT, "seq": 1, "extractor": "x",
    }  # fmt: skip
    return "statement", {**plain, **given}


def believed(**given: Any) -> Given:
    plain = {
        "fact_id": "f1", "version": 1, "subject_id": "e1", "predicate": "likes", "object": {"literal": "tea"},
        "cardinality": "many", "kind": "factual", "text": "Ana likes tea.", "valid": {}, "precision": "day",
        "recorded_from": MOMENT, "recorded_to": None, "extractor": "x", "statement_ids": ["st1"],
    }  # fmt: skip
    return "fact", {**plain, **given}


def merged(**given: Any) -> Given:
    plain = {"id": "m1", "entity_id": "e1", "into_id": "e2", "score": 1, "reason": "caller", "by": "caller"}
    return "merge", {**plain, "evidence": [], "at": MOMENT, **given}


def mention(**given: Any) -> Given:
    return "mention", {"entity_id": "e1", "episode_id": "ep1", "start": None, "end": None, **given}


def kept(version: int, **given: Any) -> Given:
    return "core", {"version": version, "content": "Ana.", "at": MOMENT, **given}


def called(number: int) -> Given:
    call = {"tool": "memory_insert", "arguments": {}, "seen": {"core": 0}, "error": None, "actor": None}
    return "operation", {"number": number, "at": MOMENT, **call}


def judged(number: int = 1, first: int = 1, last: int = 1, reward: float = 1.0) -> Given:
    what = {"first": first, "last": last, "reward": reward, "details": {}}
    return "outcome", {"number": number, **what, "at": MOMENT, "actor": None}


WHOLE_USER = (USER, SESSION, JOB, episode(), person(), person("e2"), merged(), mention(), said(), believed())


def file(*records: Given) -> list[bytes]:
    """Of tenant acme and user ana."""
    tenant = {"kind": "tenant", "tenant": "acme", "record": {"id": "acme", "name": "A", "created_at": MOMENT}}
    owned = [{"kind": kind, "tenant": "acme", "user": "ana", "record": record} for kind, record in records]
    return [first_line(), *(json.dumps(one).encode() + b"\n" for one in (tenant, *owned)), last_line(len(owned) + 1)]


def test_a_file_tells_what_is_in_it() -> None:
    contents = surveyed(file(*WHOLE_USER))
    (user,) = contents.users
    assert (user.scope, user.records, user.indexed) == (Scope("acme", "ana"), len(WHOLE_USER), 4)
    assert [tenant.id for tenant in contents.tenants] == ["acme"]


def test_the_same_records_are_the_same_however_they_are_written() -> None:
    spaced = [json.dumps(json.loads(one), indent=None, sort_keys=True).encode() + b"\n" for one in file(*WHOLE_USER)]
    two = [*WHOLE_USER[:4], person("e2"), person(), *WHOLE_USER[6:]]
    assert digest(surveyed(spaced)) == digest(surveyed(file(*two))) == digest(surveyed(file(*WHOLE_USER)))
    other = [*WHOLE_USER[:4], person(summary="A friend."), *WHOLE_USER[5:]]
    assert digest(surveyed(file(*other))) != digest(surveyed(file(*WHOLE_USER)))


def digest(contents: Contents) -> int:
    (user,) = contents.users
    return user.digest


@pytest.mark.parametrize(
    ("records", "wrong"),
    [
        ((SESSION,), "line 3: .*does not begin like this"),
        ((USER, USER), "line 4: stands too late"),
        ((USER, JOB, SESSION), "line 5: stands too late"),
        ((USER, SESSION, SESSION), "line 5: the session 's1' was there before"),
        ((USER, SESSION, episode()), "line 5: there is no job 'j1'"),
        ((USER, JOB, episode()), "line 5: there is no session 's1'"),
        ((USER, SESSION, JOB, episode(seq=3)), "line 6: the episode's seq"),
        ((USER, SESSION, JOB, episode(), episode(id="ep2", seq=2)), "line 7: the position"),
        ((USER, SESSION, JOB, episode(), episode(id="ep2", position=1)), "line 7: the seq 1"),
        ((USER, SESSION, JOB, episode(role="boss")), "line 6: episode: episode: role: is 'boss', not one of user"),
        ((USER, SESSION, JOB, episode(occurred_at="2026-05-08")), "line 6: .*occurred_at: is '2026-05-08', not a time"),
        ((USER, SESSION, JOB, episode(content=7)), "line 6: episode: episode: content: is not a string"),
        ((USER, SESSION, JOB, episode(content="\ud800")), "line 6: "),
        ((USER, SESSION, JOB, episode(mood="good")), "line 6: .*has a field 'mood'"),
        ((USER, ("session", {"id": "s1"})), "line 4: session: lacks next_position"),
        ((USER, ("session", {"id": "s1", "next_position": True})), "line 4: .*whole number"),
        ((USER, ("session", {"id": "s1", "next_position": 2**63})), "line 4: .*too large"),
        ((USER, ("job", {**JOB[1], "user_id": "ben"})), "line 4: the job is another user's"),
        ((USER, person(), merged()), "line 5: there is no entity 'e2'"),
        ((USER, person(), person("e2"), merged(), merged(id="m2")), "line 7: the merge of 'e1'"),
        ((USER, person(), merged(into_id="e1")), "line 5: an entity is merged into itself"),
        ((USER, person(), mention()), "line 5: there is no episode 'ep1'"),
        ((USER, said()), "line 4: there is no entity 'e1'"),
        ((USER, person(), said(object={})), "line 5: statement: object: a value is an entity or a literal"),
        ((USER, person(), said(replaces={"entity_id": "e2"})), "line 5: there is no entity 'e2'"),
        (
            (USER, person(), said(valid={"start": MOMENT, "end": "1999-01-01T00:00:00Z"})),
            "line 5: .*valid: an",
        ),
        ((USER, person(), believed()), "line 5: there is no statement 'st1'"),
        ((USER, person(), said(), believed(), believed()), "line 7: the version"),
        ((USER, person(), said(), believed(recorded_to=MOMENT)), "line 6: a version is retired"),
        (
            (USER, ("mark", {"statement_id": "x", "withdrawn": True, "outdated": False, "restored_at": None})),
            "line 4: ",
        ),
        ((USER, kept(2)), "line 4: the version of the core 2 does not come next"),
        ((USER, kept(1), kept(1)), "line 5: the version of the core 1 does not"),
        ((USER, kept(1, at=None)), "line 4: nobody knows when"),
        ((USER, called(2)), "line 4: the operation 2 does not come next"),
        ((USER, called(1), called(2), judged(last=3)), "line 6: there is no operation 3"),
        ((USER, called(1), called(2), judged(first=2)), "line 6: the outcome is about no operation"),
        ((USER, called(1), judged(2)), "line 5: the outcome 2 does not come next"),
        ((USER, called(1), judged(reward=1.5)), "line 5: the reward"),
        ((USER, called(1), kept(1)), "line 5: stands too late"),
        ((USER, ("support", {"fact_id": "f1", "version": 1, "statement_ids": []})), "line 4: there is no version"),
    ],
)
def test_a_fault_in_a_record_is_named_by_its_line(records: tuple[Given, ...], wrong: str) -> None:
    with pytest.raises(Invalid, match=wrong):
        surveyed(file(*records))


def tampered(number: int, line: bytes | Callable[[bytes], bytes]) -> list[bytes]:
    """A good file but for one line, counted from 1."""
    lines = file(*WHOLE_USER)
    lines[number - 1] = line(lines[number - 1]) if callable(line) else line
    return lines


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([], "line 0"),
        ([b"\x00\xff\n"], "line 1: this is not an export"),
        ([b'{"kind": "export", "format": "other", "version": 1}\n'], "line 1: this is not an export"),
        ([b"[]\n"], "line 1: this is not an export"),
        (tampered(1, first_line().replace(b"1", b"2")), "line 1: the export has format 2.*reads format 1"),
        (tampered(3, b"{\n"), "line 3: "),
        (tampered(3, b"\n"), "line 3: "),
        (tampered(3, b"[" * 100_000), "line 3: "),
        (tampered(3, b"[]"), "line 3: is not an object with a kind"),
        (tampered(3, b"\xff{}"), "line 3: "),
        (tampered(3, lambda line: line.replace(b'"user"', b'"person"', 1)), "line 3: has the kind 'person'"),
        (tampered(3, lambda line: line.replace(b'"ana"', b'" ana"')), "line 3: user must have"),
        (tampered(3, lambda line: line.replace(b'"acme"', b'"other"')), "line 3: tenant 'other' has no line"),
        (tampered(5, lambda line: line.replace(b'"acme"', b'"acme", "more": 1')), "line 5: has not just the fields"),
        (tampered(5, lambda line: line.replace(b'"ana"', b'"ben"')), "line 5: .*does not begin like this"),
        (file(*WHOLE_USER)[:-1], "ends after line 12"),
        ([*file(*WHOLE_USER)[:-2], file(*WHOLE_USER)[-1]], "line 12: there should be 11 records, but there are 10"),
        ([*file(*WHOLE_USER), first_line()], "line 14: stands after the end"),
        ([*file(USER)[:-1], *file(USER)[1:-1], last_line(4)], "line 4: acme was there before"),
    ],
)
def test_a_fault_in_the_file_is_named_by_its_line(lines: list[bytes], wrong: str) -> None:
    with pytest.raises(Invalid, match=wrong):
        surveyed(lines)


def test_a_line_without_end_is_not_read_to_its_end() -> None:
    long = io.BytesIO(first_line() + b"x" * (MAX_LINE_BYTES + 1))
    with pytest.raises(Invalid, match="line 2: is longer than"):
        list(split(long))


def test_only_a_line_feed_ends_a_line() -> None:
    made = line(Entry("acme", "ana", entity("\u2028\u0085\x0b\r")))
    assert list(split(io.BytesIO(made + made))) == [made, made]


def test_a_moment_with_another_offset_is_the_same_moment() -> None:
    there = MOMENT.replace("12:00:00Z", "14:00:00+02:00")
    (user,) = surveyed(file(("user", {"seq": 0, "revision": 0, "last_activity": there}))).users
    assert user.digest == digest(surveyed(file(("user", {"seq": 0, "revision": 0, "last_activity": MOMENT}))))
