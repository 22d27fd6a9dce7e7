"""English time expressions: what is said about when, as intervals."""

from app.domain.when.find import find_times
from app.domain.when.mention import Relation, TimeMention
from app.domain.when.query import QueryTime, understand
from app.domain.when.sessions import SessionRange

__all__ = ["QueryTime", "Relation", "SessionRange", "TimeMention", "find_times", "understand"]
