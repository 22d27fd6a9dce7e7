"""What `bench scale` works out by itself; what it measures is measured when it is run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.drawing import chart
from bench.scale import Figures, draw, places, spread
from bench.scale_points import Latency, Point, Rate, Share, batches
from bench.scale_report import SIZE, TENANTS, USERS, latency, rates, slopes, table
from bench.scale_service import Owner


def point(series: str = TENANTS, mode: str = "embedded", **given: object) -> Point:
    usual = Point(
        series=series,
        mode=mode,
        engines="SQLite, Qdrant Edge",
        tenants=1,
        users=2,
        own=1_000,
        total=10_000,
        accepted=Rate(180.4, 7.04),
        processed=None,
        search=Latency(12.0, 15.0, 20.0),
        embed=Latency(6.0, 7.0, 8.0),
        stages={"cpu": 11.0, "embedding": 6.1, "arms": 1.9},
        resident_mb={"server": 400.0, "extractor": 170.0},
    )
    return replace(usual, **given)


@pytest.mark.parametrize("users", [2, 100, 1_000])
def test_the_user_who_is_searched_has_the_same_memory_beside_any_number_of_others(users: int) -> None:
    counts = spread(users, 1_000, 10_000)
    assert counts[0] == 1_000
    assert sum(counts) == 10_000
    assert len(counts) == users
    assert max(counts[1:]) - min(counts[1:]) <= 1


def test_every_tenant_has_a_user_and_the_only_one_has_two() -> None:
    assert places([1, 100], [500]) == [(TENANTS, 1, 2), (TENANTS, 100, 100), (USERS, 1, 500)]


def test_what_is_sent_is_everything_once_and_in_order() -> None:
    ana, ben = Owner("t", "ana", "k1"), Owner("t", "ben", "k2")
    sent = list(batches([(Share(ana, 25), 0), (Share(ben, 5), 0)], 10))
    assert [(owner.user, session, len(bodies)) for owner, session, bodies in sent] == [
        ("ana", "s0", 10),
        ("ana", "s1", 10),
        ("ana", "s2", 5),
        ("ben", "s0", 5),
    ]
    assert len({body["content"] for _, _, bodies in sent for body in bodies}) == 30


def test_what_was_there_already_grows_by_the_same_messages() -> None:
    ana = Owner("t", "ana", "k1")
    whole = list(batches([(Share(ana, 30), 0)], 10))
    assert list(batches([(Share(ana, 30), 20)], 10)) == whole[2:]
    assert list(batches([(Share(ana, 20), 0)], 10)) == whole[:2]


def test_the_table_says_what_was_not_measured() -> None:
    head, rule, row = table([point(tenants=1_000, users=1_000)])
    assert len(head) == len(rule) == len(row)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        "embedded",
        "1,000",
        "1,000",
        "1,000 / 10,000",
        "180 (7.0)",
        "–",
        "12.0 / 15.0 / 20.0",
        "2.0",
        "11.0; 6.1, 1.9, –",
        "server 400, extractor 170",
    ]


def test_a_slope_compares_the_ends_of_a_series_also_in_terms_of_embedding() -> None:
    slower = point(tenants=1_000, search=Latency(18.0, 20.0, 30.0), embed=Latency(9.0, 10.0, 11.0))
    (said,) = slopes([slower, point(tenants=100), point()])
    assert "from 1 to 1,000 tenants" in said
    assert "1.50 x as long" in said
    assert "embedding 1.00 x" in said


def test_the_users_of_one_tenant_are_compared_with_that_tenant_alone() -> None:
    (said,) = slopes([point(), point(USERS, users=1_000), point(SIZE, users=1)])
    assert said.startswith("embedded, from 2 to 1,000 users of one tenant")


def test_each_mode_has_its_curves() -> None:
    points = [point(mode=mode, tenants=n) for mode in ("embedded", "server") for n in (1, 100, 1_000)]
    assert [over for _, over, _ in latency(points, TENANTS)] == ["milliseconds, embedded", "milliseconds, server"]
    memory, accepted = rates(points, TENANTS)
    assert [line.name for line in memory[2]] == ["embedded", "server"]
    assert accepted[2][0].points == [(1, 180.4), (100, 180.4), (1_000, 180.4)]
    assert latency(points[:1], TENANTS) == []


def test_powers_of_ten_stand_at_even_distances() -> None:
    drawn = chart(*latency([point(tenants=n) for n in (1, 10, 100)], TENANTS), by_powers=True)
    assert 'points="52.0,' in drawn
    assert " 248.0," in drawn
    assert " 444.0," in drawn


def test_only_series_with_a_curve_are_drawn(tmp_path: Path) -> None:
    points = [point(tenants=n) for n in (1, 100)] + [point(SIZE)]
    drawn = draw(points, str(tmp_path / "scale"))
    assert [path.name for path in drawn] == ["scale-tenants.svg", "scale-tenants-rates.svg"]
    assert all(path.read_text().startswith("<svg") for path in drawn)


def test_a_run_goes_on_from_its_figures(tmp_path: Path) -> None:
    first = Figures(tmp_path / "figures.json")
    first.add(point(SIZE, own=1_000))
    again = Figures(tmp_path / "figures.json")
    assert again.points == first.points
    assert again.has(SIZE, "embedded", own=1_000)
    assert not again.has(SIZE, "server", own=1_000)
    assert not again.has(SIZE, "embedded", own=10_000)
