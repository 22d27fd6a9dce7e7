"""A memory of one group in miniature, and words to tell it something with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from app.domain.fact import Cardinality, FactKind, FactVersion, Polarity, Retirement, Span, Statement, Value
from app.domain.time import Interval, Precision
from app.domain.timeline import Revision, Rule, applied, as_of, reconcile

NOON = timedelta(hours=12)


def day(text: str) -> datetime:
    """ "2026-05" is the first of May, "2026" the first of January."""
    year, month, date = (*text.split("-"), "1", "1")[:3]
    return datetime(int(year), int(month), int(date), tzinfo=UTC)


def moment(value: str | datetime | None) -> datetime | None:
    return day(value) if isinstance(value, str) else value


_seq = count(1)


def said(
    value: str,
    on: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    *,
    polarity: Polarity = Polarity.HOLDS,
    precision: Precision | None = None,
    cardinality: Cardinality = Cardinality.ONE,
    instead_of: str | None = None,
    whenever: bool = False,
    seq: int | None = None,
    text: str | None = None,
) -> Statement:
    """A statement of its own episode, told at noon of `on`; without `since`, `until` or `whenever` it is undated."""
    said_at = day(on) + NOON if isinstance(on, str) else on
    seq = next(_seq) if seq is None else seq
    undated = since is None and until is None and not whenever
    return Statement(
        id=f"s{seq}",
        subject_id="caroline",
        predicate="works_at",
        object=Value(literal=value),
        polarity=polarity,
        cardinality=cardinality,
        kind=FactKind.FACTUAL,
        text=text or f"{polarity.value}: {value}",
        valid=Interval(said_at if undated else moment(since), moment(until)),
        precision=precision or (Precision.ASSUMED if undated else Precision.SECOND),
        said_at=said_at,
        recorded_at=said_at,
        seq=seq,
        extractor="test/1",
        span=Span(episode_id=f"e{seq}", start=0, end=1, quote="-"),
        replaces=Value(literal=instead_of) if instead_of else None,
    )


def ends(value: str, on: str | datetime, at: str | datetime | None = None, **more: object) -> Statement:
    return said(value, on, at, polarity=Polarity.ENDS, **more)  # type: ignore[arg-type]


def ends_all(words: str, on: str | datetime, at: str | datetime | None = None, **more: object) -> Statement:
    return said(words, on, at, polarity=Polarity.ENDS_ALL, **more)  # type: ignore[arg-type]


def denies(value: str, on: str | datetime, **more: object) -> Statement:
    return said(value, on, polarity=Polarity.DENIES, **more)  # type: ignore[arg-type]


def _ids() -> Iterator[str]:
    return (f"f{number}" for number in count(1))


@dataclass
class Chronicle:
    """`now` is ours and moves by a minute with every change."""

    now: datetime = datetime(2027, 1, 1, tzinfo=UTC)
    statements: list[Statement] = field(default_factory=list)
    versions: tuple[FactVersion, ...] = ()
    withdrawn: set[str] = field(default_factory=set)
    restored: dict[str, datetime] = field(default_factory=dict)
    ids: Iterator[str] = field(default_factory=_ids)

    def tell(self, *statements: Statement) -> Revision:
        known = {statement.id for statement in self.statements}
        self.now += timedelta(minutes=1)
        fresh = [replace(s, recorded_at=self.now) for s in statements if s.id not in known]
        self.statements += fresh
        return self.reconcile()

    def delete(self, statement: Statement) -> Revision:
        self.now += timedelta(minutes=1)
        self.statements = [s for s in self.statements if s.id != statement.id]
        episode = statement.span.episode_id if statement.span else None
        return self.reconcile(Retirement(Rule.EVIDENCE_DELETED, None, episode))

    def retract(self, value: str) -> Revision:
        self.now += timedelta(minutes=1)
        self.withdrawn |= {id for version in self.about(value) for id in version.statement_ids}
        return self.reconcile(Retirement(Rule.RETRACTED))

    def restore(self, value: str) -> Revision:
        """The fact whose version was retired last."""
        self.now += timedelta(minutes=1)
        retired = [v for v in self.versions if v.object.literal == value and v.recorded_to is not None]
        last = max(retired, key=lambda v: (v.recorded_to, v.version))
        retracted = self.withdrawn & set(last.statement_ids)
        self.withdrawn -= retracted
        if not retracted:
            self.restored |= dict.fromkeys(last.statement_ids, self.now)
        return self.reconcile(Retirement(Rule.RESTORED, last.fact_id))

    def reconcile(self, cause: Retirement | None = None) -> Revision:
        revision = reconcile(
            self.versions,
            self.statements,
            now=self.now,
            new_id=self.ids.__next__,
            withdrawn=self.withdrawn,
            restored=self.restored,
            cause=cause,
        )
        self.versions = applied(self.versions, revision, self.now)
        return revision

    @property
    def believed(self) -> list[FactVersion]:
        return [version for version in self.versions if version.believed]

    def about(self, value: str) -> list[FactVersion]:
        return [version for version in self.believed if version.object.literal == value]

    def holding(self, at: str | datetime) -> list[str]:
        moment = day(at) if isinstance(at, str) else at
        return sorted(str(version.object.literal) for version in as_of(self.versions, moment))

    def lines(self) -> list[str]:
        return sorted(line(version) for version in self.believed)

    def retirements(self) -> list[str]:
        """ "Acme [2026-03, –) superseded" of every version retired, in order."""
        return [f"{line(v)} {v.retired_by.rule}" for v in self.versions if v.retired_by is not None]


def line(version: FactVersion) -> str:
    return f"{version.object.literal} [{_brief(version.valid.start)}, {_brief(version.valid.end)})"


def _brief(moment: datetime | None) -> str:
    if moment is None:
        return "–"
    text = moment.strftime("%Y-%m-%d %H:%M")
    return text.removesuffix(" 12:00").removesuffix(" 00:00").removesuffix("-01").removesuffix("-01")
