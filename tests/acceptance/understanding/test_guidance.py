"""What a tenant tells the model reaches it; what the tenant does not want is refused whatever the model proposes."""

from __future__ import annotations

import pytest

from tests.acceptance.memory import value
from tests.thinking import Mind, asked, named, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_only_wanted_entities_and_predicates_are_stored(mind: Mind) -> None:
    reply = await mind.memory.http.put(
        "/v1/admin/tenants/default/guidance",
        json={
            "extraction_instructions": "Look for what people eat.",
            "entity_types": ["person"],
            "predicates": [{"name": "diet", "cardinality": "one", "description": "what somebody eats"}],
        },
    )
    assert reply.status_code == 200, reply.text
    words = "I am vegan, I work at Acme and like tea."
    mind.reading.of(
        words,
        says("diet", "vegan", cardinality="many"),
        says("likes", "tea"),
        says("works_at", "Acme", object_type="organization"),
        entities=[named("Acme", "organization")],
    )
    told = await mind.memory.told(words)
    (fact,) = told["derived"]["facts"]
    assert (fact["predicate"], value(fact), fact["cardinality"]) == ("diet", "vegan", "one")
    assert told["job"]["outcome"]["rejected"] == 3
    (prompt,) = mind.chat.prompts("extract")
    shown = asked(prompt)
    assert shown["what to look for"] == "Look for what people eat."
    assert shown["only entities of these types"] == ["person"]
    assert [rule["name"] for rule in shown["only these predicates"]] == ["diet"]
