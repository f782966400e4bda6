"""The SELECT list in SQLite terms: columns of JSON text, and how a row of them becomes one result."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.cosmos.errors import bad_request
from local.cosmos.jsontext import dump
from local.cosmos.query.operands import Operand, Operands
from local.cosmos.query.paths import FALSE, NULL, NUMBER, STRING, TRUE, Steps
from local.cosmos.query.syntax import Call, Expression, Item, Path, Query

AGGREGATES = ("COUNT", "SUM", "AVG", "MIN", "MAX")


@dataclass(frozen=True)
class Selection:
    """``columns`` yield JSON text, NULL for undefined. ``names`` is None when the one column is the result."""

    columns: tuple[str, ...]
    names: tuple[str, ...] | None
    aggregate: bool

    def result(self, row: Sequence[str | int | None]) -> str | None:
        """The JSON text of one result, or None when it is undefined and drops out."""
        if self.names is None:
            return None if row[0] is None else str(row[0])
        pairs = zip(self.names, row, strict=False)
        return "{" + ",".join(f"{dump(name)}:{text}" for name, text in pairs if text is not None) + "}"


def select(query: Query, operands: Operands, group: list[Steps]) -> Selection:
    """Compile the SELECT list; 400 for a mix of aggregates and plain values outside GROUP BY."""
    if query.items is None:
        if group:
            raise bad_request("SELECT * cannot be used with GROUP BY.")
        return Selection(("body",), None, False)
    aggregate = bool(group) or any(_is_aggregate(item.expression) for item in query.items)
    if aggregate:
        for item in query.items:
            _check_grouped(item.expression, operands, group)
    columns = tuple(_column(item.expression, operands) for item in query.items)
    return Selection(columns, None if query.value else _names(query.items), aggregate)


def _is_aggregate(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.name in AGGREGATES


def _check_grouped(expression: Expression, operands: Operands, group: list[Steps]) -> None:
    if not _is_aggregate(expression) and (not isinstance(expression, Path) or
                                          operands.steps(expression, "GROUP BY") not in group):
        raise bad_request("With aggregates or GROUP BY every selected value must be an aggregate or a GROUP BY path.")


def _names(items: tuple[Item, ...]) -> tuple[str, ...]:
    """The property each item becomes: its alias, the last name of its path, or $1, $2, ... in turn."""
    names, unnamed = [], 0
    for item in items:
        last = _last_name(item.expression)
        if item.name is None and last is None:
            unnamed += 1
        names.append(item.name or last or f"${unnamed}")
    if len(set(names)) != len(names):
        raise bad_request("Two selected values have the same name; give one of them another with AS.")
    return tuple(names)


def _last_name(expression: Expression) -> str | None:
    if not isinstance(expression, Path):
        return None
    last = expression.steps[-1] if expression.steps else expression.root
    return last if isinstance(last, str) else None


def _column(expression: Expression, operands: Operands) -> str:
    if not isinstance(expression, Call) or expression.name not in AGGREGATES:
        return operands.operand(expression).json
    if len(expression.arguments) != 1:
        raise bad_request(f"{expression.name} takes one argument.")
    return _aggregate(expression.name, operands.operand(expression.arguments[0]))


def _aggregate(name: str, a: Operand) -> str:
    """Undefined values do not count. SUM and AVG of other than numbers, and all but COUNT of nothing, are undefined."""
    if name == "COUNT":
        return f"count(CASE WHEN {a.rank} <> 0 THEN 1 END)"
    if name in ("SUM", "AVG"):
        defined = f"count(CASE WHEN {a.rank} <> 0 THEN 1 END)"
        numbers = f"count(CASE WHEN {a.rank} = {NUMBER} THEN 1 END)"
        total = f"json_quote({name}(CASE WHEN {a.rank} = {NUMBER} THEN {a.value} END))"
        return f"CASE WHEN {numbers} > 0 AND {numbers} = {defined} THEN {total} END"
    best = f"{name}(CASE WHEN {a.rank} <> 0 THEN {a.rank} END)"
    scalar = {rank: f"json_quote({name}(CASE WHEN {a.rank} = {rank} THEN {a.value} END))" for rank in (NUMBER, STRING)}
    return (f"CASE {best} WHEN {NULL} THEN 'null' WHEN {FALSE} THEN 'false' WHEN {TRUE} THEN 'true' "
            f"WHEN {NUMBER} THEN {scalar[NUMBER]} WHEN {STRING} THEN {scalar[STRING]} END")
