"""What is around a start of validity, found by steps into an index, whatever the size of the group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sqlite3 import Connection

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.sqlite.rows import FACT, STATEMENT, Row, fact, listed, of, statement
from app.domain.fact import Statement
from app.domain.scope import Scope
from app.domain.time import BEGINNING
from app.domain.timeline import Horizon
from app.ports.graph.knowledge import Backing, Place, Vicinity

_SUPPORT = """(
    SELECT json_group_array(statement_id) FROM (
        SELECT s.statement_id FROM support s
        WHERE s.tenant = v.tenant AND s.user = v.user AND s.fact_id = v.fact_id AND s.version = v.version
        ORDER BY s.position
    )
)"""
COLUMNS = f"{of('v', FACT)}, {_SUPPORT}"
"""Of a fact version `v`, as `rows.fact` reads them."""

_GROUP = (
    "tenant = :tenant AND user = :user AND subject_id = :subject AND predicate = :predicate AND group_key = :group_key"
)
_BELIEVED = f"""
    SELECT {COLUMNS} FROM fact_version v INDEXED BY fact_believed_group
    WHERE {_GROUP} AND recorded_to IS NULL AND {{start}}
"""
_NEAR = (
    _BELIEVED.format(start="valid_from IS NULL LIMIT 2"),
    _BELIEVED.format(start="valid_from <= :start ORDER BY valid_from DESC LIMIT 2"),
    _BELIEVED.format(start="valid_from > :start ORDER BY valid_from LIMIT 1"),
)
_LAST_START = f"""
    SELECT valid_from FROM statement INDEXED BY statement_start WHERE {_GROUP} ORDER BY valid_from DESC LIMIT 1
"""
_LAST_TOLD = f"""
    SELECT said_at, seq, span_start FROM statement INDEXED BY statement_told
    WHERE {_GROUP} ORDER BY said_at DESC, seq DESC, span_start DESC LIMIT 1
"""
_LAST_END = f"""
    SELECT valid_to FROM statement INDEXED BY statement_special
    WHERE {_GROUP} AND special ORDER BY valid_to DESC LIMIT 1
"""
_OF_PREDICATE = "tenant = :tenant AND user = :user AND subject_id = :subject AND predicate = :predicate"
_BEARING = f"""
    SELECT valid_from, valid_to, said_at, seq, span_start FROM statement INDEXED BY statement_ends_all
    WHERE {_OF_PREDICATE} AND polarity = 'ends_all' AND cardinality = 'many'
    UNION ALL
    SELECT valid_from, valid_to, said_at, seq, span_start FROM statement INDEXED BY statement_replaces
    WHERE {_OF_PREDICATE} AND replaces_key = :group_key AND cardinality = 'many'
"""
_RESTORED = f"""
    SELECT 1 FROM statement_mark INDEXED BY statement_mark_restored
    WHERE {_OF_PREDICATE} AND restored_at IS NOT NULL LIMIT 1
"""
_SUPPORTING = f"""
    SELECT DISTINCT {of("t", STATEMENT)}
    FROM json_each(:versions) k
    CROSS JOIN support s ON s.tenant = :tenant AND s.user = :user
        AND s.fact_id = json_extract(k.value, '$[0]') AND s.version = json_extract(k.value, '$[1]')
    CROSS JOIN statement t ON t.tenant = :tenant AND t.user = :user AND t.id = s.statement_id
"""
_FORMER = f"""
    SELECT {COLUMNS} FROM (
        SELECT DISTINCT s.fact_id, s.version
        FROM json_each(:ids) i
        CROSS JOIN support s ON s.tenant = :tenant AND s.user = :user AND s.statement_id = i.value
    ) k CROSS JOIN fact_version v
    ON v.tenant = :tenant AND v.user = :user AND v.fact_id = k.fact_id AND v.version = k.version
        AND v.recorded_to IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM fact_version w
            WHERE w.tenant = :tenant AND w.user = :user AND w.fact_id = k.fact_id AND w.version > k.version
        )
"""
_FENCE = f"""
    SELECT {STATEMENT} FROM statement INDEXED BY statement_start
    WHERE {_GROUP} AND valid_from = :start ORDER BY said_at DESC, seq DESC, span_start DESC LIMIT 1
"""


def vicinity(connection: Connection, scope: Scope, place: Place) -> Vicinity:
    given = _given(scope, place)
    versions = [fact(row) for near in _NEAR for row in connection.execute(near, given)]
    reaching = [v for v in versions if v.valid.end is None or v.valid.end >= place.start]
    rest = connection.execute(_BEARING, given).fetchall() if place.group.object_key is not None else []
    special = connection.execute(_LAST_END, given).fetchone()
    return Vicinity(
        versions=tuple(sorted(reaching, key=lambda v: v.valid.start or BEGINNING)),
        reach=_reach(connection, given, special, rest),
        plain=special is None and not rest,
        restored=connection.execute(_RESTORED, given).fetchone() is not None,
    )


def backing(
    connection: Connection, scope: Scope, versions: Iterable[tuple[str, int]], fences: Sequence[Place]
) -> Backing:
    owner = {"tenant": scope.tenant, "user": scope.user}
    supporting = [statement(row) for row in connection.execute(_SUPPORTING, {**owner, "versions": listed(versions)})]
    former = connection.execute(_FORMER, {**owner, "ids": listed(s.id for s in supporting)})
    found: dict[Place, Statement] = {}
    for place in fences:
        row = connection.execute(_FENCE, _given(scope, place)).fetchone()
        if row is not None:
            found[place] = statement(row)
    return Backing(tuple(supporting), tuple(map(fact, former)), found)


def _given(scope: Scope, place: Place) -> dict[str, str | int]:
    return {
        "tenant": scope.tenant,
        "user": scope.user,
        "subject": place.group.subject_id,
        "predicate": place.group.predicate,
        "group_key": place.group.object_key or "",
        "start": micros(place.start),
    }


def _reach(
    connection: Connection, given: dict[str, str | int], special: Row | None, bearing: Sequence[Row]
) -> Horizon | None:
    told = connection.execute(_LAST_TOLD, given).fetchone()
    rows = list(bearing)
    if told is not None:
        (start,) = connection.execute(_LAST_START, given).fetchone()
        rows.append((start, None if special is None else special[0], *told))
    if not rows:
        return None
    times = [time for row in rows for time in row[:3] if time is not None]
    said_at, seq, place = max((row[2], row[3], row[4] or 0) for row in rows)
    starts = [row[0] for row in rows if row[0] is not None]
    return Horizon(
        start=moment(max(starts)) if starts else BEGINNING,
        moment=moment(max(times)),
        telling=(moment(said_at), seq, place),
    )
