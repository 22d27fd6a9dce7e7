"""The time questions that others wrote, where the measuring data is at hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from statistics import fmean

import pytest

from bench.time_questions import answers


@pytest.mark.data
def test_nine_of_ten_time_questions_select_exactly_their_turns(data_folder: Path) -> None:
    data = json.loads(gzip.decompress((data_folder / "time_questions_dev.json.gz").read_bytes()))
    found = list(answers(data, "time_qs"))
    assert fmean(answer.exact for answer in found) > 0.9
    assert fmean(answer.time is not None and answer.time.strict for answer in found) > 0.9


@pytest.mark.data
def test_the_turn_that_a_question_of_time_and_content_wants_lies_in_its_range(data_folder: Path) -> None:
    data = json.loads(gzip.decompress((data_folder / "time_questions_dev.json.gz").read_bytes()))
    found = list(answers(data, "content_time_qs"))
    assert fmean(answer.hits / answer.relevant for answer in found) > 0.9
    assert not any(answer.time and answer.time.strict for answer in found)
