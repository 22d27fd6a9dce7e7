"""The temporal algebra: what is believed for a group of statements, as a pure function of their set.

A group is a (subject, predicate); each object of a many-valued one is independent of the others. Because belief is a
function of the set, every order of arrival ends in the same view, and saying something again changes nothing. Merged
entities are the caller's affair: give statements that are about the same with the same ids.

How statements become belief

- A claim covers its interval. Where several cover a moment, the one with the latest start is on top; an unknown start
  is the earliest; equal starts go to what was told last (`claims.telling`: when it was said, then `seq`, then the
  place in the text).
- Without a stated end a claim is open until something later paints over it, and then for good. With a stated end it
  covers only its interval, and what lies beneath resumes.
- Touching pieces of the same value are one run. A run rests on the claims that begin within it, and where it resumes
  on the first claim that carries it there.
- ENDS stops the claims of its value that began before; ENDS_ALL those of every value; "until March" (an interval
  with an end alone) stops what was told of the same value. A later start is a recurrence and untouched.
- DENIES takes back the claims of its value that were told earlier, with no trace in valid time. `replaces` does so
  too; where the right value comes without a time of its own, it takes the place of the wrong one.
- Vague times ("this year", "in May") start where their period starts; but where that would contradict what was told
  earlier to begin within that period, they mean its end, or the moment of telling where that is earlier.
- Restored statements coexist with other values in a layer of their own.

From belief to versions: `reconcile` compares runs with believed versions and says what to close, append and add;
`insert` gives the same for the newest statement of a group from at most two versions, `weave` for plain ones, late or
not, from the versions next to them. `rules.Rule` lists why versions are retired.

The painter's order is a pointwise maximum, hence commutative, associative and idempotent (a join semilattice, as in
Shapiro et al. 2011, Conflict-free Replicated Data Types); the two axes are those of Snodgrass and Ahn 1985.
"""

from app.domain.timeline.belief import Belief, Run, believe
from app.domain.timeline.insertion import Horizon, horizon, insert
from app.domain.timeline.revision import Closure, Revision, Support, applied, reconcile
from app.domain.timeline.rules import Cause, Rule
from app.domain.timeline.views import Difference, Period, as_of, diff, known, timeline
from app.domain.timeline.weaving import plain, weave

__all__ = [
    "Belief",
    "Cause",
    "Closure",
    "Difference",
    "Horizon",
    "Period",
    "Revision",
    "Rule",
    "Run",
    "Support",
    "applied",
    "as_of",
    "believe",
    "diff",
    "horizon",
    "insert",
    "known",
    "plain",
    "reconcile",
    "timeline",
    "weave",
]
