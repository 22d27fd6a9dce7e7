"""When the words of an episode are overtaken."""

from __future__ import annotations

import pytest

from app.domain.sayings import Saying, superseded

SIZE = 40


def said(start: int, end: int, *, stands: bool, holds: bool = True) -> Saying:
    return Saying("e1", SIZE, start, end, holds, stands)


@pytest.mark.parametrize(
    ("sayings", "overtaken"),
    [
        pytest.param([said(0, 40, stands=False)], True, id="all of it is"),
        pytest.param([said(0, 20, stands=False)], False, id="it says more than what is overtaken"),
        pytest.param([said(0, 20, stands=False), said(20, 40, stands=True)], False, id="other words in it stand"),
        pytest.param([said(0, 40, stands=False), said(0, 40, stands=True)], True, id="the same words say two things"),
        pytest.param([said(0, 40, stands=False), said(5, 15, stands=True)], True, id="what stands is among its words"),
        pytest.param([said(0, 20, stands=False), said(0, 40, stands=True)], False, id="what stands says more"),
        pytest.param(
            [said(0, 20, stands=False), said(20, 40, stands=False, holds=False)], False, id="it ends something"
        ),
        pytest.param([said(0, 40, stands=True)], False, id="it stands"),
        pytest.param([], False, id="nothing was read in it"),
    ],
)
def test_an_episode_is_overtaken_when_it_says_nothing_else(sayings: list[Saying], overtaken: bool) -> None:
    assert superseded(sayings) == ({"e1"} if overtaken else set())
