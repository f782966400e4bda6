"""Conditions in SQLite terms.

Every condition compiles to SQL that is true exactly when the Cosmos condition is true; undefined counts as not true.
NOT is pushed down to the leaves (De Morgan holds in Cosmos' three-valued logic), where "is false" is written out: a
comparison with undefined, or an ordering of two types, is neither true nor false.
"""

from local.cosmos.errors import bad_request
from local.cosmos.partition import canonical
from local.cosmos.query.functions import PREDICATES
from local.cosmos.query.operands import Operand, Operands
from local.cosmos.query.paths import FALSE, NULL, NUMBER, STRING, TRUE, Steps
from local.cosmos.query.syntax import Call, Compare, Expression, In, Like, Literal, Logical, Not, Parameter, Path

NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
CONSTANT = (Literal, Parameter)
MAX_PATTERN = 10_000  # SQLite takes 50,000 bytes


class Conditions:
    """Compiles conditions of one query. ``partition_path`` is the container's partition key path when it has one."""

    def __init__(self, operands: Operands, partition_path: Steps | None) -> None:
        self._operands = operands
        self._partition_path = partition_path
        self.pinned: set[str] = set()
        """SQL expressions that the whole condition fixes to one value: an ORDER BY need not name them."""

    def where(self, expression: Expression) -> str:
        """The WHERE text of a whole condition."""
        conjuncts: tuple[Expression, ...] = (expression,)
        if isinstance(expression, Logical) and expression.operator == "AND":
            conjuncts = expression.operands
        for conjunct in conjuncts:
            self._pin(conjunct)
        return _join("AND", [self.compile(conjunct) for conjunct in conjuncts])

    def compile(self, expression: Expression, negated: bool = False) -> str:
        match expression:
            case Not(operand):
                return self.compile(operand, not negated)
            case Logical(operator, operands):
                word = operator if not negated else {"AND": "OR", "OR": "AND"}[operator]
                return _join(word, [self.compile(operand, negated) for operand in operands])
            case Compare(operator, left, right):
                return self._compare(NEGATED[operator] if negated else operator, left, right)
            case In(operand, items):
                return self._membership(operand, items, negated)
            case Like(operand, pattern, escape):
                return self._like(operand, pattern, escape, negated)
            case Call(name, arguments) if name in PREDICATES:
                return self._predicate(name, arguments, negated)
        return f"{self._operands.operand(expression).rank} = {FALSE if negated else TRUE}"

    def _pin(self, conjunct: Expression) -> None:
        if not isinstance(conjunct, Compare) or not isinstance(conjunct.left, Path):
            return
        if not isinstance(conjunct.right, CONSTANT):
            return
        left, right = self._operands.operand(conjunct.left), self._operands.operand(conjunct.right)
        if conjunct.operator == "=" or (conjunct.operator != "!=" and right.fixed_rank in (NUMBER, STRING)):
            self.pinned.add(left.rank)
        if conjunct.operator == "=":
            self.pinned.add(left.value)

    def _compare(self, operator: str, left: Expression, right: Expression) -> str:
        if isinstance(left, CONSTANT) and not isinstance(right, CONSTANT):
            return self._compare(SWAPPED[operator], right, left)
        if operator == "=" and isinstance(right, CONSTANT) and self._is_partition_key(left):
            return f"pk = {self._partition_key(right)}"
        a, b = self._operands.operand(left), self._operands.operand(right)
        if operator == "=":
            return _equal(a, b)
        if operator == "!=":
            return f"({a.rank} <> 0 AND {b.rank} <> 0 AND NOT ({_equal(a, b)}))"
        return _ordered(operator, a, b)

    def _membership(self, operand: Expression, items: tuple[Expression, ...], negated: bool) -> str:
        if not all(isinstance(item, CONSTANT) for item in items):
            raise bad_request("Unsupported: IN takes constants and parameters only.")
        if not negated and self._is_partition_key(operand):
            return f"pk IN ({', '.join(self._partition_key(item) for item in items)})"
        a = self._operands.operand(operand)
        by_rank: dict[int, list[Operand]] = {}
        for item in map(self._operands.operand, items):
            by_rank.setdefault(item.fixed_rank or 0, []).append(item)
        member = _join("OR", [_any_of(a, rank, group) for rank, group in by_rank.items()])
        return f"({a.rank} <> 0 AND NOT {member})" if negated else member

    def _like(self, operand: Expression, pattern: Expression, escape: str | None, negated: bool) -> str:
        if isinstance(pattern, CONSTANT) and len(str(self._operands.constant(pattern))) > MAX_PATTERN:
            raise bad_request(f"A LIKE pattern has at most {MAX_PATTERN} characters.")
        a, b = self._operands.operand(operand), self._operands.operand(pattern)
        clause = "" if escape is None else f" ESCAPE {self._operands.bind(escape)}"
        word = "NOT LIKE" if negated else "LIKE"
        return f"({a.rank} = {STRING} AND {b.rank} = {STRING} AND {a.value} {word} {b.value}{clause})"

    def _predicate(self, name: str, arguments: tuple[Expression, ...], negated: bool) -> str:
        predicate = PREDICATES[name]
        if len(arguments) not in predicate.arities:
            raise bad_request(f"The function {name} takes {' or '.join(map(str, predicate.arities))} argument(s).")
        known, holds = predicate.compile([self._operands.operand(argument) for argument in arguments])
        return f"({known} AND {'NOT ' if negated else ''}({holds}))"

    def _is_partition_key(self, expression: Expression) -> bool:
        return isinstance(expression, Path) and expression.steps == self._partition_path

    def _partition_key(self, expression: Expression) -> str:
        """The stored form of a key, so that ``c.pk = @pk`` is a look-up and not a scan."""
        assert isinstance(expression, CONSTANT)
        return self._operands.bind(canonical([self._operands.constant(expression)]))


def _equal(a: Operand, b: Operand) -> str:
    if b.fixed_rank in (NULL, FALSE, TRUE):
        return f"({a.rank} = {b.fixed_rank})"
    if b.fixed_rank is not None:
        return f"({a.rank} = {b.rank} AND {a.value} = {b.value})"
    return f"({a.rank} <> 0 AND {a.rank} = {b.rank} AND ({a.rank} <= {TRUE} OR {a.value} = {b.value}))"


def _ordered(operator: str, a: Operand, b: Operand) -> str:
    if b.fixed_rank in (NUMBER, STRING):
        return f"({a.rank} = {b.rank} AND {a.value} {operator} {b.value})"
    if b.fixed_rank is not None:
        raise bad_request(f"Unsupported: {operator} compares with numbers and strings only.")
    return f"({a.rank} IN ({NUMBER}, {STRING}) AND {a.rank} = {b.rank} AND {a.value} {operator} {b.value})"


def _any_of(a: Operand, rank: int, items: list[Operand]) -> str:
    if rank in (NULL, FALSE, TRUE):
        return f"({a.rank} = {rank})"
    return f"({a.rank} = {rank} AND {a.value} IN ({', '.join(item.value for item in items)}))"


def _join(word: str, texts: list[str]) -> str:
    """Join conditions as a balanced tree: SQLite limits the depth of an expression to 1000."""
    if len(texts) <= 8:
        return f"({f' {word} '.join(texts)})"
    middle = len(texts) // 2
    return f"({_join(word, texts[:middle])} {word} {_join(word, texts[middle:])})"
