"""The part of OData that Batch's lists understand, pure: $filter, $select and paging.

Filters: ``eq ne lt le gt ge``, ``and or not``, parentheses, ``startswith(property, 'text')``, strings, numbers,
booleans and ``datetime'2026-01-02T03:04:05Z'``; a property may be a path (``executionInfo/exitCode``).
"""

import operator
import re
from collections.abc import Callable, Sequence

from local.batch.documents import Document, moment

Predicate = Callable[[Document], bool]
MAX_RESULTS = 1000  # Batch's largest page

_TOKEN = re.compile(
    r"\s*(?:(?P<time>datetime'[^']*')|(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w/]*)|(?P<sign>[(),]))"
)
_COMPARE: dict[str, Callable[..., bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def parse_filter(text: str) -> Predicate:
    """A predicate over documents. Raises ValueError with a sentence when the text is outside the subset."""
    parser = _Parser(_tokens(text))
    predicate = parser.any_of()
    if parser.rest():
        raise ValueError(f"unexpected {parser.rest()[0][1]!r} in the filter")
    return predicate


def select(document: Document, names: str | None) -> Document:
    """Only the properties named, comma separated; all of them without names."""
    if not names:
        return document
    wanted = {name.strip() for name in names.split(",")}
    return {name: value for name, value in document.items() if name in wanted}


def page(items: Sequence[Document], size: int, token: str | None) -> tuple[Sequence[Document], str | None]:
    """One page and the token of the next. A token is the id of the last item sent, so that lists may change between
    pages; an item that is gone meanwhile is found by the position in the token."""
    start = _start(items, token)
    following = start + size
    chunk = items[start:following]
    return chunk, f"{following}~{chunk[-1].get('id', '')}" if following < len(items) else None


def _start(items: Sequence[Document], token: str | None) -> int:
    if token is None:
        return 0
    position, _, last = token.partition("~")
    if not position.isdecimal():
        raise ValueError("the skip token is not one that this service gave")
    return next((index + 1 for index, item in enumerate(items) if item.get("id") == last), int(position))


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match or match.lastgroup is None:
            raise ValueError(f"cannot read the filter at {text[at : at + 20]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens

    def rest(self) -> list[tuple[str, str]]:
        return self._tokens

    def any_of(self) -> Predicate:
        terms = [self._all_of()]
        while self._take("or"):
            terms.append(self._all_of())
        return lambda document: any(term(document) for term in terms)

    def _all_of(self) -> Predicate:
        terms = [self._one()]
        while self._take("and"):
            terms.append(self._one())
        return lambda document: all(term(document) for term in terms)

    def _one(self) -> Predicate:
        if self._take("not"):
            inner = self._one()
            return lambda document: not inner(document)
        if self._take("("):
            inner = self.any_of()
            self._expect(")")
            return inner
        if self._take("startswith"):
            return self._startswith()
        return self._comparison()

    def _startswith(self) -> Predicate:
        self._expect("(")
        name = self._next("name")
        self._expect(",")
        prefix = str(_literal(*self._pop()))
        self._expect(")")
        return lambda document: str(_property(document, name) or "").lower().startswith(prefix.lower())

    def _comparison(self) -> Predicate:
        name = self._next("name")
        compare = _COMPARE.get(sign := self._next("name"))
        if compare is None:
            raise ValueError(f"{sign!r} is not a comparison: use {', '.join(_COMPARE)}")
        wanted = _literal(*self._pop())
        return lambda document: _compare(compare, _property(document, name), wanted)

    def _pop(self) -> tuple[str, str]:
        if not self._tokens:
            raise ValueError("the filter ends too early")
        return self._tokens.pop(0)

    def _next(self, kind: str) -> str:
        found, text = self._pop()
        if found != kind:
            raise ValueError(f"expected a {kind} in the filter, not {text!r}")
        return text

    def _take(self, text: str) -> bool:
        if self._tokens and self._tokens[0] in (("name", text), ("sign", text)):
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise ValueError(f"expected {text!r} in the filter")


def _literal(kind: str, text: str) -> object:
    match kind:
        case "time":
            return moment(text[len("datetime'") : -1])
        case "text":
            return text[1:-1].replace("''", "'")
        case "number":
            return float(text)
        case "name" if text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        case _:
            raise ValueError(f"{text!r} is not a value")


def _property(document: Document, path: str) -> object:
    value: object = document
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _compare(compare: Callable[..., bool], value: object, wanted: object) -> bool:
    if isinstance(value, str) and not isinstance(wanted, str) and wanted is not None:
        value = moment(value)
    if isinstance(value, str) and isinstance(wanted, str):
        value, wanted = value.lower(), wanted.lower()
    if value is None and compare not in (operator.eq, operator.ne):
        return False
    try:
        return compare(value, wanted)
    except TypeError:
        return False
