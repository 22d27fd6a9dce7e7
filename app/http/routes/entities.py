"""Entities: who and what the memory is about."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.http.auth import Reading, Writing
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.base import PageQuery
from app.http.schemas.identity import CandidateOut, CandidatePage, MergeIn, MergeOut, Merges
from app.http.schemas.knowledge import EntitiesQuery, EntityOut, EntityPage, MomentQuery
from app.http.schemas.names import PathName
from app.http.schemas.problem import problem_responses

router = APIRouter(tags=["entities"])

ENTITIES = Listing[str]("entities", str)
CANDIDATES = Listing[str, str]("candidates", str, str)


@router.get("/v1/users/{user_id}/entities", responses=problem_responses(401, 403, 422, 503))
async def list_entities(scope: Reading, query: Annotated[EntitiesQuery, Query()], product: Product) -> EntityPage:
    """The entities of a user's memory, without those that are merged into others."""
    (after,) = ENTITIES.position(query.cursor) if query.cursor else (None,)
    cards = await product.insights.entities(
        scope, query.q, after, query.limit + 1, as_of=query.as_of, known_at=query.known_at
    )
    items, following = page_of(cards, query.limit, lambda card: ENTITIES.cursor(card.entity.id))
    return EntityPage(items=[EntityOut.of(card) for card in items], next_cursor=following)


@router.get("/v1/users/{user_id}/entities/candidates", responses=problem_responses(401, 403, 422, 503))
async def list_candidates(scope: Reading, query: Annotated[PageQuery, Query()], product: Product) -> CandidatePage:
    """Pairs of entities that may be one, for you to look at. They are not merged unless you do it."""
    after = CANDIDATES.position(query.cursor) if query.cursor else None
    found = await product.merging.candidates(scope, after, query.limit + 1)
    items, following = page_of(
        found, query.limit, lambda pair: CANDIDATES.cursor(pair.doubt.entity_id, pair.doubt.other_id)
    )
    return CandidatePage(items=[CandidateOut.of(pair) for pair in items], next_cursor=following)


@router.get("/v1/users/{user_id}/entities/{entity_id}", responses=problem_responses(401, 403, 404, 422, 503))
async def read_entity(
    scope: Reading, entity_id: PathName, query: Annotated[MomentQuery, Query()], product: Product
) -> EntityOut:
    """One entity."""
    card = await product.insights.entity(scope, entity_id, as_of=query.as_of, known_at=query.known_at)
    return EntityOut.of(card)


@router.get("/v1/users/{user_id}/entities/{entity_id}/merges", responses=problem_responses(401, 403, 404, 422, 503))
async def list_merges(scope: Reading, entity_id: PathName, product: Product) -> Merges:
    """What made this entity one with others, who said so and why; merges that were undone, too."""
    return Merges(items=[MergeOut.of(merge) for merge in await product.merging.merges(scope, entity_id)])


@router.post(
    "/v1/users/{user_id}/entities/{entity_id}/merge",
    responses=problem_responses(400, 401, 403, 404, 409, 413, 422, 503),
)
async def merge_entity(scope: Writing, entity_id: PathName, body: MergeIn, product: Product) -> EntityOut:
    """Say that this entity is the same as another, which stands for both from now on. It can be undone."""
    return EntityOut.of(await product.merging.merge(scope, entity_id, body.into))


@router.post(
    "/v1/users/{user_id}/entities/{entity_id}/unmerge", responses=problem_responses(401, 403, 404, 409, 422, 503)
)
async def unmerge_entity(scope: Writing, entity_id: PathName, product: Product) -> EntityOut:
    """Undo the merge of this entity, whoever made it. What was believed of the two comes back as it was."""
    return EntityOut.of(await product.merging.unmerge(scope, entity_id))
