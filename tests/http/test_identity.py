"""Who is who, as a caller sees it and changes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.service import Memory

pytestmark = pytest.mark.asyncio(loop_scope="session")


def fact(subject: str, predicate: str, object: str, **given: Any) -> dict[str, Any]:
    return {"subject": subject, "subject_type": "person", "predicate": predicate, "object": object, **given}


async def state(memory: Memory, *facts: dict[str, Any]) -> None:
    reply = await memory.post("facts", json={"facts": list(facts)})
    assert reply.status_code == 201, reply.text


async def entities(memory: Memory, **params: Any) -> dict[str, dict[str, Any]]:
    return {entity["name"]: entity for entity in await memory.all_pages("entities", **params)}


async def candidates(memory: Memory) -> list[list[str]]:
    pairs = await memory.all_pages("entities", "candidates", limit=1)
    return sorted(sorted(entity["name"] for entity in pair["entities"]) for pair in pairs)


async def merges(memory: Memory, id: str) -> list[dict[str, Any]]:
    reply = await memory.get("entities", id, "merges")
    assert reply.status_code == 200, reply.text
    return list(reply.json()["items"])


async def test_a_merge_and_its_undoing(memory: Memory) -> None:
    await state(
        memory,
        fact("Bob", "lives_in", "Porto", object_type="place", valid_from="2026-01-03T00:00:00Z"),
        fact("Robert", "lives_in", "Lisbon", object_type="place", valid_from="2026-01-05T00:00:00Z"),
    )
    before = await memory.all_pages("facts")
    apart = await entities(memory)
    bob, robert = apart["Bob"]["id"], apart["Robert"]["id"]

    reply = await memory.post("entities", bob, "merge", json={"into": robert})
    assert reply.status_code == 200, reply.text
    assert (reply.json()["id"], reply.json()["merged_into"]) == (bob, robert)

    together = await entities(memory)
    assert set(together) == {"Robert", "Porto", "Lisbon"}
    assert (together["Robert"]["aliases"], together["Robert"]["facts"]) == (["Bob"], 2)
    assert set(await entities(memory, q="bob")) == {"Robert"}
    assert (await memory.get("entities", bob)).json()["merged_into"] == robert
    assert (await memory.get()).json()["entities"] == 3
    for subject in ("Bob", "Robert", bob, robert):
        (now,) = await memory.all_pages("facts", subject=subject)
        assert (now["subject"]["name"], now["object"]["name"]) == ("Robert", "Lisbon")
        timeline = await memory.all_pages("timeline", entity=subject)
        assert [(item["subject"]["id"], item["object"]["name"]) for item in timeline] == [
            (robert, "Porto"),
            (robert, "Lisbon"),
        ]
        assert [item["subject"]["merged_from"] for item in timeline] == [bob, None]

    (made,) = await merges(memory, robert)
    assert await merges(memory, bob) == [made]
    assert (made["entity_id"], made["into"], made["by"], made["reason"]) == (bob, robert, "caller", "caller")
    assert (made["score"], made["undone_at"]) == (1.0, None)
    assert (await memory.get("entities", "nobody", "merges")).status_code == 404

    assert (await memory.post("entities", robert, "merge", json={"into": bob})).status_code == 409
    assert (await memory.post("entities", bob, "merge", json={"into": bob})).status_code == 422
    assert (await memory.post("entities", bob, "merge", json={"into": "nobody"})).status_code == 404

    undone = await memory.post("entities", bob, "unmerge")
    assert (undone.status_code, undone.json()["merged_into"]) == (200, None)
    assert (await memory.post("entities", bob, "unmerge")).status_code == 409
    (gone,) = await merges(memory, bob)
    assert gone == {**made, "undone_at": gone["undone_at"]}
    assert gone["undone_at"] >= made["merged_at"]
    assert {name: entity["facts"] for name, entity in (await entities(memory)).items()} == {
        name: entity["facts"] for name, entity in apart.items()
    }
    told = ("subject", "predicate", "object", "statement", "valid_from", "valid_to", "evidence")
    after = await memory.all_pages("facts")
    assert [[fact[key] for key in told] for fact in after] == [[fact[key] for key in told] for fact in before]
    for version in (await memory.get("facts", before[0]["id"])).json()["versions"][:-1]:
        assert version["retired_by"]["rule"] in ("superseded", "ended", "unmerged")


async def test_doubtful_pairs_are_listed_until_they_are_merged(memory: Memory) -> None:
    names = ("Melanie", "Mel", "Caroline Smith", "Caroline Jones", "Caroline")
    await state(memory, *(fact(name, "likes", "tea") for name in names))
    pairs = [["Caroline", "Caroline Jones"], ["Caroline", "Caroline Smith"], ["Mel", "Melanie"]]
    assert await candidates(memory) == pairs
    (pair,) = [pair for pair in await memory.all_pages("entities", "candidates") if pair["reason"] == "short_form"]
    assert 0 < pair["score"] < 1
    ids = {entity["name"]: entity["id"] for entity in pair["entities"]}
    assert (await memory.post("entities", ids["Mel"], "merge", json={"into": ids["Melanie"]})).status_code == 200
    assert await candidates(memory) == pairs[:2]
    assert (await memory.post("entities", ids["Mel"], "unmerge")).status_code == 200
    assert await candidates(memory) == pairs


async def test_codes_that_differ_in_one_digit(memory: Memory) -> None:
    await state(memory, *(fact(f"SR-2023-05{n}", "is", f"report {n}", subject_type="thing") for n in (2, 3)))
    assert set(await entities(memory)) == {"SR-2023-052", "SR-2023-053"}
    assert await candidates(memory) == []
    (report,) = await memory.all_pages("facts", subject="sr-2023-053")
    assert report["object"] == {"value": "report 3"}


async def test_paris_and_paris(memory: Memory) -> None:
    await state(
        memory,
        fact("Paris", "likes", "tea"),
        fact("Ana", "lives_in", "Paris", object_type="place"),
        fact("Paris", "located_in", "France", subject_type="place", object_type="place"),
    )
    found = (await memory.get("entities", q="paris")).json()["items"]
    assert sorted(entity["type"] for entity in found) == ["person", "place"]
    assert await candidates(memory) == []


async def test_four_spellings_of_one_company(memory: Memory) -> None:
    for number, name in enumerate(("Acme", "ACME Inc.", "Acme, Inc", "Acme Corporation")):
        await state(memory, fact(f"Ana{number}", "works_at", name, object_type="organization"))
    found = await entities(memory, q="acme")
    assert set(found) == {"Acme"}
    assert found["Acme"]["aliases"] == ["ACME Inc.", "Acme, Inc", "Acme Corporation"]
    assert found["Acme"]["facts"] == 4
    assert len(await memory.all_pages("facts", object="Acme Corporation")) == 4


async def test_a_chinese_name_in_three_messages(memory: Memory) -> None:
    for number in range(1, 4):
        await memory.told(f"I met 李明 in Berlin {number} times.", session=f"s{number}")
    (found,) = (await entities(memory, q="李")).values()
    assert (found["name"], found["episodes"]) == ("李明", 3)


async def test_mel_and_melanie(memory: Memory) -> None:
    await memory.told("I live in Berlin.", name="Melanie")
    await memory.told("I went to Hamburg with Mel.", name="Caroline")
    assert await candidates(memory) == [["Mel", "Melanie"]]
    await memory.told("Thanks, Mel! See you soon.", name="Caroline")
    assert await candidates(memory) == []
    melanie = (await entities(memory, q="mel"))["Melanie"]
    assert "Mel" in melanie["aliases"]
    facts = await memory.all_pages("facts", subject="Mel", predicate="lives_in")
    assert [fact["object"]["name"] for fact in facts] == ["Berlin"]
