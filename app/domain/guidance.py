"""What a tenant tells the model that reads for it: instructions, and which entities and predicates it wants."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from app.domain.entity import EntityType
from app.domain.errors import Invalid
from app.domain.fact import Cardinality

MAX_INSTRUCTIONS = 4_000
MAX_PREDICATES = 200
MAX_DESCRIPTION = 200

_PREDICATE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_MAX_PREDICATE = 64


def _controls(text: str) -> set[str]:
    """What in it are control characters, or halves of one."""
    return {character for character in text if unicodedata.category(character) in ("Cc", "Cs")}


@dataclass(frozen=True, slots=True)
class PredicateRule:
    """A predicate the tenant knows. `name`: snake case. `description`: what it means, for the model; one line.

    Raises Invalid for a name or a description that is not so."""

    name: str
    cardinality: Cardinality
    description: str = ""

    def __post_init__(self) -> None:
        if len(self.name) > _MAX_PREDICATE or not _PREDICATE.fullmatch(self.name):
            raise Invalid(
                f"a predicate is named in snake case, a to z, digits and _, at most {_MAX_PREDICATE} characters "
                "(for example works_at)"
            )
        if len(self.description) > MAX_DESCRIPTION or _controls(self.description):
            raise Invalid(f"the description of {self.name} must be one line of at most {MAX_DESCRIPTION} characters")


@dataclass(frozen=True, slots=True)
class Guidance:
    """`instructions`: in plain words; empty if none. `entity_types`, `predicates`: the only ones wanted, in the
    tenant's order; empty: any.

    Raises Invalid for what is too long, has control characters or is listed twice."""

    instructions: str = ""
    entity_types: tuple[EntityType, ...] = ()
    predicates: tuple[PredicateRule, ...] = ()

    def __post_init__(self) -> None:
        if len(self.instructions) > MAX_INSTRUCTIONS:
            raise Invalid(f"the instructions must have at most {MAX_INSTRUCTIONS} characters")
        if _controls(self.instructions) - set("\n\r\t"):
            raise Invalid("the instructions must not contain control characters")
        if len(self.predicates) > MAX_PREDICATES:
            raise Invalid(f"at most {MAX_PREDICATES} predicates can be listed")
        if len(set(self.entity_types)) < len(self.entity_types):
            raise Invalid("an entity type is listed twice")
        if len({rule.name for rule in self.predicates}) < len(self.predicates):
            raise Invalid("a predicate is listed twice")

    def wants_entity(self, type: EntityType) -> bool:
        return not self.entity_types or type in self.entity_types

    def wants_predicate(self, name: str) -> bool:
        return not self.predicates or any(rule.name == name for rule in self.predicates)

    def cardinality(self, predicate: str) -> Cardinality | None:
        """The tenant's own for a predicate; None if it has none."""
        return next((rule.cardinality for rule in self.predicates if rule.name == predicate), None)


@dataclass(frozen=True, slots=True)
class GuidanceVersion:
    """`number`: 1 for the first that a tenant gave; 0, and `at` None, before it gave any."""

    number: int
    guidance: Guidance
    at: datetime | None


NO_GUIDANCE = GuidanceVersion(0, Guidance(), None)
