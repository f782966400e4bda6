"""Scalar expressions in SQLite terms: a type rank, a value of that type, and the JSON text."""

from dataclasses import dataclass

from local.cosmos.errors import bad_request
from local.cosmos.jsontext import Json, JsonObject, dump
from local.cosmos.query import paths
from local.cosmos.query.paths import ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE
from local.cosmos.query.syntax import Call, Expression, Literal, Parameter, Path

SQLITE_INTEGERS = range(-(1 << 63), 1 << 63)
MAX_COUNT = (1 << 31) - 1
MAX_VALUES = 32_000  # SQLite takes 32,766 bound values; pages add a few


@dataclass(frozen=True)
class Operand:
    """``rank``, ``value`` and ``json`` are SQL texts; ``fixed_rank`` is the rank when it is known beforehand."""

    rank: str
    value: str
    json: str
    fixed_rank: int | None = None


@dataclass(frozen=True)
class ScalarFunction:
    """A function of one argument: the rank it takes, its SQL, the rank it yields."""

    takes: int
    sql: str
    yields: int


SCALAR_FUNCTIONS = {
    "LOWER": ScalarFunction(STRING, "fold({})", STRING),
    "UPPER": ScalarFunction(STRING, "capitals({})", STRING),
    "LENGTH": ScalarFunction(STRING, "length({})", NUMBER),
    "ARRAY_LENGTH": ScalarFunction(ARRAY, "json_array_length({})", NUMBER),
    "ABS": ScalarFunction(NUMBER, "abs({})", NUMBER),
}


class Operands:
    """Compiles scalars of one query: knows its alias and parameters and collects the values to bind."""

    def __init__(self, alias: str, parameters: JsonObject) -> None:
        self.alias = alias
        self.values: list[object] = []
        self._parameters = parameters

    def bind(self, value: object) -> str:
        """A numbered placeholder for a value."""
        if isinstance(value, int) and value not in SQLITE_INTEGERS:
            value = float(value)
        if len(self.values) >= MAX_VALUES:
            raise bad_request(f"The query has too many constants and parameters: at most {MAX_VALUES // 2}.")
        self.values.append(value)
        return f":v{len(self.values)}"

    def steps(self, expression: Expression, what: str) -> paths.Steps:
        """The steps of an expression that must be a property path; 400 otherwise."""
        if not isinstance(expression, Path):
            raise bad_request(f"Unsupported: {what} takes property paths such as {self.alias}.name only.")
        if expression.root != self.alias:
            raise bad_request(f"Syntax error: identifier {expression.root!r} could not be resolved; the container is "
                              f"called {self.alias!r} in this query.")
        return expression.steps

    def constant(self, expression: Literal | Parameter) -> Json:
        if isinstance(expression, Literal):
            return expression.value
        if expression.name not in self._parameters:
            raise bad_request(f"The query uses the parameter {expression.name}, which was not given.")
        return self._parameters[expression.name]

    def count(self, expression: Expression, clause: str) -> int:
        """A TOP, OFFSET or LIMIT number."""
        value = self.constant(expression) if isinstance(expression, Literal | Parameter) else None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_COUNT:
            raise bad_request(f"{clause} takes a whole number from 0 to {MAX_COUNT}.")
        return value

    def operand(self, expression: Expression) -> Operand:
        if isinstance(expression, Literal | Parameter):
            return self._constant_operand(self.constant(expression))
        if isinstance(expression, Call):
            return self._call(expression)
        steps = self.steps(expression, "this place")
        if not steps:
            return Operand(str(OBJECT), "body", "body", OBJECT)
        fixed = STRING if steps == ("id",) else None
        return Operand(paths.rank(steps), paths.value(steps), paths.as_json(steps), fixed)

    def _constant_operand(self, value: Json) -> Operand:
        rank = rank_of(value)
        scalar = dump(value) if isinstance(value, list | dict) else value
        placeholder = self.bind(scalar)
        json = self.bind(dump(value))
        return Operand(str(rank), placeholder, json, rank)

    def _call(self, call: Call) -> Operand:
        function = SCALAR_FUNCTIONS.get(call.name)
        if function is None or len(call.arguments) != 1:
            raise bad_request(f"Unsupported: the function {call.name} with {len(call.arguments)} argument(s) here.")
        if isinstance(call.arguments[0], Call):
            raise bad_request(f"Unsupported: a function within {call.name}.")
        inner = self.operand(call.arguments[0])
        right_type = f"{inner.rank} = {function.takes}"
        value = f"CASE WHEN {right_type} THEN {function.sql.format(inner.value)} END"
        rank = f"CASE WHEN {right_type} THEN {function.yields} ELSE 0 END"
        return Operand(rank, value, f"CASE WHEN {right_type} THEN json_quote({value}) END")


def rank_of(value: Json) -> int:
    match value:
        case None:
            return NULL
        case bool():
            return TRUE if value else FALSE
        case int() | float():
            return NUMBER
        case str():
            return STRING
        case list():
            return ARRAY
    return OBJECT
