"""A name in a path is whatever the caller encoded there."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.http.paths import plain, routable
from app.observe import PrometheusMeter
from tests.http.rim import client, rim


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
@example("a/b")
@example("../a")
@example("%2F")
@example("100%")
def test_any_name_comes_back_from_the_path_it_was_put_in(name: str) -> None:
    path = routable(b"/named/" + quote(name, safe="").encode() + b"/rooms/1?x=/")
    empty, named, segment, rooms, one = path.split("/")
    assert (empty, named, rooms, one) == ("", "named", "rooms", "1")
    assert plain(segment) == name


@given(st.binary())
def test_bytes_of_any_kind_make_some_path(raw: bytes) -> None:
    assert isinstance(routable(b"/" + raw), str)


@pytest.mark.parametrize(
    "name", ["a/b", "../a", "..", "*", "a b", "100%", "%2F", "李明", "a?b#c", "é", "e\u0301", "a\\b"]
)
async def test_every_route_takes_names_as_they_are_meant(name: str) -> None:
    segment = quote(name, safe="").replace(".", "%2E")
    async with client(rim(PrometheusMeter())) as http:
        assert (await http.get(f"/named/{segment}")).json() == name
        assert (await http.get(f"/named/{segment}/rooms/{segment}")).json() == [name, name]


@pytest.mark.parametrize("segment", ["%00", "%0A", "%20", "a%20", "a" * 257, "%ED%A0%80", "%FF", "%7F"])
async def test_names_that_cannot_be_are_refused(segment: str) -> None:
    async with client(rim(PrometheusMeter())) as http:
        reply = await http.get(f"/named/{segment}")
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["location"] == "path"


async def test_an_empty_name_is_no_path_at_all() -> None:
    async with client(rim(PrometheusMeter())) as http:
        assert (await http.get("/named//rooms/1")).status_code == 404
