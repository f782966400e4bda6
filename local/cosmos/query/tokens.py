"""The tokenizer of the SQL subset."""

import json
import re
from dataclasses import dataclass

from local.cosmos.errors import CosmosError, bad_request

_TOKEN = re.compile(r"""
    (?P<space>\s+|--[^\n]*)
  | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<parameter>@\w+)
  | (?P<word>[^\W\d]\w*)
  | (?P<symbol><=|>=|<>|!=|\?\?|\|\||[-+*/%=<>()\[\]{},.:?&|^~])
""", re.VERBOSE)


@dataclass(frozen=True)
class Token:
    """``kind``: number, string, parameter, word, symbol or end. ``text`` of a string is its value."""

    kind: str
    text: str
    position: int


def syntax_error(message: str, position: int) -> CosmosError:
    return bad_request(f"Syntax error at position {position}: {message}")


def tokenize(query: str) -> list[Token]:
    """The tokens of a query, ended by one of kind ``end``; 400 for a character that starts none."""
    tokens, position = [], 0
    while position < len(query):
        match = _TOKEN.match(query, position)
        if match is None:
            raise syntax_error(f"unexpected {query[position]!r}.", position)
        kind, text = match.lastgroup or "", match.group()
        if kind != "space":
            tokens.append(Token(kind, _unquote(text, position) if kind == "string" else text, position))
        position = match.end()
    return [*tokens, Token("end", "", len(query))]


def _unquote(text: str, position: int) -> str:
    inner = text[1:-1].replace("\\'", "'")
    if text[0] == "'":
        inner = re.sub(r'(\\.)|"', lambda m: m.group(1) or '\\"', inner)
    try:
        value: str = json.loads(f'"{inner}"', strict=False)
    except ValueError as error:
        raise syntax_error(f"bad escape in the string {text}.", position) from error
    return value
