"""SOQL: text -> `Query`. A tokenizer and a recursive descent; knows no objects and no records."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any

MAX_STATEMENT = 100_000
MAX_DEPTH = 100
TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_][\w.]*(?::\d+)?)
    | (?P<operator><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE | re.DOTALL,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
OPERATORS = {"=", "!=", "<>", "<", ">", "<=", ">="}
RESERVED = {"from", "where", "and", "or", "not", "order", "limit", "offset", "group", "in", "like", "having", "with"}


class Malformed(Exception):
    """The statement cannot be read; `position` is where in the text."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    position: int

    @property
    def word(self) -> str:
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps of a parent: `Account.Name`."""

    names: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Count:
    """`COUNT(Id)` or `COUNT()`, perhaps with an alias."""

    path: Path | None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class All:
    """`FIELDS(ALL)`, `FIELDS(STANDARD)` or `FIELDS(CUSTOM)`."""

    which: str


@dataclass(frozen=True, slots=True)
class Compare:
    path: Path
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Among:
    """`IN` or `NOT IN` a list of values or a semi-join."""

    path: Path
    values: tuple[Any, ...]
    query: Query | None
    negated: bool


@dataclass(frozen=True, slots=True)
class Both:
    """`AND` and `OR` over two or more parts."""

    operator: str
    parts: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Any


@dataclass(frozen=True, slots=True)
class Order:
    path: Path
    descending: bool
    nulls_last: bool


@dataclass
class Query:
    select: list[Path | Count | All]
    object_name: str
    object_position: int
    where: Any = None
    group: list[Path] = field(default_factory=list)
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0

    @property
    def counts(self) -> bool:
        return any(isinstance(item, Count) for item in self.select)


def parse(text: str) -> Query:
    """Read one SELECT. Raises `Malformed`."""
    if len(text) > MAX_STATEMENT:
        raise Malformed("SOQL statements cannot be longer than 100000 characters.", 0)
    parser = Parser(text)
    query = parser.query()
    parser.end()
    return query


def tokens(text: str) -> list[Token]:
    """The statement in tokens. Raises `Malformed`."""
    found, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise Malformed(f"unexpected token: '{text[start : start + 1]}'", start)
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
    return found


class Parser:
    """One statement; each method reads one part of the grammar and leaves `at` behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0

    # Looking and taking

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def unexpected(self) -> Malformed:
        token = self.peek()
        if token is None:
            return Malformed("unexpected token: '<EOF>'", len(self.text))
        return Malformed(f"unexpected token: '{token.text}'", token.position)

    def take(self, kind: str | None = None, *words: str) -> Token:
        token = self.peek()
        if token is None or (kind and token.kind != kind) or (words and token.word not in words):
            raise self.unexpected()
        self.at += 1
        return token

    def taken(self, *words: str) -> bool:
        """Take these words if they come next, all of them."""
        ahead = self.tokens[self.at : self.at + len(words)]
        if len(ahead) == len(words) and all(
            t.kind != "string" and t.word == w for t, w in zip(ahead, words, strict=True)
        ):
            self.at += len(words)
            return True
        return False

    def end(self) -> None:
        if self.peek() is not None:
            raise self.unexpected()

    # The grammar

    def query(self) -> Query:
        self.take("name", "select")
        select = [self.selected()]
        while self.taken(","):
            select.append(self.selected())
        self.take("name", "from")
        source = self.take("name")
        query = Query(select, source.text, source.position)
        if self.peek() is not None and self.peek().kind == "name" and self.peek().word not in RESERVED:  # type: ignore[union-attr]
            self.take("name")  # an alias of the object; fields may go without it
        if self.taken("where"):
            query.where = self.alternatives()
        if self.taken("group", "by"):
            query.group.append(self.path())
            while self.taken(","):
                query.group.append(self.path())
        if self.taken("order", "by"):
            query.order.append(self.ordered())
            while self.taken(","):
                query.order.append(self.ordered())
        if self.taken("limit"):
            query.limit = self.whole_number()
        if self.taken("offset"):
            query.offset = self.whole_number()
        return query

    def whole_number(self) -> int:
        if self.peek() is None or not self.peek().text.isdigit():  # type: ignore[union-attr]
            raise self.unexpected()
        return int(self.take("number").text)

    def path(self) -> Path:
        token = self.take("name")
        if token.word in RESERVED:
            self.at -= 1
            raise self.unexpected()
        return Path(tuple(token.text.split(".")), token.position)

    def selected(self) -> Path | Count | All:
        if self.taken("count", "("):
            path = None if self.taken(")") else self.path()
            if path is not None:
                self.take("operator", ")")
            return Count(path, self.alias())
        if self.taken("fields", "("):
            which = self.take("name", "all", "standard", "custom").word
            self.take("operator", ")")
            return All(which)
        return self.path()

    def alias(self) -> str:
        token = self.peek()
        if token is not None and token.kind == "name" and token.word not in RESERVED:
            return self.take("name").text
        return ""

    def alternatives(self) -> Any:
        return self.joined("or", self.conjunction)

    def conjunction(self) -> Any:
        return self.joined("and", self.condition)

    def joined(self, word: str, part: Any) -> Any:
        parts = [part()]
        while self.taken(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Both(word, tuple(parts))

    def condition(self) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Malformed("The condition is nested too deeply.", 0)
        try:
            return self.single_condition()
        finally:
            self.depth -= 1

    def single_condition(self) -> Any:
        if self.taken("not"):
            return Not(self.condition())
        if self.taken("("):
            inner = self.alternatives()
            self.take("operator", ")")
            return inner
        path = self.path()
        if self.taken("like"):
            return Compare(path, "like", text_of(self.take("string")))
        if self.taken("not", "in"):
            return self.among(path, negated=True)
        if self.taken("in"):
            return self.among(path, negated=False)
        operator = self.take("operator")
        if operator.text not in OPERATORS:
            self.at -= 1
            raise self.unexpected()
        return Compare(path, "!=" if operator.text == "<>" else operator.text, self.value())

    def among(self, path: Path, *, negated: bool) -> Among:
        self.take("operator", "(")
        token = self.peek()
        if token is not None and token.kind == "name" and token.word == "select":
            query = self.query()
            self.take("operator", ")")
            return Among(path, (), query, negated)
        values = [self.value()]
        while self.taken(","):
            values.append(self.value())
        self.take("operator", ")")
        return Among(path, tuple(values), None, negated)

    def ordered(self) -> Order:
        path = self.path()
        descending = self.taken("desc")
        if not descending:
            self.taken("asc")
        if self.taken("nulls", "last"):
            return Order(path, descending, True)
        self.taken("nulls", "first")
        return Order(path, descending, False)

    def value(self) -> Any:
        token = self.take()
        if token.kind == "string":
            return text_of(token)
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind in ("date", "datetime"):
            return day_or_moment(token)
        words = {"null": None, "true": True, "false": False}
        if token.word in words:
            return words[token.word]
        day = date_literal(token.word)
        if day is None:
            self.at -= 1
            raise self.unexpected()
        return day


def text_of(token: Token) -> str:
    """A string literal without quotes and escapes. `\\_` and `\\%` keep the backslash, LIKE needs it."""

    def plain(match: re.Match[str]) -> str:
        letter = match[1]
        return match[0] if letter in "_%" else ESCAPES.get(letter.lower(), letter)

    return re.sub(r"\\(.)", plain, token.text[1:-1], flags=re.DOTALL)


def day_or_moment(token: Token) -> datetime.date:
    """A date or datetime literal. Raises `Malformed` for a day that the calendar lacks."""
    try:
        if token.kind == "date":
            return datetime.date.fromisoformat(token.text)
        return datetime.datetime.fromisoformat(token.text)
    except ValueError as error:
        raise Malformed(f"Invalid date: {token.text}", token.position) from error


def date_literal(word: str) -> datetime.date | None:
    """TODAY, YESTERDAY, TOMORROW, LAST_N_DAYS:n and NEXT_N_DAYS:n as their first day."""
    today = datetime.datetime.now(datetime.UTC).date()
    name, _, number = word.partition(":")
    shifts = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if number:
        shifts = {"last_n_days": -int(number), "next_n_days": int(number)}
    try:
        return today + datetime.timedelta(days=shifts[name]) if name in shifts else None
    except OverflowError:
        return None
