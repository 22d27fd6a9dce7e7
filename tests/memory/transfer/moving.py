"""Houses whose memories move."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from app.domain.entity import EntityType
from app.domain.errors import Conflict, NotFound
from app.domain.extraction import Extraction
from app.domain.note import Relation
from app.domain.scope import Scope
from app.memory.facts.given import FactInput
from app.memory.notes.book import NoteInput, NotePatch
from app.memory.transfer import Export, Import, Moved, split
from app.ports.accounts import Tenant
from app.ports.graph.knowledge import FactState
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import NOON
from tests.house import ANA, House
from tests.scripted import ScriptedExtractor

PEOPLE = ("Ana", "Anna", "Mel", "Melanie", "Ben")
SAYINGS = [
    f"{who} {predicate} {what}{since}."
    for who in PEOPLE
    for predicate, what in (
        ("lives_in", "Porto"),
        ("lives_in", "Oslo"),
        ("works_at", "Acme"),
        ("works_at", "Globex"),
        ("visited", "Oslo"),
        ("likes", "tea"),
        ("knows", "Mel"),
    )
    for since in ("", " since 2024-05-01", " since 2025-03-02")
]


def export_of(graph: GraphStore) -> Export:
    return Export(
        accounts=graph.accounts,
        guidance=graph.guidance,
        usage=graph.usage,
        episodes=graph.episodes,
        ledger=graph.ledger,
        operations=graph.operations,
        transfer=graph.transfer,
    )


def import_of(house: House) -> Import:
    graph = house.graph
    return Import(
        accounts=graph.accounts,
        guidance=graph.guidance,
        usage=graph.usage,
        episodes=graph.episodes,
        transfer=graph.transfer,
        indexing=house.assembly.indexing,
    )


async def tenants(house: House, *names: str) -> None:
    for name in names:
        await house.graph.accounts.add_tenant(Tenant(name, name.title(), NOON))


async def exported(house: House, tenant: str | None = None) -> list[bytes]:
    """The lines of an export."""
    whole = b"".join([page.lines async for page in export_of(house.graph).pages(tenant)])
    return list(split(io.BytesIO(whole)))


async def imported(house: House, lines: Sequence[bytes], tenant: str | None = None) -> Moved:
    service = import_of(house)
    return await service.carry_out(lines, await service.check(lines, tenant), lambda number: None)


async def shown(house: House, scope: Scope) -> dict[str, Any]:
    """What readers are told of a user, now and in the past."""
    insights = house.services.insights
    every = {"state": FactState.ALL, "limit": 1_000}
    moments = [NOON, house.clock()]
    return {
        "user": await insights.user(scope),
        "facts": await insights.facts(scope, limit=1_000),
        "all": await insights.facts(scope, **every),
        "then": [await insights.facts(scope, as_of=a, known_at=k, limit=1_000) for a in moments for k in moments],
        "entities": [await insights.entities(scope, None, None, 1_000, known_at=at) for at in (None, *moments)],
        "candidates": await house.services.merging.candidates(scope, None, 1_000),
        "jobs": await insights.jobs(scope, None, None, 1_000),
        "episodes": await house.graph.episodes.all(scope, 0, 1_000),
        "notes": await house.services.notes.page(scope, None, 1_000),
        "versions": await house.graph.notes.versions(
            scope, [n.id for n in await house.graph.notes.page(scope, None, 1_000)]
        ),
        "changes": await house.services.chronicle.diff(scope, *moments, None, 1_000),
        "tools": await house.services.tools.state(scope),
        "cores": await house.services.core.versions(scope, None, 1_000),
        "operations": await house.services.operations.page(scope, 0, 1_000),
    }


async def step(house: House, chance: random.Random) -> None:
    """Something that happens to Ana's memory."""
    house.clock.forward(hours=chance.randint(1, 200))
    services, graph = house.services, house.graph
    entities = [card.entity.id for card in await graph.entities.cards(ANA, None, None, 100)]
    everyone = [one.id for one in await graph.entities.entities(ANA, entities)]
    facts = [version.fact_id for version in await house.versions()]
    episodes = [episode.id for episode in await graph.episodes.all(ANA, 0, 100)]
    notes = [note.id for note in await graph.notes.page(ANA, None, 100)]
    what = chance.randrange(15)
    with suppress(NotFound, Conflict):
        if what in (0, 1) or not (facts and episodes and len(everyone) > 1):
            words = chance.choices(SAYINGS, k=chance.randint(1, 4))
            await house.learn(*words, session=f"s{chance.randrange(3)}", occurred_at=house.clock())
        elif what == 2:
            await services.merging.merge(ANA, *chance.sample(everyone, 2))
        elif what == 3:
            merged = await graph.identities.merges(ANA, everyone)
            await services.merging.unmerge(ANA, chance.choice(merged).entity_id if merged else everyone[0])
        elif what == 4:
            await services.facts.retract(ANA, chance.choice(facts))
        elif what == 5:
            await services.facts.restore(ANA, chance.choice(facts))
        elif what == 6:
            await services.forgetting.delete_episode(ANA, chance.choice(episodes))
        elif what == 7:
            given = FactInput(chance.choice(PEOPLE), "works_at", "Initech", EntityType.ORGANIZATION, EntityType.PERSON)
            await services.facts.state(ANA, [given])
        elif what == 8:
            derived_from = tuple(chance.sample(notes, min(len(notes), chance.randint(0, 2))))
            written = NoteInput(chance.choice(SAYINGS), sources=(chance.choice(episodes),), derived_from=derived_from)
            await services.notes.create(ANA, written)
        elif what == 9 and notes:
            await services.notes.revise(ANA, chance.choice(notes), NotePatch(tags=(chance.choice(PEOPLE),)))
        elif what in (12, 13):
            kept = {"memory_type": chance.choice(["semantic", "episodic"]), "content": chance.choice(SAYINGS)}
            tool, given = chance.choice([("insert", {}), ("update", {"id": chance.choice([*notes, "unknown"])})])
            await services.tools.run(ANA, f"memory_{tool}", {**kept, **given}, chance.choice([None, "policy"]))
        elif what == 14:
            await services.core.put(ANA, " ".join(chance.choices(PEOPLE, k=5)), None)
            if last := (await graph.operations.last(ANA))[0]:
                await services.operations.judge(ANA, chance.randint(1, last), last, chance.random(), {}, None)
        elif what == 10 and len(notes) > 1:
            await services.notes.link(ANA, *chance.sample(notes, 2), chance.choice(list(Relation)))
        else:
            extractor = house.engines.extractor
            assert isinstance(extractor, ScriptedExtractor)
            extractor.identity += "+"
            if episodes:
                mute = (await graph.episodes.get(ANA, [chance.choice(episodes)]))[0].content
                extractor.answers[mute] = lambda source: Extraction(source.episode_id)
            await services.reextraction.reread(ANA)
