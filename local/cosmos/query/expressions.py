"""Expressions of the SQL subset: a Pratt parser over the tokens."""

from local.cosmos.errors import CosmosError
from local.cosmos.jsontext import Json
from local.cosmos.query.paths import Steps
from local.cosmos.query.syntax import Call, Compare, Expression, In, Like, Literal, Logical, Not, Parameter, Path
from local.cosmos.query.tokens import Token, syntax_error

OR, AND, NOT, COMPARISON = range(1, 5)

BINDING = {"OR": OR, "AND": AND, "=": COMPARISON, "!=": COMPARISON, "<>": COMPARISON, "<": COMPARISON, "<=": COMPARISON,
           ">": COMPARISON, ">=": COMPARISON, "IN": COMPARISON, "BETWEEN": COMPARISON, "LIKE": COMPARISON,
           "NOT": COMPARISON}

CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
CLAUSES = {"FROM", "WHERE", "GROUP", "ORDER", "OFFSET", "JOIN", "ASC", "DESC", "IN", "LIMIT"}
UNSUPPORTED_WORDS = {"EXISTS", "ARRAY", "UNDEFINED", "SELECT", "UDF", "HAVING"}
UNSUPPORTED_SYMBOLS = {"+", "-", "*", "/", "%", "??", "?", "||", "&", "|", "^", "~"}
MAX_DEPTH = 100


class Expressions:
    """A cursor over tokens that reads expressions."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    def peek(self, text: str) -> bool:
        return self.token.kind in ("word", "symbol") and self.token.text.upper() == text

    def accept(self, text: str) -> bool:
        found = self.peek(text)
        self._at += found
        return found

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.error(f"expected {text}, found {self.token.text or 'the end'!r}.")

    def at_clause(self) -> bool:
        return self.token.text.upper() in CLAUSES

    def error(self, message: str) -> CosmosError:
        return syntax_error(message, self.token.position)

    def unsupported(self, what: str) -> CosmosError:
        return self.error(f"unsupported: {what}.")

    def name(self) -> str:
        token = self._take()
        if token.kind != "word":
            raise syntax_error(f"expected a name, found {token.text or 'the end'!r}.", token.position)
        return token.text

    def expression(self, binding: int = 0) -> Expression:
        """Read an expression whose operators bind tighter than ``binding``."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error(f"the expression is nested deeper than {MAX_DEPTH} levels.")
        left = self.operand()
        while self._binding() > binding:
            left = self._infix(left)
        self._depth -= 1
        return left

    def _binding(self) -> int:
        if self.token.kind == "symbol" and self.token.text in UNSUPPORTED_SYMBOLS:
            raise self.unsupported(f"the operator {self.token.text}")
        return BINDING.get(self.token.text.upper(), 0) if self.token.kind in ("word", "symbol") else 0

    def operand(self) -> Expression:
        """Read an expression without operators after it."""
        token = self._take()
        match token.kind:
            case "number":
                return Literal(_number(token.text))
            case "string":
                return Literal(token.text)
            case "parameter":
                return Parameter(token.text)
            case "word":
                return self._word(token)
        if token.text == "(":
            if self.peek("SELECT"):
                raise self.unsupported("subqueries")
            inner = self.expression()
            self.expect(")")
            return inner
        if token.text == "-" and self.token.kind == "number":
            return Literal(-_number(self._take().text))
        if token.text == "[":
            return Literal(self._array())
        raise syntax_error(f"expected an expression, found {token.text or 'the end'!r}.", token.position)

    def _word(self, token: Token) -> Expression:
        upper = token.text.upper()
        if upper == "NOT":
            return Not(self.expression(NOT))
        if upper in CONSTANTS:
            return Literal(CONSTANTS[upper])
        if upper in UNSUPPORTED_WORDS or upper in CLAUSES:
            raise syntax_error(f"unsupported: {upper} here.", token.position)
        if self.accept("("):
            return Call(upper, self._arguments())
        return Path(token.text, self._steps())

    def _steps(self) -> Steps:
        steps: list[str | int] = []
        while self.peek(".") or self.peek("["):
            if self._take().text == ".":
                steps.append(self.name())
                continue
            token = self._take()
            if token.kind == "number" and token.text.isdigit():
                steps.append(int(token.text))
            elif token.kind == "string":
                steps.append(token.text)
            else:
                raise syntax_error("expected a property name in quotes or an array index.", token.position)
            self.expect("]")
        return tuple(steps)

    def _arguments(self) -> tuple[Expression, ...]:
        if self.accept(")"):
            return ()
        arguments = [self.expression()]
        while self.accept(","):
            arguments.append(self.expression())
        self.expect(")")
        return tuple(arguments)

    def _array(self) -> list[Json]:
        items: list[Json] = []
        while not self.accept("]"):
            if items:
                self.expect(",")
            item = self.expression()
            if not isinstance(item, Literal):
                raise self.unsupported("an array of anything but constants")
            items.append(item.value)
        return items

    def _infix(self, left: Expression) -> Expression:
        operator = self._take().text.upper()
        match operator:
            case "AND" | "OR":
                right = self.expression(BINDING[operator])
                before = left.operands if isinstance(left, Logical) and left.operator == operator else (left,)
                return Logical(operator, (*before, right))
            case "NOT":
                if not (self.peek("IN") or self.peek("BETWEEN") or self.peek("LIKE")):
                    raise self.error("expected IN, BETWEEN or LIKE after NOT.")
                return Not(self._infix(left))
            case "IN":
                self.expect("(")
                return In(left, self._arguments())
            case "BETWEEN":
                low = self.expression(COMPARISON)
                self.expect("AND")
                return Logical("AND", (Compare(">=", left, low), Compare("<=", left, self.expression(COMPARISON))))
            case "LIKE":
                pattern = self.expression(COMPARISON)
                return Like(left, pattern, self._escape() if self.accept("ESCAPE") else None)
        return Compare("!=" if operator == "<>" else operator, left, self.expression(COMPARISON))

    def _escape(self) -> str:
        token = self._take()
        if token.kind != "string" or len(token.text) != 1:
            raise syntax_error("ESCAPE takes one character in quotes.", token.position)
        return token.text

    def _take(self) -> Token:
        token = self.token
        self._at += token.kind != "end"
        return token


def _number(text: str) -> int | float:
    if text[:2].lower() == "0x":
        return int(text, 16)
    return int(text) if text.isdigit() else float(text)
