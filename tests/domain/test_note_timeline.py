"""How linked notes led to one of them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.domain.note import BY_CALLER, Note, NoteLink, Relation
from app.domain.note_history import linked
from app.domain.note_timeline import MOST_PATHS, timeline
from tests.contracts.graph.made import HOUR, NOON, note


def days(count: int) -> list[Note]:
    return [note(f"Day {n}", occurred_at=NOON + n * 24 * HOUR) for n in range(count)]


def join(one: Note, other: Note, relation: Relation = Relation.RELATED) -> NoteLink:
    return linked(one, other, relation, BY_CALLER, NOON)


def test_a_note_alone_is_its_own_timeline() -> None:
    (alone,) = days(1)
    found = timeline(alone.id, [alone], [], ())
    assert found.notes == (alone,)
    assert found.paths == ((alone.id,),)
    assert not found.sampled


def test_the_path_leads_from_the_earliest_in_order_of_time_and_the_outdated_stays_in_it() -> None:
    likes, offered, moved, settled, elsewhere = made = days(5)
    links = [
        join(likes, moved, Relation.CHANGE),
        join(offered, moved, Relation.REASON),
        join(moved, settled, Relation.CAUSE),
        join(settled, elsewhere),
    ]
    found = timeline(settled.id, made, links, ())
    assert found.paths == ((likes.id, moved.id, settled.id),)
    assert found.notes == (likes, moved, settled)
    assert found.overtaken == {likes.id: (moved.id,)}


def test_a_note_that_rests_on_overtaken_words_alone_is_overtaken() -> None:
    first, second = days(2)
    first, second = (note(sources=("e1",), occurred_at=NOON), note(sources=("e1", "e2"), occurred_at=NOON + HOUR))
    found = timeline(second.id, [first, second], [join(first, second)], {"e1"})
    assert found.overtaken == {first.id: ()}


def test_many_paths_are_drawn_from_the_same_way_each_time() -> None:
    made = days(12)
    links = [join(one, other) for n, one in enumerate(made) for other in made[n + 1 :]]
    found = timeline(made[-1].id, made, links, ())
    assert found.sampled
    assert len(set(found.paths)) == MOST_PATHS
    assert found == timeline(made[-1].id, list(reversed(made)), list(reversed(links)), ())


@given(st.integers(1, 7), st.data())
def test_every_path_follows_links_from_the_same_start(count: int, data: st.DataObject) -> None:
    made = days(count)
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    links = [join(made[a], made[b]) for a, b in chosen]
    target = made[data.draw(st.integers(0, count - 1))]
    found = timeline(target.id, made, links, ())
    known = {(link.from_id, link.to_id) for link in links}
    assert {path[-1] for path in found.paths} == {target.id}
    assert len({path[0] for path in found.paths}) == 1
    assert all((a, b) in known for path in found.paths for a, b in pairwise(path))
    assert {id for path in found.paths for id in path} == {one.id for one in found.notes}
    assert list(found.notes) == sorted(found.notes, key=lambda one: one.place)
