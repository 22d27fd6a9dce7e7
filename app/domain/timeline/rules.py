"""Why a belief ends: the stable names that a Retirement carries, and the statement behind it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    SUPERSEDED = "superseded"
    """Another value of a single-valued predicate begins there, or had the same start and was told later."""
    ENDED = "ended"
    """Someone said that it stopped."""
    STATED = "stated"
    """It was said from the first to hold only until then. Why a run ends, never why a version is retired."""
    CORRECTED = "corrected"
    """Someone said that it never was so, or named another value in its stead."""
    REFINED = "refined"
    """News moved its start or end, or told it better; the fact itself stays believed as another version."""
    MERGED = "merged"
    """What lay between it and another interval of the same value is gone; that other fact now covers both."""
    EVIDENCE_DELETED = "evidence_deleted"
    """The episode that said so, or that said what held it back, was deleted."""
    RETRACTED = "retracted"
    """The caller took it back."""
    RESTORED = "restored"
    """The caller undid a retirement, and this version said otherwise."""
    UNMERGED = "unmerged"
    """The caller undid the merge of two entities: part of what this version rests upon was said of the other."""
    REEXTRACTED = "reextracted"
    """A newer extractor read the same episode otherwise."""


@dataclass(frozen=True, slots=True)
class Cause:
    rule: Rule
    statement_id: str
