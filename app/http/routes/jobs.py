"""Jobs: what the background work is at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.domain.errors import NotFound
from app.domain.jobs import Job
from app.domain.scope import Scope
from app.http.auth import Reader, Reading, Writer
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.jobs import JobOut, JobPage, JobsQuery
from app.http.schemas.names import PathName
from app.http.schemas.problem import problem_responses
from app.memory.access import Principal
from app.memory.insights import Insights

router = APIRouter(tags=["jobs"])

JOBS = Listing[str]("jobs", str)


@router.get("/v1/users/{user_id}/jobs", responses=problem_responses(401, 403, 422, 503))
async def list_jobs(scope: Reading, query: Annotated[JobsQuery, Query()], product: Product) -> JobPage:
    """A user's jobs."""
    (after,) = JOBS.position(query.cursor) if query.cursor else (None,)
    jobs = await product.insights.jobs(scope, query.state, after, query.limit + 1)
    items, following = page_of(jobs, query.limit, lambda job: JOBS.cursor(job.id))
    return JobPage(items=[JobOut.of(job) for job in items], next_cursor=following)


@router.get("/v1/jobs/{job_id}", responses=problem_responses(401, 403, 404, 422, 503))
async def read_job(caller: Reader, job_id: PathName, product: Product) -> JobOut:
    """One job."""
    return JobOut.of(await _visible(product.insights, caller, job_id))


@router.post("/v1/jobs/{job_id}/replay", status_code=202, responses=problem_responses(401, 403, 404, 409, 422, 503))
async def replay_job(caller: Writer, job_id: PathName, product: Product) -> JobOut:
    """Try a failed job again."""
    job = await _visible(product.insights, caller, job_id)
    return JobOut.of(await product.lanes.replay(Scope(caller.tenant, job.user_id), job.id))


async def _visible(insights: Insights, caller: Principal, job_id: str) -> Job:
    """A job of another user is, to a key that is narrowed to some, no job at all."""
    job = await insights.job(caller.tenant, job_id)
    if caller.users is not None and job.user_id not in caller.users:
        raise NotFound(f"no job {job_id}")
    return job
