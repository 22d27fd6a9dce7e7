"""Why a version is believed no longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.fact import FactVersion, Retirement, Statement
from app.domain.time import BEGINNING, END
from app.domain.timeline.belief import Belief, Run
from app.domain.timeline.rules import Cause, Rule


@dataclass(frozen=True, slots=True)
class Retiring:
    """`facts`: the fact ids of the new runs, in their order. `override`: the reason where the caller knows it."""

    belief: Belief
    facts: Sequence[str]
    statements: Mapping[str, Statement]
    override: Retirement | None

    def of(self, version: FactVersion, successor: Run | None) -> Retirement:
        """`successor`: the run that goes on the same fact, None where there is none."""
        if self.override is not None:
            return self.override
        if successor is None:
            return self._vanished(version)
        ends = successor.ends
        if ends is not None and (successor.valid.end or END) < (version.valid.end or END):
            rule = Rule.REFINED if ends.rule is Rule.STATED else ends.rule
            return self.because(Cause(rule, ends.statement_id), successor.valid.end)
        if (successor.valid.start or BEGINNING) > (version.valid.start or BEGINNING):
            over = self._covering(version.valid.start)
            if over is not None and over.object.key != version.object.key:
                return self.because(
                    Cause(Rule.SUPERSEDED, over.top(version.valid.start or BEGINNING)), version.valid.start
                )
        news = [id for id in successor.statement_ids if id not in version.statement_ids]
        return self.because(Cause(Rule.REFINED, (news or successor.statement_ids)[-1]), successor.valid.start)

    def because(self, cause: Cause, at: datetime | None) -> Retirement:
        """The fact is the one that the statement supports, the one that covers `at` before others."""
        statement = self.statements.get(cause.statement_id)
        return Retirement(
            cause.rule.value,
            self._fact(cause.statement_id, at),
            statement.span.episode_id if statement is not None and statement.span is not None else None,
        )

    def _vanished(self, version: FactVersion) -> Retirement:
        start = version.valid.start
        causes = [self.belief.unbelieved.get(id) for id in version.statement_ids if id in self.statements]
        corrections = [cause for cause in causes if cause is not None and cause.rule is Rule.CORRECTED]
        if corrections and len(corrections) == len(causes):
            return self.because(corrections[0], start)
        over = self._covering(start, version.object.key)
        if over is not None:
            rule = Rule.MERGED if over.object.key == version.object.key else Rule.SUPERSEDED
            return self.because(Cause(rule, over.top(start or BEGINNING)), start)
        for id in version.statement_ids:
            if id in self.belief.cuts:
                return self.because(self.belief.cuts[id], start)
        known = next((cause for cause in causes if cause is not None), None)
        return self.because(known, start) if known is not None else Retirement(Rule.EVIDENCE_DELETED.value)

    def _covering(self, at: datetime | None, prefer: str | None = None) -> Run | None:
        moment = at or BEGINNING
        runs = [run for run in self.belief.runs if run.covers(moment)]
        return next((run for run in runs if run.object.key == prefer), runs[0] if runs else None)

    def _fact(self, statement_id: str, at: datetime | None) -> str | None:
        moment = at or BEGINNING
        found: str | None = None
        for run, fact_id in zip(self.belief.runs, self.facts, strict=True):
            if statement_id in run.statement_ids:
                if run.covers(moment):
                    return fact_id
                found = found or fact_id
        return found
