"""What verbs mean: (verb lemma, preposition) -> a predicate of the vocabulary, and how it relates to time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.adapters.models.spacy.lexicon import words
from app.domain.entity import EntityType
from app.domain.fact import FactKind


class Aspect(StrEnum):
    """What the time of a clause says of the fact."""

    STATE = "state"
    """It holds during it: "I live in Rome"."""
    EVENT = "event"
    """It happened within it: "I visited Rome"."""
    BEGIN = "begin"
    """It holds from then on: "I moved to Rome"."""
    END = "end"
    """It holds until then: "I left Rome for good"."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`range`: what the object is, where it is an entity. `named`: only a name or a person will do; anything else
    keeps its verb phrase, so that "a village" never replaces "Rome". `topic`: a bare noun is an entity too."""

    predicate: str
    aspect: Aspect = Aspect.STATE
    range: EntityType | None = None
    kind: FactKind = FactKind.FACTUAL
    named: bool = False
    topic: bool = False


_PLACE, _ORG, _PERSON = EntityType.PLACE, EntityType.ORGANIZATION, EntityType.PERSON
_STATE, _EVENT, _BEGIN, _END = Aspect
_LIVED = FactKind.EXPERIENTIAL
_TASTE = FactKind.SUBJECTIVE

LIVES = Frame("lives_in", _STATE, _PLACE, named=True)
MOVES = Frame("lives_in", _BEGIN, _PLACE, named=True)
LEAVES_PLACE = Frame("lives_in", _END, _PLACE, named=True)
WORKS = Frame("works_at", _STATE, _ORG, named=True)
JOINS = Frame("works_at", _BEGIN, _ORG, named=True)
LEAVES_WORK = Frame("works_at", _END, _ORG, named=True)
OCCUPATION = Frame("works_as", _STATE)
STUDIES = Frame("studies_at", _STATE, _ORG, named=True)
ENROLS = Frame("studies_at", _BEGIN, _ORG, named=True)
GRADUATES = Frame("studies_at", _END, _ORG, named=True)
VISITS = Frame("visited", _EVENT, _PLACE, _LIVED)
ATTENDS = Frame("attended", _EVENT, EntityType.EVENT, _LIVED)
MEETS = Frame("met", _EVENT, _PERSON, _LIVED)
BUYS = Frame("bought", _EVENT, None, _LIVED)
MAKES = Frame("made", _EVENT, None, _LIVED)
READS = Frame("read", _EVENT, EntityType.THING, _LIVED)
WATCHES = Frame("watched", _EVENT, EntityType.THING, _LIVED)
LIKES = Frame("likes", _STATE, None, _TASTE, topic=True)
DISLIKES = Frame("dislikes", _STATE, None, _TASTE, topic=True)
MARRIES = Frame("married_to", _BEGIN, _PERSON, named=True)
DATES = Frame("partner_of", _STATE, _PERSON, named=True)
SPLITS = Frame("partner_of", _END, _PERSON, named=True)
SUFFERS = Frame("suffers_from", _STATE, None, topic=True)
RECOVERS = Frame("suffers_from", _END, None, topic=True)
MEMBER = Frame("member_of", _STATE, _ORG)
OWNS_NEW = Frame("owns", _BEGIN, None)
DOES = Frame("does", _STATE, None, topic=True)
ORIGIN = Frame("from", _STATE, _PLACE, named=True)
LOCATED = Frame("located_in", _STATE, _PLACE, named=True)


def _verbs(words: str, prepositions: str, frame: Frame) -> dict[tuple[str, str], Frame]:
    return {(verb, "" if p == "_" else p): frame for verb in words.split() for p in prepositions.split()}


FRAMES: Mapping[tuple[str, str], Frame] = MappingProxyType(
    {
        **_verbs("live reside dwell", "in at near", LIVES),
        **_verbs("move relocate", "to into", MOVES),
        **_verbs("move_back return_home", "to", MOVES),
        **_verbs("settle settle_down", "in", MOVES),
        **_verbs("move_away move_out", "from of", LEAVES_PLACE),
        **_verbs("base locate situate headquarter", "in at near", LOCATED),
        **_verbs("work consult intern", "at for", WORKS),
        **_verbs("employ", "by at", WORKS),
        **_verbs("work", "in", Frame("works_in", _STATE, _PLACE, named=True)),
        **_verbs("work", "as", OCCUPATION),
        **_verbs("start begin", "at with", JOINS),
        **_verbs("hire recruit", "by at", JOINS),
        **_verbs("start begin", "as", Frame("works_as", _BEGIN)),
        **_verbs("promote", "to", Frame("works_as", _BEGIN)),
        **_verbs("resign quit retire", "from", LEAVES_WORK),
        **_verbs("fire", "from by", LEAVES_WORK),
        **_verbs("lay_off", "from by", LEAVES_WORK),
        **_verbs("study", "at", STUDIES),
        **_verbs("enroll enrol", "at in", ENROLS),
        **_verbs("graduate", "from", GRADUATES),
        **_verbs("drop_out", "of", GRADUATES),
        **_verbs("study", "_", Frame("studies", _STATE, EntityType.TOPIC, topic=True)),
        **_verbs("learn", "_", Frame("studies", _STATE, EntityType.TOPIC, topic=True)),
        **_verbs("major", "in", Frame("studies", _STATE, EntityType.TOPIC, topic=True)),
        **_verbs("bear", "in at", Frame("born_in", _EVENT, _PLACE, named=True)),
        **_verbs("come hail", "from", ORIGIN),
        **_verbs("grow_up raise", "in", Frame("grew_up_in", _EVENT, _PLACE, named=True)),
        **_verbs("marry", "_ to", MARRIES),
        **_verbs("date", "_", DATES),
        **_verbs("engage", "to", DATES),
        **_verbs("break_up split_up split", "with", SPLITS),
        **_verbs("divorce", "_ from", Frame("married_to", _END, _PERSON, named=True)),
        **_verbs("visit tour", "_", VISITS),
        **_verbs("explore", "_", Frame("visited", _EVENT, _PLACE, _LIVED, named=True)),
        **_verbs("travel fly drive head", "to", VISITS),
        **_verbs("vacation holiday", "in", VISITS),
        **_verbs("attend", "_", ATTENDS),
        **_verbs("participate compete", "in at", ATTENDS),
        **_verbs("meet", "_ with", MEETS),
        **_verbs("meet_up hang_out catch_up", "with", MEETS),
        **_verbs("know", "_", Frame("knows", _STATE, _PERSON, named=True)),
        **_verbs("buy purchase order", "_", BUYS),
        **_verbs("make bake cook build create paint craft knit sew compose", "_", MAKES),
        **_verbs("read", "_", READS),
        **_verbs("watch", "_", WATCHES),
        **_verbs("own", "_", Frame("owns")),
        **_verbs("adopt", "_", OWNS_NEW),
        **_verbs("like love enjoy adore prefer", "_", LIKES),
        **_verbs("hate dislike detest despise loathe", "_", DISLIKES),
        **_verbs("speak", "_", Frame("speaks", _STATE, EntityType.TOPIC, named=True)),
        **_verbs("play", "_", Frame("plays", _STATE, None, topic=True)),
        **_verbs("use", "_", Frame("uses", _STATE, EntityType.PRODUCT, topic=True)),
        **_verbs("plan", "_", Frame("plans", _STATE, None, _TASTE)),
        **_verbs("want", "_", Frame("wants", _STATE, None, _TASTE)),
        **_verbs("suffer", "from", SUFFERS),
        **_verbs("diagnose", "with", Frame("suffers_from", _BEGIN, None, topic=True)),
        **_verbs("recover", "from", RECOVERS),
        **_verbs("get_over overcome", "_", RECOVERS),
        **_verbs("belong", "to", MEMBER),
        **_verbs("take_up pick_up", "_", Frame("does", _BEGIN, None, topic=True)),
        **_verbs("give_up quit", "_", Frame("does", _END, None, topic=True)),
    }
)

GERUND_EVENTS = frozenset(("go",))
"""Verbs that only carry the activity after them: "went hiking"."""

VAGUE_VERBS = words(
    "say tell think know guess mean hope let need get keep seem look sound feel come see hear remember remind help "
    "thank appreciate wish believe agree understand imagine ask talk be do make have give take put show bring bet "
    "wonder suppose expect check check_out share send find find_out notice realize realise mention bring_up figure "
    "figure_out care mind matter happen turn turn_out end end_up work_out depend consider want try hold miss wait "
    "look_forward catch_up chat discuss hit push stay keep_up become follow focus deal set face go hang throw stick "
    "pay_off count change motivate inspire support encourage cheer believe trust respect admire value cherish root "
    "rely struggle excite amaze surprise blow mean require include cause provide offer allow lead run_into hear_about "
    "come_across come_up appear involve fill leave call suit suck rock manage bear handle recommend suggest wish "
    "congratulate explain describe clarify understand confirm assume doubt forget ask_for prefer point point_out "
    "bring_back think_about fall light_up lose hope step reflect celebrate spend learn love like enjoy encounter "
    "represent symbolize capture treat experience create"
)
"""Verbs whose phrase says little without the rest of the conversation; they count only where FRAMES has them or with a
name for an object."""
