from __future__ import annotations

import pytest

from app.adapters.models.bm25 import Bm25Encoder

ENCODER = Bm25Encoder()


def words_in(text: str) -> set[int]:
    return set(ENCODER.encode_query(text).indices)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("She was running and moved to Berlin.", "run move berlin"),
        ("Caroline's dog", "Caroline"),
        ("Zürich café", "zurich cafe"),
        ("Call foo.bar() on user_id", "foo bar"),
        ("Иван переехал в Москву", "москву"),
        ("انتقل أحمد إلى برلين", "برلين"),
        ("李明住在北京", "李明"),
        ("我昨天在北京见到了李明", "北京"),
        ("東京に住んでいます", "東京"),
        ("한국어를 공부해요", "한국어"),
        ("ฉันอาศัยอยู่ในกรุงเทพ", "กรุงเทพ"),
        ("The SR-2023-052 form of 2023-05-08", "SR-2023-052"),
        ("It is version v1.2.3", "v1.2.3"),
    ],
)
def test_every_word_of_the_query_is_found_in_the_text(text: str, query: str) -> None:
    assert words_in(query)
    assert words_in(query) <= words_in(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SR-2023-052", "SR-2023-053"),
        ("v1.2.3", "v1.2.4"),
        ("2023-05-08", "2023-05-09"),
        ("李明", "李白"),
        ("12", "21"),
    ],
)
def test_what_differs_in_one_character_stays_apart(one: str, other: str) -> None:
    assert words_in(one) - words_in(other)
    assert words_in(other) - words_in(one)


def test_words_without_meaning_are_left_out() -> None:
    assert words_in("What is it that they were?") == set()
    assert words_in("") == set()
    assert ENCODER.encode_passages(["", "the", "?!"]) == [ENCODER.encode_query("")] * 3


def test_every_word_of_a_query_weighs_the_same() -> None:
    query = ENCODER.encode_query("dog dog cat")
    assert query.values == (1.0, 1.0)
    assert len(set(query.indices)) == 2


def test_a_passage_weighs_a_word_by_its_frequency_and_its_own_length() -> None:
    once, twice, long = ENCODER.encode_passages(["dog cat", "dog dog cat", "dog cat " + "filling " * 100])
    (dog,) = words_in("dog")
    weight = {passage: dict(zip(passage.indices, passage.values, strict=True))[dog] for passage in (once, twice, long)}
    assert weight[twice] > weight[once] > weight[long] > 0


def test_encoding_is_the_same_in_whatever_company() -> None:
    texts = ["A dog in Berlin.", "李明住在北京", "A dog in Berlin."]
    first, second, third = ENCODER.encode_passages(texts)
    assert first == third == Bm25Encoder().encode_passages(texts[:1])[0]
    assert second == ENCODER.encode_passages([texts[1]])[0]
