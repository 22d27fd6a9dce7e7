"""Search: ask the arms, gather candidates with their neighbours in the conversation, rank, collapse, fill in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from app.domain.errors import Invalid, Unavailable, UnknownRecipe
from app.domain.queries import search_text
from app.domain.ranking import (
    Candidate,
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
from app.memory.retrieval.filling import Filling, Moment
from app.memory.retrieval.recipes import RECIPES, Arm, Recipe
from app.memory.retrieval.sinking import Sinking
from app.memory.retrieval.timing import Timing, within
from app.memory.views import Kind, SearchReply, SearchRequest, TimeRange
from app.ports.graph.episodes import EpisodeStore, Turn
from app.ports.metrics import Meter
from app.ports.models import Embedder, KeywordEncoder, Sparse, Vectors
from app.ports.vectors import Arms, Ask, Scores, VectorFilter, VectorKind, VectorStore

MAX_LIMIT = 200
MAX_SPEAKERS = 200


@dataclass(frozen=True, slots=True)
class _Query:
    """A query in both arms' terms. `dense` is None when the embedder is away, `time` when it names none."""

    dense: Vectors | None
    keyword: Sparse
    named: frozenset[str]
    time: TimeRange | None


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
        query = await self._understood(scope, request, recipe, degraded)
        known_at = request.known_at or self._clock()
        moment = Moment(valid_at=request.as_of or known_at, known_at=known_at)
        pools = await self._pools(scope, request, query, recipe, moment)
        with self._meter.timed("rank"):
            ranked = rank([candidate for pool in pools for candidate in pool], recipe.weights, query.named)
        if recipe.sinks:
            overtaken = request.as_of is None
            ranked = await self._sinking.sunk(scope, ranked, request.limit, moment, overtaken=overtaken)
        chosen = ranked[: request.limit] if repeats else collapse(ranked, request.limit)
        results = await self._filling.fill(scope, chosen, moment)
        return SearchReply(tuple(results), confidence(ranked), query.time, tuple(degraded))

    async def _understood(self, scope: Scope, request: SearchRequest, recipe: Recipe, degraded: list[str]) -> _Query:
        people, time = await asyncio.gather(
            self._episodes.participants(scope, None, MAX_SPEAKERS), self._time(scope, request, recipe)
        )
        text = search_text(request.query, people)
        dense: Vectors | None = None
        if Arm.DENSE in recipe.arms:
            try:
                with self._meter.timed("embed", of="query"):
                    dense = await self._embedder.embed_query(text.dense)
            except Unavailable as error:
                degraded.append(f"searched by keywords only: {error}")
        return _Query(dense, self._keywords.encode_query(text.keyword), text.named, time)

    async def _time(self, scope: Scope, request: SearchRequest, recipe: Recipe) -> TimeRange | None:
        if Arm.TIME not in recipe.arms:
            return None
        return await self._timing.read(scope, request.query, request.reference_time or self._clock())

    async def _pools(
        self, scope: Scope, request: SearchRequest, query: _Query, recipe: Recipe, moment: Moment
    ) -> list[list[Candidate]]:
        """By kind. All that the arms are asked for they are asked at once: each time that they are turned to costs
        as much as a search."""
        asks: list[Ask] = []
        for kind in _kinds(request, recipe):
            where = _where(request, kind, moment)
            if kind is VectorKind.EPISODE and query.time is not None:
                asks += [Ask(kind, recipe.pool, narrow) for narrow in within(where, query.time)]
            asks.append(Ask(kind, recipe.pool, where))
        with self._meter.timed("arms"):
            found = await self._vectors.arms(scope, asks, query.dense, query.keyword)
        by_kind: dict[VectorKind, list[tuple[Ask, Arms]]] = {}
        for ask, arms in zip(asks, found, strict=True):
            by_kind.setdefault(ask.kind, []).append((ask, arms))
        return await asyncio.gather(*(self._pool(scope, query, recipe, *each) for each in by_kind.values()))

    async def _pool(self, scope: Scope, query: _Query, recipe: Recipe, *found: tuple[Ask, Arms]) -> list[Candidate]:
        """The candidates of one kind; the last of what was found is the whole of it, those before are narrowed to the
        times that the query names. Episodes of then say so by a signal; where it asks about that time itself, they are
        all there is, if there are any."""
        *narrowed, whole = found
        pools = await asyncio.gather(*(self._candidates(scope, query, recipe, *each) for each in narrowed))
        then = {candidate.id: candidate for pool in pools for candidate in pool}
        marked = [replace(candidate, signals={"time": 1.0}) for candidate in then.values()]
        if marked and query.time is not None and query.time.strict:
            return marked
        return marked + [c for c in await self._candidates(scope, query, recipe, *whole) if c.id not in then]

    async def _candidates(self, scope: Scope, query: _Query, recipe: Recipe, ask: Ask, arms: Arms) -> list[Candidate]:
        """What either arm finds, with the other arm's score of it; of episodes also what was said right before and
        after the best of them."""
        found = gather(arms.nearest, arms.keyword, ask.kind.value)
        turns: dict[str, Turn] = {}
        if ask.kind is VectorKind.EPISODE and recipe.expand:
            places = neighbours(best(found, recipe.weights, query.named, recipe.expand), recipe.reach)
            turns = {turn.id: turn for turn in await self._episodes.at_positions(scope, places)}
        # an episode's first vector has its own id; a fact's are known from the hits
        vectors = {hit.ref: hit.id for hits in (arms.nearest, arms.keyword) for hit in hits}
        wanted = {vectors.get(id, id): id for id in (*unscored(found), *turns)}
        scores = await self._vectors.scores(scope, ask.kind, list(wanted), query.dense, query.keyword, ask.where)
        name = ask.kind.value
        more = [
            _candidate(id, vector, name, turns.get(id), scores)
            for vector, id in wanted.items()
            if vector in scores.dense or vector in scores.keyword  # the others do not match the filter
        ]
        return united(found, more)


def _recipe(request: SearchRequest) -> Recipe:
    recipe = RECIPES.get(request.recipe)
    if recipe is None:
        raise UnknownRecipe(f"no recipe {request.recipe!r}; there are {', '.join(sorted(RECIPES))}")
    if not request.query.strip():
        raise Invalid("the query is empty")
    if not 1 <= request.limit <= MAX_LIMIT:
        raise Invalid(f"limit must be between 1 and {MAX_LIMIT}")
    return recipe


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


def _candidate(id: str, vector: str, kind: str, turn: Turn | None, scores: Scores) -> Candidate:
    return Candidate(
        id,
        kind,
        scores.dense.get(vector),
        scores.keyword.get(vector),
        None if turn is None else turn.session_id,
        None if turn is None else turn.position,
        None if turn is None else turn.speaker,
        (id,),
    )
