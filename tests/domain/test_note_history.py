"""Notes change by versions alone: nothing is lost, and undoing brings back what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import IllegalTransition, Invalid
from app.domain.note import BY_CALLER, Cause, Note, Origin, ProposedLink, ProposedRevision, Relation
from app.domain.note_history import evolved, linked, revised, undone, withdrawn
from tests.contracts.graph.made import HOUR, NOON, note

EVOLVED = Cause(Origin.EVOLUTION, note_id="n0", by="model@1")
relations = st.sampled_from(Relation)
words = st.text("abc ", max_size=6)
lists = st.lists(words, max_size=3).map(tuple)
edits = st.fixed_dictionaries({}, optional={"content": words, "context": words, "keywords": lists, "tags": lists})
hours = st.integers(-5, 50)


def says(version: Note) -> object:
    return version.content, version.context, version.keywords, version.tags, version.stale


def history(made: Sequence[dict[str, object]], at: Sequence[int]) -> list[Note]:
    versions = [note()]
    for edit, hour in zip(made, at, strict=False):
        versions.append(revised(versions[-1], NOON + hour * HOUR, BY_CALLER, **edit))  # type: ignore[arg-type]
    return versions


class TestVersions:
    @given(st.lists(edits, max_size=6), st.lists(hours, min_size=6, max_size=6))
    def test_count_from_one_and_begin_in_their_order(self, made: list[dict[str, object]], at: list[int]) -> None:
        versions = history(made, at)
        assert [version.version for version in versions] == list(range(1, len(versions) + 1))
        begins = [version.recorded_from for version in versions]
        assert begins == sorted(begins)
        assert len({(v.id, v.created_at, v.occurred_at, v.sources) for v in versions}) == 1

    @given(st.lists(edits, min_size=1, max_size=6), hours)
    def test_undoing_brings_back_what_was_said_before(self, made: list[dict[str, object]], hour: int) -> None:
        versions = history(made, range(6))
        back = undone(versions, NOON + hour * HOUR)
        assert says(back) == says(versions[-2])
        assert back.version == versions[-1].version + 1
        assert back.cause == Cause(Origin.UNDO)
        assert says(undone([*versions, back], NOON)) == says(versions[-1])

    def test_the_first_version_cannot_be_undone(self) -> None:
        with pytest.raises(IllegalTransition):
            undone([note()], NOON)

    def test_undoing_does_not_make_a_stale_note_fresh(self) -> None:
        first = note(sources=("e1", "e2"))
        (stale,) = withdrawn([first], NOON, episodes=["e1"]).revise
        assert undone([first, stale], NOON).stale


class TestLinks:
    @given(st.integers(0, 3), st.integers(0, 3), relations)
    def test_lead_from_the_older_to_the_newer_whichever_is_named_first(
        self, one: int, other: int, relation: Relation
    ) -> None:
        first, second = (note(occurred_at=NOON + hours * HOUR) for hours in (one, other))
        link = linked(first, second, relation, BY_CALLER, NOON)
        assert link == linked(second, first, relation, BY_CALLER, NOON)
        assert (link.other(first.id), link.other(second.id)) == (second.id, first.id)
        by_id = {first.id: first, second.id: second}
        assert by_id[link.from_id].place < by_id[link.to_id].place

    def test_none_leads_from_a_note_to_itself(self) -> None:
        one = note()
        with pytest.raises(Invalid):
            linked(one, replace(one, version=2), Relation.RELATED, BY_CALLER, NOON)


class TestWithdrawal:
    def test_a_note_goes_with_all_that_it_rested_on(self) -> None:
        alone, on_note = note(sources=("e1",)), note()
        on_note = replace(on_note, derived_from=(alone.id,))
        gone = withdrawn([alone, on_note], NOON, episodes=["e1"])
        assert set(gone.remove) == {alone.id, on_note.id}
        assert gone.revise == ()

    def test_a_note_with_something_left_is_stale_and_so_is_what_was_derived_from_it(self) -> None:
        first = note(sources=("e1", "e2"))
        second = note(derived_from=(first.id,))
        third = note(derived_from=(second.id,), sources=("e3",))
        gone = withdrawn([third, first, second], NOON + HOUR, episodes=["e1"])
        assert gone.remove == ()
        assert [(v.id, v.version, v.stale) for v in gone.revise] == [(n.id, 2, True) for n in (first, second, third)]
        assert gone.revise[0].sources == ("e2",)
        assert gone.revise[0].cause == Cause(Origin.SOURCE_GONE, episode_id="e1")

    def test_a_note_that_was_removed_leaves_those_derived_from_it_stale_or_takes_them_along(self) -> None:
        only, partly = note(derived_from=("n0",)), note(derived_from=("n0", "n9"))
        gone = withdrawn([only, partly], NOON, removed=["n0"])
        assert gone.remove == (only.id,)
        assert [version.derived_from for version in gone.revise] == [("n9",)]
        assert gone.revise[0].cause == Cause(Origin.SOURCE_GONE, note_id="n0")

    def test_what_is_stale_already_is_not_told_again(self) -> None:
        first = note(sources=("e1", "e2"))
        second = note(derived_from=(first.id,), stale=True)
        assert [v.id for v in withdrawn([first, second], NOON, episodes=["e1"]).revise] == [first.id]

    @given(st.data())
    def test_whatever_goes_what_is_left_rests_on_something_that_is_there(self, data: st.DataObject) -> None:
        episodes = ["e1", "e2", "e3"]
        made: list[Note] = []
        for number in range(5):
            ids = [one.id for one in made]
            made.append(
                note(
                    sources=tuple(data.draw(st.lists(st.sampled_from(episodes), unique=True, max_size=2))),
                    derived_from=tuple(
                        data.draw(st.lists(st.sampled_from(ids), unique=True, max_size=2)) if ids else ()
                    ),
                    occurred_at=NOON + timedelta(hours=number),
                )
            )
        gone = data.draw(st.lists(st.sampled_from(episodes), unique=True))
        done = withdrawn(made, NOON, episodes=gone)
        latest = {n.id: n for n in (*made, *done.revise) if n.id not in done.remove}
        for one in latest.values():
            before = next(n for n in made if n.id == one.id)
            left = set(one.sources).isdisjoint(gone) and set(one.derived_from).isdisjoint(done.remove)
            assert left
            assert one.sources or one.derived_from or not (before.sources or before.derived_from)
            shaken = one.sources != before.sources or one.derived_from != before.derived_from
            assert one.stale == (shaken or any(latest[id].stale for id in one.derived_from))


class TestEvolution:
    def test_only_what_was_shown_is_changed_and_the_rest_is_counted(self) -> None:
        old, new = note(), note(occurred_at=NOON + HOUR)
        proposed = (
            ProposedLink(new.id, old.id, Relation.CHANGE),
            ProposedLink(old.id, new.id, Relation.CHANGE),
            ProposedLink(old.id, "invented", Relation.CAUSE),
            ProposedLink(old.id, old.id, Relation.CAUSE),
            ProposedRevision(old.id, "It was so before she moved.", ("home",)),
            ProposedRevision(old.id, "Otherwise.", ()),
            ProposedRevision("invented", "x", ()),
            ProposedRevision(new.id, new.context, new.tags),
        )
        done = evolved({old.id: old, new.id: new}, (), proposed, NOON + HOUR, EVOLVED)
        (link,) = done.links
        assert (link.from_id, link.to_id, link.relation) == (old.id, new.id, Relation.CHANGE)
        (version,) = done.notes
        assert (version.version, version.content, version.tags) == (2, old.content, ("home",))
        assert version.cause == link.cause == EVOLVED
        assert done.rejected == 6

    def test_a_link_that_is_there_is_not_made_again(self) -> None:
        old, new = note(), note(occurred_at=NOON + HOUR)
        known = linked(old, new, Relation.CAUSE, BY_CALLER, NOON)
        proposed = (ProposedLink(old.id, new.id, Relation.CAUSE), ProposedLink(old.id, new.id, Relation.WANT))
        done = evolved({old.id: old, new.id: new}, {known.key}, proposed, NOON, EVOLVED)
        assert [link.relation for link in done.links] == [Relation.WANT]
        assert done.rejected == 1
