"""Which names mean the same, as far as names can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.entity import EntityType
from app.domain.identity import Named, Reason, Verdict, addressed, judge, short_form, words_of

PERSON, ORG, PLACE, PRODUCT, EVENT, THING = (
    EntityType.PERSON,
    EntityType.ORGANIZATION,
    EntityType.PLACE,
    EntityType.PRODUCT,
    EntityType.EVENT,
    EntityType.THING,
)


def verdict(one: Named, other: Named, similarity: float = 0.99) -> Verdict:
    forth, back = judge(one, other, similarity), judge(other, one, similarity)
    assert forth == back
    return forth.verdict


@pytest.mark.parametrize(
    ("one", "other", "type"),
    [
        ("SR-2023-052", "SR-2023-053", THING),
        ("SR-2023-052", "SR-2023-52", THING),
        ("SR-052-2023", "SR-2023-052", THING),
        ("iPhone 15", "iPhone 16", PRODUCT),
        ("iPhone", "iPhone 15", PRODUCT),
        ("Python 3.11", "Python 3.12", PRODUCT),
        ("v1.2.0", "v1.20", PRODUCT),
        ("Boeing 737", "Boeing 747", PRODUCT),
        ("Room ٣", "Room ٤", PLACE),
        ("World War I", "World War II", EVENT),
        ("Final Fantasy VII", "Final Fantasy VIII", PRODUCT),
        ("world war ii", "world war iii", EVENT),
        ("Henry V", "Henry VIII", PERSON),
        ("Chapter One", "Chapter Two", THING),
        ("Plan A", "Plan B", THING),
        ("Vitamin B12", "Vitamin B6", PRODUCT),
        ("C++", "C#", THING),
        ("C", "C++", THING),
        ("North Korea", "South Korea", PLACE),
        ("Old Town", "New Town", PLACE),
    ],
)
def test_names_that_differ_in_figures_codes_or_opposites_never_mean_the_same(
    one: str, other: str, type: EntityType
) -> None:
    assert verdict((one, type), (other, type), similarity=1.0) is Verdict.DIFFERENT


@pytest.mark.parametrize("one", ["Acme", "ACME Inc.", "Acme, Inc", "Acme Corporation", "ＡＣＭＥ Co., Ltd."])
@pytest.mark.parametrize("other", ["acme", "Acme LLC", "The Acme Company", "Ácme"])
def test_spellings_and_legal_forms_of_one_company(one: str, other: str) -> None:
    assert verdict((one, ORG), (other, ORG), 0.0) is Verdict.SAME
    assert verdict((one, THING), (other, ORG), 0.0) is Verdict.SAME


@pytest.mark.parametrize(
    ("one", "other", "type"),
    [
        ("SR-2023-052", "SR 2023 052", THING),
        ("World War II", "World War 2", EVENT),
        ("Open AI", "OpenAI", ORG),
        ("AT&T", "A.T. & T.", ORG),
        ("McDonald's", "McDonalds", ORG),
        ("Café Müller", "Cafe Muller", PLACE),
        ("U.S.A.", "USA", PLACE),
        ("Jean-Luc", "Jean Luc", PERSON),
        ("O’Brien", "OBrien", PERSON),
        ("José Núñez", "Jose Nunez", PERSON),
        ("Dr. John Smith", "John Smith", PERSON),
        ("株式会社トヨタ", "トヨタ", ORG),
        ("ООО Ромашка", "Ромашка", ORG),
        ("ﾄﾖﾀ", "トヨタ", ORG),
    ],
)
def test_ways_of_writing_one_name(one: str, other: str, type: EntityType) -> None:
    assert verdict((one, type), (other, type), 0.0) is Verdict.SAME


@pytest.mark.parametrize(
    ("one", "other", "type", "reason"),
    [
        ("Caroline", "Caroline Smith", PERSON, Reason.GIVEN_NAME),
        ("Mel", "Melanie", PERSON, Reason.SHORT_FORM),
        ("Mel", "Melanie Jones", PERSON, Reason.SHORT_FORM),
        ("Mel Jones", "Melanie Jones", PERSON, Reason.SHORT_FORM),
        ("Dr. Smith", "John Smith", PERSON, Reason.FAMILY_NAME),
        ("J. Smith", "John Smith", PERSON, Reason.INITIAL),
        ("John Smith", "John Fitzgerald Smith", PERSON, Reason.MIDDLE_NAME),
        ("Acme GmbH", "Acme Inc.", ORG, Reason.LEGAL_FORM),
        ("Globex Corporation Europe", "Globex Corporation Euorpe", ORG, Reason.ALIKE),
    ],
)
def test_what_names_alone_leave_open(one: str, other: str, type: EntityType, reason: Reason) -> None:
    judgement = judge((one, type), (other, type), 0.95)
    assert (judgement.verdict, judgement.reason) == (Verdict.DOUBTFUL, reason)
    assert 0 < judgement.score < 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Paris", PLACE), ("Paris", PERSON)),
        (("Apple", ORG), ("Apple", PLACE)),
        (("Mr. Smith", PERSON), ("Mrs. Smith", PERSON)),
        (("Ann's sister", PERSON), ("Jon's sister", PERSON)),
        (("Caroline", PERSON), ("Caroline's sister", PERSON)),
        (("Caroline Smith", PERSON), ("Anna Smith", PERSON)),
        (("李明", PERSON), ("李红", PERSON)),
        (("李明", PERSON), ("Ли Мин", PERSON)),
        (("สมชาย", PERSON), ("สมหญิง", PERSON)),
        (("محمد", PERSON), ("أحمد", PERSON)),
        (("ห้อง", THING), ("หอง", THING)),
    ],
)
def test_names_of_different_things(one: Named, other: Named) -> None:
    assert verdict(one, other, 0.5) is Verdict.DIFFERENT


def test_accents_are_taken_off_latin_letters_only() -> None:
    assert words_of("Señor Müller") == ("senor", "muller", "senormuller")
    assert words_of("Пётр й") == ("пётр", "й", "пётрй")
    assert words_of("ห้องสมุด") == ("ห้องสมุด",)


def test_whose_it_is_is_no_word_to_find_it_by() -> None:
    assert words_of("Ann's older sister") == ("older", "sister", "oldersister")


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("Hey Mel! How are you?", {"Mel"}),
        ("Thanks, Mel.", {"Mel"}),
        ("Wow, Mel, that's great", {"Mel"}),
        ("That's awesome, Mel!", {"Mel"}),
        ("Mel, how was it?", {"Mel"}),
        ("Hi there, Caroline Smith!", {"Caroline Smith", "Caroline"}),
        ("谢谢，李明。", {"李明"}),
        ("Привет, Миша!", {"Миша"}),
    ],
)
def test_names_used_as_an_address(content: str, names: set[str]) -> None:
    assert names <= set(addressed(content))


@pytest.mark.parametrize("content", ["I told Mel about it.", "Mel said hello.", "With Mel and Bo there.", ""])
def test_names_that_are_only_talked_about(content: str) -> None:
    assert "Mel" not in addressed(content)


def test_short_forms_have_three_letters_and_are_not_all_of_the_name() -> None:
    assert short_form("Mel", "Melanie")
    assert short_form("Mel", "Melanie Jones")
    assert not short_form("Me", "Melanie")
    assert not short_form("Melanie", "Melanie")
    assert not short_form("Melanie", "Mel")
    assert not short_form("Mel", "Melanie's sister")


NAMES = st.text(max_size=20)


@given(NAMES, st.sampled_from(EntityType), NAMES, st.sampled_from(EntityType), st.floats(0, 1))
def test_judging_is_symmetric_and_takes_any_text(
    one: str, type: EntityType, other: str, their: EntityType, similarity: float
) -> None:
    assert judge((one, type), (other, their), similarity) == judge((other, their), (one, type), similarity)
    addressed(one)


@given(NAMES, st.sampled_from(EntityType))
def test_every_name_means_itself(name: str, type: EntityType) -> None:
    assert judge((name, type), (name, type), 1.0).verdict is Verdict.SAME
