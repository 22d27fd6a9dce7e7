"""Users: whose memories there are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.domain.scope import Scope
from app.http.auth import Reader, Reading
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.base import PageQuery
from app.http.schemas.episodes import UserOut, UserPage
from app.http.schemas.problem import problem_responses
from app.memory.insights import Insights
from app.ports.graph.episodes import UserSummary

router = APIRouter(tags=["users"])

USERS = Listing[str]("users", str)


@router.get("/v1/users", responses=problem_responses(401, 403, 422, 503))
async def list_users(caller: Reader, query: Annotated[PageQuery, Query()], product: Product) -> UserPage:
    """The users of the tenant; with a key that is narrowed to some, those."""
    (after,) = USERS.position(query.cursor) if query.cursor else (None,)
    if caller.users is None:
        users = await product.insights.users(caller.tenant, after, query.limit + 1)
    else:
        visible = [Scope(caller.tenant, user) for user in sorted(caller.users) if after is None or user > after]
        users = await _written_to(product.insights, visible, query.limit + 1)
    items, following = page_of(users, query.limit, lambda user: USERS.cursor(user.user_id))
    return UserPage(items=[UserOut.of(user) for user in items], next_cursor=following)


async def _written_to(insights: Insights, scopes: list[Scope], limit: int) -> list[UserSummary]:
    found: list[UserSummary] = []
    for scope in scopes:
        if len(found) == limit:
            break
        if (user := await insights.user(scope)).last_activity is not None:
            found.append(user)
    return found


@router.get("/v1/users/{user_id}", responses=problem_responses(401, 403, 422, 503))
async def read_user(scope: Reading, product: Product) -> UserOut:
    """How much there is of a user, and how much of it is still to be worked through."""
    return UserOut.of(await product.insights.user(scope))
