"""What may come in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.episode import EpisodeKind
from app.http.routes.episodes import fingerprint
from app.http.schemas.episodes import EpisodeIn, EpisodesIn
from app.http.schemas.knowledge import FactIn
from app.http.schemas.search import SearchIn

NOW = datetime(2026, 5, 8, 12, tzinfo=UTC)


def episode(**fields: Any) -> EpisodeIn:
    return EpisodeIn.model_validate({"role": "user", "content": "I moved to Porto."} | fields)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-05-08T13:56:00Z", datetime(2026, 5, 8, 13, 56, tzinfo=UTC)),
        ("2026-05-08t13:56:00z", datetime(2026, 5, 8, 13, 56, tzinfo=UTC)),
        ("2026-05-08 15:56:00+02:00", datetime(2026, 5, 8, 13, 56, tzinfo=UTC)),
        ("2026-05-08T13:56:00.123456Z", datetime(2026, 5, 8, 13, 56, 0, 123456, tzinfo=UTC)),
        ("2026-05-07T23:30:00-05:00", datetime(2026, 5, 8, 4, 30, tzinfo=UTC)),
    ],
)
def test_times_are_taken_with_their_offset(written: str, meant: datetime) -> None:
    assert episode(occurred_at=written).occurred_at == meant


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-08T13:56:00",
        "2026-05-08",
        "13:56:00Z",
        "1778248560",
        1778248560,
        "2026-02-30T00:00:00Z",
        "2026-05-08T25:00:00Z",
        "2026-05-08T13:56:00+25:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "yesterday",
        "",
        "２０２６-05-08T13:56:00Z",
    ],
)
def test_times_without_an_offset_or_out_of_reach_are_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        episode(occurred_at=written)


def test_a_missing_time_is_now() -> None:
    assert episode().draft(NOW).occurred_at == NOW


@pytest.mark.parametrize("content", ["", None, 5, ["x"], {"a": 1}, "\ud800"])
def test_content_of_a_message_is_words(content: Any) -> None:
    with pytest.raises(ValidationError):
        episode(content=content)


@pytest.mark.parametrize("content", ["a\0b", "مرحبا", "👩‍👩‍👧‍👦", " \n", "e\u0301", "\u202ereversed"])
def test_words_of_any_kind_are_kept_as_they_are(content: str) -> None:
    assert episode(content=content).draft(NOW).content == content


def test_a_json_object_is_kept_in_one_spelling() -> None:
    first = episode(kind="json", content={"b": [1, 2.5, None], "a": "ü"}).draft(NOW)
    second = episode(kind="json", content={"a": "ü", "b": [1, 2.5, None]}).draft(NOW)
    assert first.kind is EpisodeKind.JSON
    assert first.content == second.content == '{"a":"ü","b":[1,2.5,null]}'


def test_json_in_a_string_is_kept_as_it_came() -> None:
    assert episode(kind="json", content='{ "b": 1 }').draft(NOW).content == '{ "b": 1 }'


@pytest.mark.parametrize("content", ["{nope", "", {"a": float("nan")}, {"a": "\ud800"}, {"\ud800": 1}])
def test_what_is_no_json_is_refused_as_json(content: Any) -> None:
    with pytest.raises(ValidationError):
        episode(kind="json", content=content)


def nested(depth: int) -> dict[str, Any]:
    return {"in": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    "metadata",
    [
        {"a": float("inf")},
        {"a": float("nan")},
        {"a": ["\ud800"]},
        {"\ud800": "a"},
        {"a": "x" * 20_000},
        nested(100),
        [],
        "x",
    ],
)
def test_metadata_that_could_not_be_given_back_is_refused(metadata: Any) -> None:
    with pytest.raises(ValidationError):
        episode(metadata=metadata)


@pytest.mark.parametrize("name", ["", " ana", "a\nb", "a\0", "x" * 257, "\ud800"])
@pytest.mark.parametrize("field", ["name", "client_id"])
def test_names_have_no_spaces_around_them_and_no_control_characters(field: str, name: str) -> None:
    with pytest.raises(ValidationError):
        episode(**{field: name})


def batch(**fields: Any) -> EpisodesIn:
    return EpisodesIn.model_validate({"session_id": "s1", "episodes": [{"role": "user", "content": "x"} | fields]})


def test_a_fingerprint_is_of_what_was_said_and_not_of_how_it_was_spelt() -> None:
    plain = fingerprint(batch(metadata={"a": 1, "b": 2}, occurred_at="2026-05-08T13:56:00Z"))
    assert plain == fingerprint(batch(occurred_at="2026-05-08T15:56:00+02:00", metadata={"b": 2, "a": 1}))
    assert plain != fingerprint(batch(metadata={"a": 1, "b": 3}, occurred_at="2026-05-08T13:56:00Z"))
    assert fingerprint(batch()) == fingerprint(batch())


@pytest.mark.parametrize("key", ["speaker", "role", "metadata.channel", "metadata.a-b.c_d.ü"])
def test_a_search_may_ask_for_speaker_role_and_metadata(key: str) -> None:
    assert SearchIn.model_validate({"query": "x", "where": {key: "y"}}).request().where == {key: "y"}


@pytest.mark.parametrize(
    "key", ["tenant", "user", "metadata", "metadata.", "metadata.a[]", 'metadata."a"', "speaker ", ""]
)
def test_a_search_may_ask_for_nothing_else(key: str) -> None:
    with pytest.raises(ValidationError):
        SearchIn.model_validate({"query": "x", "where": {key: "y"}})


@pytest.mark.parametrize("value", [None, 1.5, [], {}, 2**63, "\ud800", ""])
def test_a_search_asks_for_plain_values(value: Any) -> None:
    with pytest.raises(ValidationError):
        SearchIn.model_validate({"query": "x", "where": {"speaker": value}})


@pytest.mark.parametrize("value", ["web", 1, -(2**63), True, False])
def test_values_keep_their_type(value: str | int | bool) -> None:
    where = SearchIn.model_validate({"query": "x", "where": {"metadata.a": value}}).request().where
    assert where["metadata.a"] is value or where["metadata.a"] == value
    assert type(where["metadata.a"]) is type(value)


@pytest.mark.parametrize(
    "fields", [{"limit": 0}, {"limit": 201}, {"limit": -1}, {"limit": "10"}, {"kinds": []}, {"kinds": ["secret"]}]
)
def test_a_search_is_bounded(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SearchIn.model_validate({"query": "x"} | fields)


def test_a_range_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValidationError):
        SearchIn.model_validate(
            {"query": "x", "occurred": {"from": "2026-05-08T00:00:00Z", "to": "2026-05-07T00:00:00Z"}}
        )
    with pytest.raises(ValidationError):
        FactIn.model_validate(
            {
                "subject": "Ana",
                "predicate": "lives_in",
                "object": "Porto",
                "valid_from": "2026-05-08T00:00:00Z",
                "valid_to": "2026-05-07T00:00:00Z",
            }
        )
