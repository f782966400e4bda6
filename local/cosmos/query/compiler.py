"""A query and its container's settings to one SQLite statement."""

from dataclasses import dataclass, field

from local.cosmos.errors import bad_request
from local.cosmos.indexing import IndexingPolicy, SortKey
from local.cosmos.jsontext import JsonObject
from local.cosmos.query import paths
from local.cosmos.query.conditions import Conditions
from local.cosmos.query.operands import Operands
from local.cosmos.query.selection import Selection, select
from local.cosmos.query.syntax import Query


@dataclass(frozen=True)
class Sort:
    """One SQL expression to order by, and its direction."""

    sql: str
    descending: bool


@dataclass
class Plan:
    """A compiled query. ``where`` and the columns refer to ``values`` by number; more may be appended."""

    selection: Selection
    where: list[str]
    sorts: list[Sort]
    keys: tuple[SortKey, ...]
    group: list[str]
    distinct: bool
    offset: int
    limit: int | None
    values: list[object] = field(default_factory=list)

    @property
    def keyset(self) -> bool:
        """Whether a page can continue after a row's sort key; groups and distinct rows continue at an offset."""
        return not self.distinct and not self.selection.aggregate


def compile_query(query: Query, parameters: JsonObject, indexing: IndexingPolicy,
                  partition_path: paths.Steps | None) -> Plan:
    """Compile a parsed query; 400 for what the subset or the container's indexing policy does not allow."""
    operands = Operands(query.alias, parameters)
    conditions = Conditions(operands, partition_path)
    where = [] if query.where is None else [conditions.where(query.where)]
    group_steps = [operands.steps(expression, "GROUP BY") for expression in query.group]
    selection = select(query, operands, group_steps)
    keys = tuple((operands.steps(order.expression, "ORDER BY"), order.descending) for order in query.order)
    _check_order(keys, indexing, selection)
    limit = _limit(query, operands)
    offset = 0 if query.offset is None else operands.count(query.offset, "OFFSET")
    group = [sql for steps in group_steps for sql in (paths.rank(steps), paths.value(steps))]
    return Plan(selection, where, _sorts(keys, conditions.pinned), keys, group, query.distinct, offset, limit,
                operands.values)


def _limit(query: Query, operands: Operands) -> int | None:
    if query.top is not None and query.limit is not None:
        raise bad_request("TOP and LIMIT cannot be used together.")
    if query.top is not None:
        return operands.count(query.top, "TOP")
    return None if query.limit is None else operands.count(query.limit, "LIMIT")


def _check_order(keys: tuple[SortKey, ...], indexing: IndexingPolicy, selection: Selection) -> None:
    if keys and selection.aggregate:
        raise bad_request("Unsupported: ORDER BY together with aggregates or GROUP BY.")
    for steps, _ in keys:
        if not steps:
            raise bad_request("ORDER BY takes a property path, not the whole document.")
    if len(keys) > 1 and not indexing.serves(keys):
        raise bad_request("The order by query does not have a corresponding composite index that it can be served "
                          "from.")
    if len(keys) == 1 and keys[0][0] not in (("id",), ("_ts",)) and not indexing.allows(keys[0][0]):
        raise bad_request("The index path corresponding to the specified order-by item is excluded.")


def _sorts(keys: tuple[SortKey, ...], pinned: set[str]) -> list[Sort]:
    """Two columns per key (type, then value), less those the condition fixes; ties go by seq, as they do in Cosmos."""
    sorts = [Sort(sql, descending) for steps, descending in keys for sql in (paths.rank(steps), paths.value(steps))
             if sql not in pinned and not sql.isdigit()]
    return [*sorts, Sort("seq", bool(keys) and keys[0][1])]
