"""The boolean functions of the SQL subset, as a table.

Each compiles its operands into two SQL texts: *known* (the arguments have the types the function takes) and *holds*.
"""

from collections.abc import Callable
from dataclasses import dataclass

from local.cosmos.errors import bad_request
from local.cosmos.query.operands import Operand
from local.cosmos.query.paths import ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE, rank_of_type

Compiled = tuple[str, str]


@dataclass(frozen=True)
class Predicate:
    arities: tuple[int, ...]
    compile: Callable[[list[Operand]], Compiled]


def _is_type(*ranks: int) -> Predicate:
    members = ", ".join(map(str, ranks))
    return Predicate((1,), lambda operands: ("1", f"{operands[0].rank} IN ({members})"))


def _text(template: str) -> Predicate:
    """A test of two strings; the optional third argument makes it ignore case."""

    def compile_(operands: list[Operand]) -> Compiled:
        a, b = operands[0], operands[1]
        known = f"{a.rank} = {STRING} AND {b.rank} = {STRING}"
        ignore_case = len(operands) == 3 and _flag(operands[2])
        texts = (f"fold({a.value})", f"fold({b.value})") if ignore_case else (a.value, b.value)
        return known, template.format(*texts)

    return Predicate((2, 3), compile_)


def _flag(operand: Operand) -> bool:
    if operand.fixed_rank not in (TRUE, FALSE):
        raise bad_request("Unsupported: the last argument of a string function must be the constant true or false.")
    return operand.fixed_rank == TRUE


def _array_contains(operands: list[Operand]) -> Compiled:
    array, wanted = operands[0], operands[1]
    if len(operands) == 3 and operands[2].fixed_rank != FALSE:
        raise bad_request("Unsupported: partial match in ARRAY_CONTAINS.")
    known = f"{array.rank} = {ARRAY} AND {wanted.rank} <> 0"
    # json_each would show a scalar as one row, so the rank is asked inside as well.
    rows = f"json_each(CASE WHEN {array.rank} = {ARRAY} THEN {array.value} ELSE '[]' END) AS entry"
    same_rank = f"{rank_of_type('entry.type')} = {wanted.rank}"
    same = f"{same_rank} AND ({wanted.rank} <= {TRUE} OR entry.value = {wanted.value})"
    return known, f"EXISTS (SELECT 1 FROM {rows} WHERE {same})"


PREDICATES = {
    "IS_DEFINED": _is_type(NULL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT),
    "IS_NULL": _is_type(NULL),
    "IS_BOOL": _is_type(FALSE, TRUE),
    "IS_NUMBER": _is_type(NUMBER),
    "IS_STRING": _is_type(STRING),
    "IS_ARRAY": _is_type(ARRAY),
    "IS_OBJECT": _is_type(OBJECT),
    "IS_PRIMITIVE": _is_type(NULL, FALSE, TRUE, NUMBER, STRING),
    "STARTSWITH": _text("substr({0}, 1, length({1})) = {1}"),
    "ENDSWITH": _text("(length({1}) = 0 OR (length({0}) >= length({1}) AND substr({0}, -length({1})) = {1}))"),
    "CONTAINS": _text("instr({0}, {1}) > 0"),
    "STRINGEQUALS": _text("{0} = {1}"),
    "ARRAY_CONTAINS": Predicate((2, 3), _array_contains),
}
