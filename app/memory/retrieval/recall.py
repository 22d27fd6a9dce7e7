"""Search: ask the arms, gather candidates with their neighbours in the conversation, rank, collapse, fill in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.errors import Invalid, Unavailable, UnknownRecipe
from app.domain.queries import search_text
from app.domain.ranking import (
    Candidate,
    Scored,
    best,
    collapse,
    confidence,
    gather,
    neighbours,
    rank,
    united,
    unscored,
)
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.retrieval.filling import Filling, Moment, filled
from app.memory.retrieval.recipes import RECIPES, Arm, Recipe
from app.memory.retrieval.sinking import Sinking
from app.memory.retrieval.timing import Timing, within
from app.memory.views import Kind, SearchReply, SearchRequest, TimeRange
from app.ports.graph.episodes import EpisodeStore, Turn
from app.ports.metrics import Meter
from app.ports.models import Embedder, KeywordEncoder, Sparse, Vectors
from app.ports.vectors import Arms, Ask, Pick, Scores, VectorFilter, VectorKind, VectorStore

MAX_LIMIT = 200
MAX_SPEAKERS = 200


@dataclass(frozen=True, slots=True)
class _Query:
    """`text`: what is embedded. `time` is None when it names none."""

    text: str
    keyword: Sparse
    named: frozenset[str]
    time: TimeRange | None


@dataclass(frozen=True, slots=True)
class _Draft:
    """The candidates of one ask while scores are missing. `turns`: the neighbours of the best, by id. `wanted`: the
    vectors to be scored, with the ids of what they stand for."""

    ask: Ask
    found: list[Candidate]
    turns: Mapping[str, Turn]
    wanted: Mapping[str, str]

    def scored(self, scores: Scores) -> list[Candidate]:
        more = []
        for vector, id in self.wanted.items():
            cosine, words = scores.dense.get(vector), scores.keyword.get(vector)
            # the others do not match the filter
            if cosine is not None or words is not None:
                turn = self.turns.get(id)
                more.append(
                    Candidate(id, self.ask.kind.value, cosine, words)
                    if turn is None
                    else Candidate(
                        id, self.ask.kind.value, cosine, words, turn.session_id, turn.position, turn.speaker, (id,)
                    )
                )
        return united(self.found, more)


class Recall:
    def __init__(
        self,
        *,
        embedder: Embedder,
        keywords: KeywordEncoder,
        vectors: VectorStore,
        episodes: EpisodeStore,
        sinking: Sinking,
        filling: Filling,
        timing: Timing,
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._embedder = embedder
        self._keywords = keywords
        self._vectors = vectors
        self._episodes = episodes
        self._sinking = sinking
        self._filling = filling
        self._timing = timing
        self._clock = clock
        self._meter = meter

    async def search(self, scope: Scope, request: SearchRequest, *, repeats: bool = False) -> SearchReply:
        """`repeats`: also return what only says again what a better result of another kind says.
        Raises UnknownRecipe, Invalid, and Unavailable when no arm answers."""
        recipe = _recipe(request)
        if request.limit > recipe.pool:
            recipe = replace(recipe, pool=request.limit)
        degraded: list[str] = []
        query = await self._understood(scope, request, recipe)
        known_at = request.known_at or self._clock()
        moment = Moment(valid_at=request.as_of or known_at, known_at=known_at)
        asks = _asks(request, query, recipe, moment)
        dense = await self._embedded(query, recipe, degraded)
        # all kinds and both arms at once: each time that they are turned to costs as much as a search
        with self._meter.timed("arms"):
            found = await self._vectors.arms(scope, asks, dense, query.keyword)
        candidates = await self._candidates(scope, asks, found, dense, query, recipe)
        with self._meter.timed("rank"):
            ranked = rank(candidates, recipe.weights, query.named)
        # what is chosen seldom changes by what sinks, so it is read meanwhile
        likely = _chosen(ranked, request.limit, repeats)
        ranked, contents = await asyncio.gather(
            self._sunk(scope, request, recipe, ranked, moment), self._filling.read(scope, likely, moment)
        )
        chosen = _chosen(ranked, request.limit, repeats)
        contents = await self._filling.read(scope, chosen, moment, contents)
        return SearchReply(tuple(filled(chosen, contents)), confidence(ranked), query.time, tuple(degraded))

    async def _sunk(
        self, scope: Scope, request: SearchRequest, recipe: Recipe, ranked: list[Scored], moment: Moment
    ) -> list[Scored]:
        if not recipe.sinks:
            return ranked
        return await self._sinking.sunk(scope, ranked, request.limit, moment, overtaken=request.as_of is None)

    async def _understood(self, scope: Scope, request: SearchRequest, recipe: Recipe) -> _Query:
        people, time = await asyncio.gather(
            self._episodes.participants(scope, None, MAX_SPEAKERS), self._time(scope, request, recipe)
        )
        text = search_text(request.query, people)
        return _Query(text.dense, self._keywords.encode_query(text.keyword), text.named, time)

    async def _time(self, scope: Scope, request: SearchRequest, recipe: Recipe) -> TimeRange | None:
        if Arm.TIME not in recipe.arms:
            return None
        return await self._timing.read(scope, request.query, request.reference_time or self._clock())

    async def _embedded(self, query: _Query, recipe: Recipe, degraded: list[str]) -> Vectors | None:
        if Arm.DENSE not in recipe.arms:
            return None
        try:
            with self._meter.timed("embed", of="query"):
                return await self._embedder.embed_query(query.text)
        except Unavailable as error:
            degraded.append(f"searched by keywords only: {error}")
            return None

    async def _candidates(
        self,
        scope: Scope,
        asks: Sequence[Ask],
        found: Sequence[Arms],
        dense: Vectors | None,
        query: _Query,
        recipe: Recipe,
    ) -> list[Candidate]:
        """What either arm found, with the other arm's score of it; of episodes also what was said right before and
        after the best of them. Where the query names a time, the episodes of then say so by a signal; where it asks
        about that time itself, they are all there is, if there are any."""
        drafts = await asyncio.gather(
            *(self._draft(scope, query, recipe, ask, arms) for ask, arms in zip(asks, found, strict=True))
        )
        with self._meter.timed("scores"):
            picks = [Pick(draft.ask.kind, list(draft.wanted), draft.ask.where) for draft in drafts]
            scores = await self._vectors.scores(scope, picks, dense, query.keyword)
        by_kind: dict[VectorKind, list[list[Candidate]]] = {}
        for draft, each in zip(drafts, scores, strict=True):
            by_kind.setdefault(draft.ask.kind, []).append(draft.scored(each))
        strict = query.time is not None and query.time.strict
        return [candidate for pools in by_kind.values() for candidate in _merged(pools, strict)]

    async def _draft(self, scope: Scope, query: _Query, recipe: Recipe, ask: Ask, arms: Arms) -> _Draft:
        found = gather(arms.nearest, arms.keyword, ask.kind.value)
        turns: dict[str, Turn] = {}
        if ask.kind is VectorKind.EPISODE and recipe.expand:
            places = neighbours(best(found, recipe.weights, query.named, recipe.expand), recipe.reach)
            turns = {turn.id: turn for turn in await self._episodes.at_positions(scope, places)}
        # an episode's first vector has its own id; a fact's are known from the hits
        vectors = {hit.ref: hit.id for hits in (arms.nearest, arms.keyword) for hit in hits}
        return _Draft(ask, found, turns, {vectors.get(id, id): id for id in (*unscored(found), *turns)})


def _chosen(ranked: list[Scored], limit: int, repeats: bool) -> list[Scored]:
    return ranked[:limit] if repeats else collapse(ranked, limit)


def _merged(pools: Sequence[list[Candidate]], strict: bool) -> list[Candidate]:
    """Of one kind. The last pool is the whole of it, those before are narrowed to the times that the query names."""
    *narrowed, whole = pools
    then = {candidate.id: candidate for pool in narrowed for candidate in pool}
    marked = [candidate._replace(signals={"time": 1.0}) for candidate in then.values()]
    if marked and strict:
        return marked
    return marked + [candidate for candidate in whole if candidate.id not in then]


def _recipe(request: SearchRequest) -> Recipe:
    recipe = RECIPES.get(request.recipe)
    if recipe is None:
        raise UnknownRecipe(f"no recipe {request.recipe!r}; there are {', '.join(sorted(RECIPES))}")
    if not request.query.strip():
        raise Invalid("the query is empty")
    if not 1 <= request.limit <= MAX_LIMIT:
        raise Invalid(f"limit must be between 1 and {MAX_LIMIT}")
    return recipe


def _asks(request: SearchRequest, query: _Query, recipe: Recipe, moment: Moment) -> list[Ask]:
    """Of each kind the whole, and before it, of episodes, what is narrowed to the times that the query names."""
    asks: list[Ask] = []
    for kind in _kinds(request, recipe):
        where = _where(request, kind, moment)
        if kind is VectorKind.EPISODE and query.time is not None:
            asks += [Ask(kind, recipe.pool, narrow) for narrow in within(where, query.time)]
        asks.append(Ask(kind, recipe.pool, where))
    return asks


def _kinds(request: SearchRequest, recipe: Recipe) -> list[VectorKind]:
    return [
        kind
        for kind in VectorKind
        if (kind.value in recipe.kinds if request.kinds is None else Kind(kind.value) in request.kinds)
        and kind.value not in recipe.never
    ]


def _where(request: SearchRequest, kind: VectorKind, moment: Moment) -> VectorFilter:
    """What was said is asked for by its own time and circumstances, facts by when they hold and were believed, notes
    by the version of then. What was recorded after `known_at` was not known."""
    if kind is VectorKind.EPISODE:
        asked = request.where
        return VectorFilter(
            session_id=request.session_id,
            speaker=str(asked["speaker"]) if "speaker" in asked else None,
            role=str(asked["role"]) if "role" in asked else None,
            occurred_from=request.occurred_from,
            occurred_to=request.occurred_to,
            metadata={key.partition(".")[2]: value for key, value in asked.items() if key.startswith("metadata.")},
            known_at=request.known_at,
        )
    if kind is VectorKind.FACT:
        return VectorFilter(valid_at=moment.valid_at, known_at=moment.known_at)
    return VectorFilter(known_at=moment.known_at if kind is VectorKind.NOTE else request.known_at)
