"""Predicates as models write them, in the words of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from app.domain.fact import PREDICATES, Cardinality
from app.domain.guidance import Guidance

MAX_LENGTH = 64

_MEANT = {
    "lives_in": "live_in lives_at resides_in reside_in moved_to relocated_to residence home_city settled_in",
    "works_at": "work_at works_for work_for employed_by employed_at employer joined_company hired_by workplace job_at",
    "works_as": "work_as job_title occupation profession job role employed_as",
    "studies_at": "study_at attends_school attends_university enrolled_at enrolled_in student_at",
    "graduated_from": "graduate_from alumnus_of",
    "studies": "study majors_in studying",
    "born_in": "birthplace place_of_birth",
    "born_on": "birthday birth_date date_of_birth",
    "age": "is_aged years_old",
    "named": "name is_named is_called called",
    "married_to": "spouse husband_of wife_of is_married_to spouse_of",
    "partner_of": "dating dates in_relationship_with engaged_to boyfriend_of girlfriend_of",
    "parent_of": "father_of mother_of has_child",
    "child_of": "son_of daughter_of has_parent",
    "sibling_of": "brother_of sister_of has_sibling",
    "friend_of": "friends_with is_friend_of has_friend",
    "colleague_of": "coworker_of works_with",
    "member_of": "belongs_to is_member_of part_of",
    "owns": "own has_pet adopted possesses",
    "has": "have",
    "likes": "like loves love enjoys enjoy prefers is_fan_of fond_of",
    "dislikes": "dislike hates hate",
    "fears": "afraid_of scared_of is_afraid_of",
    "wants": "want wishes hopes",
    "plans": "plan planning plans_to intends intends_to going_to",
    "does": "hobby practices has_hobby",
    "visited": "visit went_to travelled_to traveled_to visits",
    "attended": "attend attends",
    "bought": "buy purchased ordered",
    "made": "make created built baked",
    "watched": "watch",
    "plays": "play plays_instrument plays_sport",
    "speaks": "speak speaks_language",
    "uses": "use",
    "suffers_from": "suffer_from has_condition has_symptom hurts has_pain diagnosed_with has_illness health_condition",
    "takes": "takes_medication medication",
    "allergic_to": "is_allergic_to allergy has_allergy",
    "avoids": "avoid does_not_eat",
    "from": "comes_from originally_from is_from hometown",
    "located_in": "is_in based_in is_located_in",
    "knows": "know",
    "feels": "feel feeling",
    "is": "be",
    "is_a": "is_an type_of kind_of",
}
MEANT: Mapping[str, str] = MappingProxyType({said: meant for meant, words in _MEANT.items() for said in words.split()})


def normalised(predicate: str, guidance: Guidance) -> str:
    """In snake case and, where it means one of the vocabulary, as that, unless the tenant has its own name for it;
    empty for what is no name."""
    snake = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", predicate.strip())).strip("_").casefold()
    if len(snake) > MAX_LENGTH or not any(c.isalpha() for c in snake):
        return ""
    listed = any(rule.name == snake for rule in guidance.predicates)
    return snake if listed else MEANT.get(snake, snake)


def cardinality(
    predicate: str, said: Cardinality | None, guidance: Guidance, known: Iterable[tuple[str, Cardinality]]
) -> Cardinality:
    """The tenant's own, that of the vocabulary, that of what is known under it, what was said; else many."""
    own = guidance.cardinality(predicate) or PREDICATES.get(predicate)
    if own is not None:
        return own
    if predicate.startswith("favorite_"):
        return Cardinality.ONE
    return next((c for name, c in known if name == predicate), said or Cardinality.MANY)
