"""The commands and their options; what they do stands in the modules beside this one."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Palimpsest: memory as a service.",
)
bench = typer.Typer(no_args_is_help=True, help="Measure quality and speed.")
app.add_typer(bench, name="bench")

out = Console()
err = Console(stderr=True)

Url = Annotated[str | None, typer.Option(envvar="PALIMPSEST_URL", help="A running server; default: the data folder's.")]
User = Annotated[str, typer.Argument(help="Whose memory.")]


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    with_worker: Annotated[bool | None, typer.Option(help="Work inside; default: if QUEUE_URL is memory://.")] = None,
) -> None:
    """Run the service: HTTP, and the worker as well unless it has a queue between processes."""
    from app.cli.serve import run

    run(_settings(host=host, port=port, with_worker=with_worker), err)


@app.command()
def worker(
    host: Annotated[str | None, typer.Option(help="Address for /health and /metrics.")] = None,
    port: Annotated[int | None, typer.Option(help="Port for them; 0 takes a free one.")] = None,
) -> None:
    """Do the background work: any number of these beside any number of servers."""
    from app.cli.worker import run

    run(_settings(host=host, port=port), err)


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="LoCoMo, LongMemEval, or JSON lines; may be gzipped.")],
    user: Annotated[str | None, typer.Option(help="Whose memory JSON lines are; default: the file's name.")] = None,
    limit: Annotated[int | None, typer.Option(help="At most this many conversations.")] = None,
    wait: Annotated[bool, typer.Option(help="Stay until everything is understood.")] = True,
    url: Url = None,
) -> None:
    """Take conversations in. Repeating it, also after an interruption, changes nothing."""
    from app.cli.formats import read
    from app.cli.load import load as load_all

    conversations = read(file, user)[:limit]

    async def go(client: Any) -> None:
        await load_all(client, conversations, out, wait=wait)

    _connected(go, url, works=wait)


@app.command()
def search(
    user: User,
    query: str,
    limit: int = 10,
    recipe: str = "default",
    kind: Annotated[list[str] | None, typer.Option(help="episode, fact, entity, note; may be repeated.")] = None,
    as_of: Annotated[datetime | None, typer.Option(help="What was true then (UTC).")] = None,
    url: Url = None,
) -> None:
    """Find what is relevant to a query."""
    from app.cli.load import asked, user_path
    from app.cli.show import results

    body: dict[str, Any] = {"query": query, "limit": limit, "recipe": recipe}
    if kind:
        body["kinds"] = kind
    if as_of is not None:
        body["as_of"] = as_of.isoformat() + "Z"

    async def go(client: Any) -> None:
        results(out, await asked(client, "POST", f"{user_path(user)}/search", json=body))

    _connected(go, url)


@app.command()
def context(user: User, query: str, budget: int = 2000, url: Url = None) -> None:
    """Print a context block for a prompt, within a token budget."""
    from app.cli.load import asked, user_path

    async def go(client: Any) -> None:
        body = {"query": query, "budget_tokens": budget}
        reply = await asked(client, "POST", f"{user_path(user)}/context", json=body)
        out.print(reply["text"], markup=False, highlight=False)
        err.print(f"{reply['tokens']} tokens, {len(reply['citations'])} citations", style="dim")

    _connected(go, url)


@app.command()
def facts(
    user: User,
    subject: str | None = None,
    predicate: str | None = None,
    state: str = "current",
    limit: int = 50,
    url: Url = None,
) -> None:
    """List what is believed."""
    from app.cli.load import asked, user_path
    from app.cli.show import facts as show

    given = {"subject": subject, "predicate": predicate, "state": state, "limit": limit}

    async def go(client: Any) -> None:
        params = {name: value for name, value in given.items() if value is not None}
        show(out, (await asked(client, "GET", f"{user_path(user)}/facts", params=params))["items"])

    _connected(go, url)


@app.command()
def status(url: Url = None) -> None:
    """Each part of the service, and the users it remembers."""
    import httpx

    from app.cli.load import asked, unreachable
    from app.cli.show import status as show

    async def go(client: Any) -> None:
        try:
            # not by `asked`: a service that is not ready has something to say, too
            reply = await client.get("/health/ready")
        except httpx.TransportError as error:
            raise unreachable(client, error) from error
        users = await asked(client, "GET", "/v1/users", params={"limit": 200})
        show(out, reply.json(), users["items"])

    _connected(go, url)


@app.command()
def migrate(dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False) -> None:
    """Bring the stores to this version's schema. Embedded ones are when the service starts; servers wait for this."""
    from app.compose import migrate as run

    for line in asyncio.run(run(Settings(), dry_run=dry_run)):
        out.print(line)


@app.command()
def reindex(
    finish: Annotated[bool, typer.Option("--finish", help="Drop the vectors that an earlier one replaced.")] = False,
) -> None:
    """Rebuild all vectors from the graph store, for another embedder or a damaged index. A service on servers runs
    on meanwhile."""
    from app.cli import reindex as work

    asyncio.run((work.finish if finish else work.run)(Settings(), out))


@app.command()
def reextract(
    user: Annotated[str | None, typer.Option(help="Only this user's memory; default: everybody's.")] = None,
    tenant: Annotated[str, typer.Option(help="The tenant of --user.")] = "default",
) -> None:
    """Read again what an older extractor read; what it says now replaces what it said then, and the history stays."""
    from app.cli.reextract import run

    asyncio.run(run(Settings(), user, tenant, out))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to; - for the standard output, compressed by a name in .gz.")],
    tenant: Annotated[str | None, typer.Option(help="Only this tenant; default: everything.")] = None,
) -> None:
    """Write what is remembered, all of it as it is, to a file of JSON lines."""
    from app.cli.transfer import export as run

    asyncio.run(run(Settings(), file, tenant, err))


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="From `export`; - for the standard input.")],
    tenant: Annotated[str | None, typer.Option(help="Only this tenant of the file; default: all.")] = None,
) -> None:
    """Take in what was exported, here or elsewhere. Repeating it, also after an interruption, changes nothing."""
    from app.cli.transfer import take_in as run

    asyncio.run(run(Settings(), file, tenant, err))


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from app.http.app import openapi_document

    typer.echo(json.dumps(openapi_document(), indent=2, ensure_ascii=False))


@bench.command()
def locomo(
    file: Path,
    recipe: str = "default",
    k: int = 10,
    floor: Annotated[float | None, typer.Option(help="Exit 1 when recall@k, in percent, is below this.")] = None,
    url: Url = None,
) -> None:
    """Turn-level recall of search on LoCoMo, by category, with latency and the single arms beside it."""
    from app.cli.bench import run

    reached = asyncio.run(run(Settings(), file, out, recipe=recipe, k=k, url=url))
    if floor is not None and reached < floor:
        err.print(f"recall@{k} {reached:.1f} % is below {floor:g} %", style="red")
        raise typer.Exit(1)


@bench.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def scale(context: typer.Context) -> None:
    """How the service bears growth, of one memory and of the number of tenants (from a checkout; see --help)."""
    from importlib import import_module

    try:
        measure = import_module("bench.scale")
    except ModuleNotFoundError as error:
        if error.name not in ("bench", "bench.scale"):
            raise
        err.print("bench scale is not in the installed package; run it in a checkout", style="red")
        raise typer.Exit(1) from error
    measure.main(context.args, "palimpsest bench scale")


def _settings(**given: object) -> Settings:
    """As in the environment, but for what is given."""
    settings = Settings().model_dump(exclude_unset=True)
    return Settings.model_validate({**settings, **{name: value for name, value in given.items() if value is not None}})


def _connected(go: Any, url: str | None, *, works: bool = False) -> None:
    from app.cli.connect import connected

    async def run() -> None:
        async with connected(Settings(), url, works=works) as client:
            await go(client)

    asyncio.run(run())
