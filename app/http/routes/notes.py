"""Notes: free-standing units of memory, their versions and their links."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.http.auth import Reading, Writing
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.base import PageQuery
from app.http.schemas.names import PathName
from app.http.schemas.notes import (
    LinkIn,
    NoteIn,
    NoteLinkOut,
    NoteLinks,
    NoteOut,
    NotePage,
    NotePatchIn,
    NoteTimelineOut,
    NoteVersionOut,
    NoteVersions,
    UnlinkQuery,
)
from app.http.schemas.problem import problem_responses

router = APIRouter(tags=["notes"])

NOTES = Listing[str]("notes", str)
READ = problem_responses(401, 403, 404, 422, 503)
WRITTEN = problem_responses(400, 401, 403, 404, 409, 413, 422, 503)


@router.get("/v1/users/{user_id}/notes", responses=problem_responses(401, 403, 422, 503))
async def list_notes(scope: Reading, query: Annotated[PageQuery, Query()], product: Product) -> NotePage:
    """The notes of a user's memory."""
    (after,) = NOTES.position(query.cursor) if query.cursor else (None,)
    views = await product.notes.page(scope, after, query.limit + 1)
    items, following = page_of(views, query.limit, lambda view: NOTES.cursor(view.note.id))
    return NotePage(items=[NoteOut.of(view) for view in items], next_cursor=following)


@router.post("/v1/users/{user_id}/notes", status_code=201, responses=WRITTEN)
async def write_note(scope: Writing, body: NoteIn, product: Product) -> NoteOut:
    """Write a note. It is linked with those that it is like, and found by search at once."""
    return NoteOut.of(await product.notes.create(scope, body.given()))


@router.get("/v1/users/{user_id}/notes/{note_id}", responses=READ)
async def read_note(scope: Reading, note_id: PathName, product: Product) -> NoteOut:
    """One note."""
    return NoteOut.of(await product.notes.note(scope, note_id))


@router.patch("/v1/users/{user_id}/notes/{note_id}", responses=WRITTEN)
async def revise_note(scope: Writing, note_id: PathName, body: NotePatchIn, product: Product) -> NoteOut:
    """Change a note. What it said before stays as a version, and the change can be undone."""
    return NoteOut.of(await product.notes.revise(scope, note_id, body.patch()))


@router.delete(
    "/v1/users/{user_id}/notes/{note_id}", status_code=204, responses=problem_responses(401, 403, 404, 409, 422, 503)
)
async def delete_note(scope: Writing, note_id: PathName, product: Product) -> None:
    """Forget a note with its versions and links, and what rests on it alone."""
    await product.notes.delete(scope, note_id)


@router.get("/v1/users/{user_id}/notes/{note_id}/links", responses=READ)
async def list_note_links(scope: Reading, note_id: PathName, product: Product) -> NoteLinks:
    """How it hangs together with other notes, older and newer ones."""
    links = await product.notes.links(scope, note_id)
    return NoteLinks(items=[NoteLinkOut.of(link, note_id) for link in links])


@router.post("/v1/users/{user_id}/notes/{note_id}/links", status_code=201, responses=WRITTEN)
async def link_note(scope: Writing, note_id: PathName, body: LinkIn, product: Product) -> NoteLinkOut:
    """Link it with another note. One that is there already stays as it is."""
    return NoteLinkOut.of(await product.notes.link(scope, note_id, body.to, body.relation), note_id)


@router.delete(
    "/v1/users/{user_id}/notes/{note_id}/links/{other_id}",
    status_code=204,
    responses=problem_responses(401, 403, 404, 409, 422, 503),
)
async def unlink_note(
    scope: Writing,
    note_id: PathName,
    other_id: PathName,
    query: Annotated[UnlinkQuery, Query()],
    product: Product,
) -> None:
    """Take a link back, seen from either end."""
    await product.notes.unlink(scope, note_id, other_id, query.relation)


@router.get("/v1/users/{user_id}/notes/{note_id}/versions", responses=READ)
async def list_note_versions(scope: Reading, note_id: PathName, product: Product) -> NoteVersions:
    """All that it ever said, and what changed it."""
    versions = await product.notes.versions(scope, note_id)
    return NoteVersions(items=[NoteVersionOut.of_version(note) for note in versions])


@router.post("/v1/users/{user_id}/notes/{note_id}/undo", responses=problem_responses(401, 403, 404, 409, 422, 503))
async def undo_note(scope: Writing, note_id: PathName, product: Product) -> NoteOut:
    """Back to the version before, which is another version; a second time, forth again."""
    return NoteOut.of(await product.notes.undo(scope, note_id))


@router.get("/v1/users/{user_id}/notes/{note_id}/timeline", responses=READ)
async def note_timeline(scope: Reading, note_id: PathName, product: Product) -> NoteTimelineOut:
    """How linked notes led to this one, from the earliest, in order of time. What holds no longer is in it, marked."""
    return NoteTimelineOut.of(await product.note_timelines.timeline(scope, note_id))
