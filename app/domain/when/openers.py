"""The words before a period that say how it is meant: in, since, until, between."""

from __future__ import annotations

from typing import NamedTuple

from app.domain.when.mention import Relation
from app.domain.when.names import row


class Opener(NamedTuple):
    """What a preposition does. key: the word that `Reading.needs` asks for. to_end: counts up to the end of the
    period, not to its start."""

    words: tuple[str, ...]
    relation: Relation
    key: str
    certain: bool = True
    to_end: bool = False


OPENERS: dict[str, tuple[Opener, ...]] = {}
for _opener in (
    *(Opener((word,), Relation.AT, word) for word in ("in", "on", "at", "during", "over", "throughout")),
    *(Opener((word,), Relation.AT, word) for word in ("for", "from")),
    *(Opener((word,), Relation.AT, "around", certain=False) for word in ("around", "circa")),
    *(Opener(("back", key), Relation.AT, key) for key in ("in", "on")),
    Opener(("within",), Relation.AT, "during"),
    Opener(("between",), Relation.BETWEEN, "between"),
    Opener(("ever", "since"), Relation.SINCE, "since"),
    Opener(("since",), Relation.SINCE, "since"),
    *(
        Opener((verb, *rest), Relation.SINCE, "since")
        for verb in ("starting", "beginning")
        for rest in (("from",), ("in",), ("on",), ())
    ),
    Opener(("as", "of"), Relation.SINCE, "since"),
    *(Opener(words, Relation.UNTIL, "until") for words in (("until",), ("till",), ("til",), ("up", "until"),
                                                            ("up", "till"), ("up", "to"))),
    Opener(("through",), Relation.UNTIL, "until", to_end=True),
    Opener(("before",), Relation.BEFORE, "before"),
    Opener(("prior", "to"), Relation.BEFORE, "before"),
    Opener(("by",), Relation.BEFORE, "by", to_end=True),
    Opener(("after",), Relation.AFTER, "after"),
):  # fmt: skip
    OPENERS[_opener.words[0]] = (*OPENERS.get(_opener.words[0], ()), _opener)

NO_OPENER = Opener((), Relation.AT, "")
EVERY = frozenset({"every", "each", "most", "any", "many", "both", "per", "some"})
ONWARDS = frozenset({"on", "onward", "onwards", "forward"})
STRANDED = {
    **dict.fromkeys(("in", "on", "at"), row("last next this today yesterday tomorrow tonight recently lately")),
    **dict.fromkeys(("over", "during", "around"), row("today yesterday tomorrow tonight recently lately")),
    "until": row("lately"),
}
"""By opener, what it does not govern: in "the shelter I help at yesterday" the "at" belongs to the shelter."""
