"""Ranking without a model beyond the embedder: dense and keyword evidence on fixed scales, lent to neighbours.

The dense cosine is taken as it is and the keyword score as a share of the best one, so that a score does not hang on
how many candidates came along (the convex combination of Bruch et al. 2023, An Analysis of Fusion Functions for
Hybrid Retrieval). Where even the best keyword score is low, only common words were found, and all shares shrink.
A turn of a conversation is then supported by what was said just before and after it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol

NOTHING: Mapping[str, float] = MappingProxyType({})


class Match(Protocol):
    """One hit of one arm, of one vector of the thing `ref`. `score`: the cosine in [-1, 1], or the BM25 sum, 0 or
    more."""

    @property
    def ref(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def session_id(self) -> str | None: ...
    @property
    def position(self) -> int | None: ...
    @property
    def speaker(self) -> str | None: ...
    @property
    def sources(self) -> tuple[str, ...]: ...


class Candidate(NamedTuple):
    """One thing that may be returned. `dense`, `keyword`: as in Match, None where that arm did not say.
    `signals`: further evidence by name, each in [0, 1]. `sources`: the episodes it rests on; an episode's own id."""

    # a tuple, as the results below: a search makes hundreds, and a frozen dataclass takes four times as long to make
    id: str
    kind: str = "episode"
    dense: float | None = None
    keyword: float | None = None
    session_id: str | None = None
    position: int | None = None
    speaker: str | None = None
    sources: tuple[str, ...] = ()
    signals: Mapping[str, float] = NOTHING


@dataclass(frozen=True, slots=True)
class Weights:
    """`dense` in [0, 1], the keyword share has the rest. `faint`: the BM25 sum that, were it the best, would count as
    half a share. `before`, `after`: what the turns 1, 2, … places before or after lend, of that part of their own
    evidence that exceeds `floor`. `speaker`: for a turn of someone the query names. `signals`: of a candidate's
    further signals; one without a weight counts nothing."""

    dense: float = 0.65
    faint: float = 4.0
    before: tuple[float, ...] = ()
    after: tuple[float, ...] = ()
    floor: float = 0.3
    speaker: float = 0.1
    signals: Mapping[str, float] = field(default_factory=dict)


class Scored(NamedTuple):
    """`score` in [0, 1]; `signals` say what it is made of, each in [0, 1]."""

    id: str
    kind: str
    score: float
    signals: Mapping[str, float]
    sources: tuple[str, ...]


OVERTAKEN = 0.25
"""What is left of the score of words whose facts were overtaken."""
STALE = 0.5
"""What is left of the score of a note when something that it rested on is gone."""

# The logistic curve that turns the evidence of the best result into the probability that what was asked for is among
# the first ten, where half of the questions have no answer here. Fitted by bench/confidence.py on six sets of
# questions, each weighing the same.
_EVEN = 0.573
_STEEPNESS = 12.4


def gather(dense: Iterable[Match], keyword: Iterable[Match], kind: str = "episode") -> list[Candidate]:
    """The hits of the two arms as one list of candidates, in the order in which they were first seen. A thing that
    is hit twice counts with its better score."""
    seen: dict[str, Match] = {}
    cosines: dict[str, float] = {}
    sums: dict[str, float] = {}
    for hits, best in ((dense, cosines), (keyword, sums)):
        for hit in hits:
            seen.setdefault(hit.ref, hit)
            best[hit.ref] = max(hit.score, best.get(hit.ref, hit.score))
    return [
        Candidate(
            id, kind, cosines.get(id), sums.get(id), hit.session_id, hit.position, hit.speaker, tuple(hit.sources)
        )
        for id, hit in seen.items()
    ]


def unscored(candidates: Iterable[Candidate]) -> list[str]:
    """The ids of those that one arm found and the other did not, to be asked for by id: a turn that is short of one
    score unjustly falls behind, the more so the larger the memory."""
    return [candidate.id for candidate in candidates if candidate.dense is None or candidate.keyword is None]


def united(first: Iterable[Candidate], more: Iterable[Candidate]) -> list[Candidate]:
    """Two rounds of candidates as one, in the order in which they were first seen, each with its better scores."""
    found: dict[str, Candidate] = {}
    for candidate in (*first, *more):
        known = found.setdefault(candidate.id, candidate)
        if known is not candidate:
            found[candidate.id] = _better(known, candidate)
    return list(found.values())


def rank(candidates: Sequence[Candidate], weights: Weights, named: frozenset[str] = frozenset()) -> list[Scored]:
    """Best first, ties by id, whatever the order of the candidates, whose ids are distinct.

    Each candidate is to have the score of either arm, also where only the other one found it; one that is missing
    counts as 0. `named`: the speakers whom the query names. A score is comparable within one reply only.
    """
    scale = _scale(candidates, weights)
    scored = []
    for candidate, (score, neighbour) in zip(candidates, _weighed(candidates, weights, named, scale), strict=True):
        signals = {
            "dense": max(0.0, candidate.dense or 0.0),
            "keyword": (candidate.keyword or 0.0) * scale,
            "neighbour": min(1.0, neighbour),
            "speaker": 1.0 if candidate.speaker in named else 0.0,
        }
        if candidate.signals:
            signals |= candidate.signals
        scored.append(Scored(candidate.id, candidate.kind, score, signals, candidate.sources))
    return sorted(scored, key=lambda result: (-result.score, result.id))


def best(candidates: Sequence[Candidate], weights: Weights, named: frozenset[str], limit: int) -> list[Candidate]:
    """The first `limit` in the order of `rank`."""
    scores = [score for score, _ in _weighed(candidates, weights, named, _scale(candidates, weights))]
    order = heapq.nsmallest(limit, range(len(candidates)), key=lambda i: (-scores[i], candidates[i].id))
    return [candidates[i] for i in order]


def confidence(results: Sequence[Scored]) -> float:
    """The probability that something here answers the query, in [0, 1]: that of the best result, whose evidence is
    on a scale that does not depend on the others'."""
    return max([result.score for result in results], default=0.0)


def neighbours(ranked: Sequence[Candidate], reach: int) -> list[tuple[str, int]]:
    """The (session, position) places within `reach` of the candidates that are not among them, nearest to the
    first candidate first."""
    known = {(candidate.session_id, candidate.position) for candidate in ranked}
    wanted: dict[tuple[str, int], None] = {}
    for candidate in ranked:
        if candidate.session_id is None or candidate.position is None:
            continue
        for distance in range(1, reach + 1):
            for position in (candidate.position - distance, candidate.position + distance):
                place = (candidate.session_id, position)
                if position >= 0 and place not in known:
                    wanted[place] = None
    return list(wanted)


def sink(results: Sequence[Scored], overtaken: Collection[str], stale: Collection[str] = ()) -> list[Scored]:
    """The results with those that were overtaken or are stale scored down, so that whatever answers as well and still
    holds stands above them, and marked by the signals `superseded` and `stale`."""
    sunk = [_sunk(result, result.id in overtaken, result.id in stale) for result in results]
    return sorted(sunk, key=lambda result: (-result.score, result.id))


def collapse(results: Sequence[Scored], limit: int | None = None) -> list[Scored]:
    """Leave out what repeats: a result all of whose sources stand behind a better result of another kind. Two facts
    from one message say different things, so within a kind nothing is left out. Keeps the order, which is to be
    best first. `limit`: of what is left."""
    kept: list[Scored] = []
    behind: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for result in results:
        if limit is not None and len(kept) >= limit:
            break
        sources = frozenset(result.sources)
        better = behind.get(result.sources[0], []) if result.sources else []
        if any(kind != result.kind and sources <= covered for kind, covered in better):
            continue
        kept.append(result)
        for source in sources:
            behind.setdefault(source, []).append((result.kind, sources))
    return kept


def _sunk(result: Scored, overtaken: bool, stale: bool) -> Scored:
    for name, true, left in (("superseded", overtaken, OVERTAKEN), ("stale", stale, STALE)):
        if true:
            result = result._replace(score=result.score * left, signals={**result.signals, name: 1.0})
    return result


def _better(one: Candidate, other: Candidate) -> Candidate:
    return Candidate(
        one.id,
        one.kind,
        _larger(one.dense, other.dense),
        _larger(one.keyword, other.keyword),
        one.session_id,
        one.position,
        one.speaker,
        one.sources,
        {**other.signals, **one.signals} if other.signals else one.signals,
    )


def _larger(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def _weighed(
    candidates: Sequence[Candidate], weights: Weights, named: frozenset[str], scale: float
) -> list[tuple[float, float]]:
    """The score of each candidate, and what its neighbours lend it."""
    evidence = [_evidence(candidate, weights.dense, scale) for candidate in candidates]
    return [
        (
            _probability(
                own + neighbour + weights.speaker * (candidate.speaker in named) + _further(candidate, weights)
            ),
            neighbour,
        )
        for candidate, own, neighbour in zip(candidates, evidence, _support(candidates, evidence, weights), strict=True)
    ]


def _evidence(candidate: Candidate, dense: float, scale: float) -> float:
    return dense * max(0.0, candidate.dense or 0.0) + (1 - dense) * scale * (candidate.keyword or 0.0)


def _scale(candidates: Sequence[Candidate], weights: Weights) -> float:
    """What a keyword score is multiplied by to become a share."""
    best = max([candidate.keyword or 0.0 for candidate in candidates], default=0.0)
    return 1.0 / (best + weights.faint) if best > 0 else 0.0


def _further(candidate: Candidate, weights: Weights) -> float:
    if not candidate.signals:
        return 0.0
    return sum(weights.signals.get(name, 0.0) * value for name, value in candidate.signals.items())


def _support(candidates: Sequence[Candidate], evidence: Sequence[float], weights: Weights) -> list[float]:
    """What the turns before and after each candidate lend it."""
    lent: dict[str, dict[int, float]] = {}
    for candidate, own in zip(candidates, evidence, strict=True):
        if own > weights.floor and candidate.session_id is not None and candidate.position is not None:
            lent.setdefault(candidate.session_id, {})[candidate.position] = own - weights.floor
    reach = [
        *((-distance, weight) for distance, weight in enumerate(weights.before, start=1)),
        *((distance, weight) for distance, weight in enumerate(weights.after, start=1)),
    ]
    found = []
    for candidate in candidates:
        lenders = lent.get(candidate.session_id) if candidate.session_id is not None else None
        at, support = candidate.position, 0.0
        if lenders is not None and at is not None:
            for offset, weight in reach:
                support += weight * lenders.get(at + offset, 0.0)
        found.append(support)
    return found


def _probability(total: float) -> float:
    return 1.0 / (1.0 + math.exp(-_STEEPNESS * (total - _EVEN)))
