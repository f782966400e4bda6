"""The syntax of Batch's autoscale formulas, pure: text to a list of assignments."""

import re
from dataclasses import dataclass

MAX_LENGTH = 8192


class FormulaError(ValueError):
    """What is wrong with a formula, in one sentence."""


@dataclass(frozen=True)
class Literal:
    value: float | str


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Apply:
    """An operator or a function on its operands; a method has its object first."""

    name: str
    operands: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Choice:
    """``condition ? yes : no``; only one branch is evaluated."""

    condition: "Expression"
    yes: "Expression"
    no: "Expression"


Expression = Literal | Name | Apply | Choice
Assignment = tuple[str, Expression]

_TOKEN = re.compile(
    r"(?:\s|//[^\n]*|/\*.*?\*/)*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<name>\$?[A-Za-z_]\w*)|(?P<sign>&&|\|\||[<>=!]=|[-+*/<>!?:;,.()=]))",
    re.S,
)
_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.S)
# Binary operators from the loosest to the tightest.
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/"))


def parse(text: str) -> list[Assignment]:
    """The assignments of a formula. Raises FormulaError."""
    return _Parser(_tokens(text)).formula()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while (at_token := _blank_end(text, at)) < len(text):
        match = _TOKEN.match(text, at_token)
        if match is None or match.lastgroup is None:
            raise FormulaError(f"unexpected character {text[at_token]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _blank_end(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def formula(self) -> list[Assignment]:
        statements: list[Assignment] = []
        while self._at < len(self._tokens):
            if not self._take(";"):
                statements.append(self._assignment())
        return statements

    def _assignment(self) -> Assignment:
        kind, name = self._pop()
        if kind != "name":
            raise FormulaError(f"a statement starts with a variable, not with {name!r}")
        self._expect("=")
        value = self._choice()
        if self._at < len(self._tokens):
            self._expect(";")
        return name, value

    def _choice(self) -> Expression:
        condition = self._binary(0)
        if not self._take("?"):
            return condition
        yes = self._choice()
        self._expect(":")
        return Choice(condition, yes, self._choice())

    def _binary(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while sign := next((sign for sign in _LEVELS[level] if self._take(sign)), None):
            left = Apply(sign, (left, self._binary(level + 1)))
        return left

    def _unary(self) -> Expression:
        for sign in ("-", "!"):
            if self._take(sign):
                return Apply(f"unary{sign}", (self._unary(),))
        return self._postfix()

    def _postfix(self) -> Expression:
        value = self._primary()
        while self._take("."):
            method = self._pop()[1]
            self._expect("(")
            value = Apply(f".{method}", (value, *self._arguments()))
        return value

    def _primary(self) -> Expression:
        kind, text = self._pop()
        match kind:
            case "number":
                return Literal(float(text))
            case "text":
                return Literal(text[1:-1])
            case "name":
                return Apply(text, self._arguments()) if self._take("(") else Name(text)
        if text != "(":
            raise FormulaError(f"unexpected {text!r}")
        inner = self._choice()
        self._expect(")")
        return inner

    def _arguments(self) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while not self._take(")"):
            if found:
                self._expect(",")
            found.append(self._choice())
        return tuple(found)

    def _pop(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise FormulaError("the formula ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, sign: str) -> bool:
        taken = self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign)
        self._at += taken
        return taken

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            found = self._tokens[self._at][1] if self._at < len(self._tokens) else "the end"
            raise FormulaError(f"expected {sign!r}, found {found!r}")
