"""A fact as the rules read it off a clause, before times and wording."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.adapters.models.spacy.cast import Referent
from app.adapters.models.spacy.clauses import Clause
from app.adapters.models.spacy.frames import Aspect
from app.domain.fact import Cardinality, FactKind, Polarity


@dataclass(frozen=True, slots=True)
class Draft:
    """`clause` None: it was read off a noun phrase ("my sister Anna") at passage code points `span`, and is worded by
    `text`. `over`: the past tense says that it holds no longer. `told`: passage code points of the object, where a time
    in it is what is said and not when it holds ("our deadline is 5 June")."""

    subject: Referent
    predicate: str
    object: Referent | str
    aspect: Aspect
    kind: FactKind
    clause: Clause | None = None
    polarity: Polarity = Polarity.HOLDS
    cardinality: Cardinality | None = None
    over: bool = False
    span: tuple[int, int] | None = None
    text: str | None = None
    told: tuple[int, int] | None = None

    def canonical(self) -> Draft:
        """The same in the one way that it is told: of parent and child the parent first; an ailment by its words,
        whether it begins or ends."""
        if self.predicate == "child_of" and isinstance(self.object, Referent):
            return replace(self, subject=self.object, predicate="parent_of", object=self.subject)
        if self.predicate == "suffers_from" and isinstance(self.object, Referent):
            return replace(self, object=self.object.name.lower())
        return self
