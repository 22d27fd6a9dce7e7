"""Sessions: the conversations and tasks of a user."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.http.auth import Reading
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.base import PageQuery
from app.http.schemas.episodes import EpisodeOut, EpisodePage, SessionEpisodesQuery, SessionOut, SessionPage
from app.http.schemas.names import PathName
from app.http.schemas.problem import problem_responses

router = APIRouter(tags=["sessions"])

SESSIONS = Listing[str]("sessions", str)
EPISODES = Listing[int]("episodes", int)


@router.get("/v1/users/{user_id}/sessions", responses=problem_responses(401, 403, 422, 503))
async def list_sessions(scope: Reading, query: Annotated[PageQuery, Query()], product: Product) -> SessionPage:
    """A user's sessions."""
    (after,) = SESSIONS.position(query.cursor) if query.cursor else (None,)
    sessions = await product.insights.sessions(scope, after, query.limit + 1)
    items, following = page_of(sessions, query.limit, lambda session: SESSIONS.cursor(session.id))
    return SessionPage(items=[SessionOut.of(session) for session in items], next_cursor=following)


@router.get("/v1/users/{user_id}/sessions/{session_id}/episodes", responses=problem_responses(401, 403, 422, 503))
async def list_session_episodes(
    scope: Reading, session_id: PathName, query: Annotated[SessionEpisodesQuery, Query()], product: Product
) -> EpisodePage:
    """What was said in a session, in the order of arrival."""
    (after,) = EPISODES.position(query.cursor) if query.cursor else (0,)
    after = max(after, query.from_seq - 1)
    episodes = await product.insights.session_episodes(scope, session_id, after, query.limit + 1)
    items, following = page_of(episodes, query.limit, lambda episode: EPISODES.cursor(episode.seq))
    return EpisodePage(items=[EpisodeOut.of(episode) for episode in items], next_cursor=following)
