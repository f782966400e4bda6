"""The syntax tree of a query. Plain data: nothing here knows SQLite."""

from dataclasses import dataclass

from local.cosmos.jsontext import Json
from local.cosmos.query.paths import Steps


@dataclass(frozen=True)
class Path:
    """``c.a["b"][0]``: the alias and the steps below it."""

    root: str
    steps: Steps


@dataclass(frozen=True)
class Literal:
    value: Json


@dataclass(frozen=True)
class Parameter:
    name: str


@dataclass(frozen=True)
class Call:
    """A function or aggregate; ``name`` in capitals."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Not:
    operand: "Expression"


@dataclass(frozen=True)
class Logical:
    """AND or OR over two or more operands; chains are flat, so their length costs no depth."""

    operator: str
    operands: tuple["Expression", ...]


@dataclass(frozen=True)
class Compare:
    """``operator`` is one of = != < <= > >=."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class In:
    operand: "Expression"
    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Like:
    operand: "Expression"
    pattern: "Expression"
    escape: str | None


Expression = Path | Literal | Parameter | Call | Not | Logical | Compare | In | Like


@dataclass(frozen=True)
class Item:
    """One entry of the SELECT list."""

    expression: Expression
    name: str | None


@dataclass(frozen=True)
class Order:
    expression: Expression
    descending: bool


@dataclass(frozen=True)
class Query:
    """``items`` is None for ``SELECT *``; ``value`` marks SELECT VALUE (then there is one item)."""

    items: tuple[Item, ...] | None
    value: bool = False
    distinct: bool = False
    top: Expression | None = None
    alias: str = "c"
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    order: tuple[Order, ...] = ()
    offset: Expression | None = None
    limit: Expression | None = None
