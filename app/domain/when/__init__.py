"""English time expressions: what is said about when, as intervals."""

from app.domain.when.find import find_times
from app.domain.when.mention import Relation, TimeMention

__all__ = ["Relation", "TimeMention", "find_times"]
