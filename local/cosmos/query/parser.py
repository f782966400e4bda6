"""The parser of the SQL subset: a Pratt parser for expressions, plain descent for clauses."""

from local.cosmos.query.expressions import Expressions
from local.cosmos.query.syntax import Expression, Item, Literal, Order, Parameter, Query
from local.cosmos.query.tokens import tokenize


def parse_query(text: str) -> Query:
    """Parse a SELECT statement; 400 naming what is unsupported or wrong, and where."""
    return _Statement(tokenize(text)).query()


def parse_condition(text: str) -> tuple[str, Expression]:
    """Parse the ``FROM c WHERE ...`` of a conditional patch into the alias and the condition."""
    statement = _Statement(tokenize(text))
    alias = statement.source()
    statement.expect("WHERE")
    condition = statement.expression()
    statement.end()
    return alias, condition


class _Statement(Expressions):
    def query(self) -> Query:
        self.expect("SELECT")
        distinct = self.accept("DISTINCT")
        top = self._count() if self.accept("TOP") else None
        value = self.accept("VALUE")
        items = None if not value and self.accept("*") else self._items(value)
        alias = self.source()
        where = self.expression() if self.accept("WHERE") else None
        group = self._group() if self.accept("GROUP") else ()
        order = self._order() if self.accept("ORDER") else ()
        offset = limit = None
        if self.accept("OFFSET"):
            offset = self._count()
            self.expect("LIMIT")
            limit = self._count()
        self.end()
        return Query(items, value, distinct, top, alias, where, group, order, offset, limit)

    def source(self) -> str:
        """``FROM name [[AS] alias]``: the name the container goes by."""
        self.expect("FROM")
        alias = self.name()
        for unsupported in ("IN", "JOIN"):
            if self.peek(unsupported):
                raise self.unsupported(f"{unsupported} in FROM; only FROM c is")
        if self.accept("AS") or (self.token.kind == "word" and not self.at_clause()):
            alias = self.name()
        if self.peek("JOIN") or self.peek("."):
            raise self.unsupported(f"{self.token.text} in FROM; only FROM c is")
        return alias

    def end(self) -> None:
        if self.token.kind != "end":
            raise self.error(f"unexpected {self.token.text!r}, or an unsupported clause.")

    def _items(self, value: bool) -> tuple[Item, ...]:
        items = [self._item()]
        while not value and self.accept(","):
            items.append(self._item())
        return tuple(items)

    def _item(self) -> Item:
        expression = self.expression()
        named = self.accept("AS") or (self.token.kind == "word" and not self.at_clause())
        return Item(expression, self.name() if named else None)

    def _group(self) -> tuple[Expression, ...]:
        self.expect("BY")
        paths = [self.expression()]
        while self.accept(","):
            paths.append(self.expression())
        return tuple(paths)

    def _order(self) -> tuple[Order, ...]:
        self.expect("BY")
        orders = [self._sort_key()]
        while self.accept(","):
            orders.append(self._sort_key())
        return tuple(orders)

    def _sort_key(self) -> Order:
        expression = self.expression()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        return Order(expression, descending)

    def _count(self) -> Expression:
        expression = self.operand()  # no operators: in TOP 3 * the star is the SELECT list
        if not isinstance(expression, Parameter | Literal):
            raise self.error("TOP, OFFSET and LIMIT take a number or a parameter.")
        return expression
