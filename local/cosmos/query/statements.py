"""The SQLite SELECT of one page.

A page that continues after a sort key (a, b, seq) is read as three ranges in turn: the same a and b and a later
seq, then the same a and a later b, then a later a. Each range is one stretch of an index, whatever the directions.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from local.cosmos.query.compiler import Plan, Sort


@dataclass(frozen=True)
class Scope:
    """What the request limits a query to: one canonical partition key, or EPKs from (inclusive) to (exclusive)."""

    key: str | None = None
    epk_range: tuple[str, str] | None = None


class Statement:
    """The texts that read one page of a plan from a table."""

    def __init__(self, table: str, plan: Plan, scope: Scope) -> None:
        self._table = table
        self._plan = plan
        self._values = list(plan.values)
        self._where = [*plan.where, *self._scope(scope)]

    def texts(self, after: Sequence[object] | None) -> Iterator[tuple[str, list[object]]]:
        """Each text (LIMIT and OFFSET to follow) with its values: one from the start, several after a sort key."""
        if after is None:
            yield self._text([], self._plan.sorts), self._values
            return
        cursor = [self._bind(value) for value in after]
        sorts = self._plan.sorts
        for split in reversed(range(len(sorts))):
            if after[split] is None:
                if sorts[split].descending:
                    continue  # nothing is below undefined or null
                later = f"{sorts[split].sql} IS NOT NULL"
            else:
                later = f"{sorts[split].sql} {'<' if sorts[split].descending else '>'} {cursor[split]}"
            same = [f"{sort.sql} IS {value}" for sort, value in zip(sorts[:split], cursor, strict=False)]
            yield self._text([*same, later], sorts[split:]), self._values

    def _text(self, conditions: list[str], sorts: list[Sort]) -> str:
        plan = self._plan
        keys = [sort.sql for sort in plan.sorts] if plan.keyset else []
        order = "" if plan.selection.aggregate else ", ".join(
            f"{sort.sql} {'DESC' if sort.descending else 'ASC'}" for sort in sorts)
        where = " AND ".join([*self._where, *conditions])
        text = (f"SELECT {'DISTINCT ' if plan.distinct else ''}{', '.join([*plan.selection.columns, *keys])} "
                f"FROM {self._table} WHERE {where}")
        if plan.group:
            text += f" GROUP BY {', '.join(plan.group)}"
        return text + (f" ORDER BY {order}" if order else "")

    def _scope(self, scope: Scope) -> list[str]:
        # The + keeps SQLite from choosing the index on expiry over the one that has the order.
        conditions = [f"+expires > {self._bind(time.time())}"]
        if scope.key is not None:
            conditions.append(f"pk = {self._bind(scope.key)}")
        if scope.epk_range is not None:
            low, high = scope.epk_range
            conditions.append(f"epk >= {self._bind(low)} AND epk < {self._bind(high)}")
        return conditions

    def _bind(self, value: object) -> str:
        self._values.append(value)
        return f":v{len(self._values)}"
