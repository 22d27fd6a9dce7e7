"""Entities: who and what the memory is about."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.http.auth import Reading
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.knowledge import EntitiesQuery, EntityOut, EntityPage
from app.http.schemas.names import PathName
from app.http.schemas.problem import problem_responses

router = APIRouter(tags=["entities"])

ENTITIES = Listing[str]("entities", str)


@router.get("/v1/users/{user_id}/entities", responses=problem_responses(401, 403, 422, 503))
async def list_entities(scope: Reading, query: Annotated[EntitiesQuery, Query()], product: Product) -> EntityPage:
    """The entities of a user's memory."""
    (after,) = ENTITIES.position(query.cursor) if query.cursor else (None,)
    cards = await product.insights.entities(scope, query.q, after, query.limit + 1)
    items, following = page_of(cards, query.limit, lambda card: ENTITIES.cursor(card.entity.id))
    return EntityPage(items=[EntityOut.of(card) for card in items], next_cursor=following)


@router.get("/v1/users/{user_id}/entities/{entity_id}", responses=problem_responses(401, 403, 404, 422, 503))
async def read_entity(scope: Reading, entity_id: PathName, product: Product) -> EntityOut:
    """One entity."""
    return EntityOut.of(await product.insights.entity(scope, entity_id))
