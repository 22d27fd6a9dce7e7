"""Identity: which names mean the same, and merges that can be undone.

`judge` compares two names, `decide` settles who is who given everybody whose name is near. What is certain becomes a
`Merge`, a reversible link; what is not becomes a `Doubt`, for a person to look at. `Same` is what the merges that hold
come to: facts keep the ids that they were told with, and whoever reads or reconciles them asks it who is meant.
"""

from app.domain.identity.address import addressed
from app.domain.identity.deciding import (
    Evidence,
    Pair,
    Ruling,
    between,
    decide,
    merge_order,
    oldest_first,
    sessions_apart,
)
from app.domain.identity.judging import Judgement, Reason, Verdict, compatible, judge, may_mean_the_same, short_form
from app.domain.identity.merging import By, Doubt, Merge, Same, checked_merge, united
from app.domain.identity.names import VAGUE, Anatomy, Named, anatomy, words_of
from app.domain.identity.vocabulary import LEGAL_FORMS

__all__ = [
    "LEGAL_FORMS",
    "VAGUE",
    "Anatomy",
    "By",
    "Doubt",
    "Evidence",
    "Judgement",
    "Merge",
    "Named",
    "Pair",
    "Reason",
    "Ruling",
    "Same",
    "Verdict",
    "addressed",
    "anatomy",
    "between",
    "checked_merge",
    "compatible",
    "decide",
    "judge",
    "may_mean_the_same",
    "merge_order",
    "oldest_first",
    "sessions_apart",
    "short_form",
    "united",
    "words_of",
]
