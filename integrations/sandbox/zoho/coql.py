"""COQL: text -> `Query`. A tokenizer and a recursive descent; knows no modules and no records."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .refusals import Refused

MAX_COLUMNS = 50
MAX_CRITERIA = 25
MAX_VALUES = 50
MAX_LIMIT = 2000
MAX_REACH = 100_000
MAX_ORDER = 10
MAX_DEPTH = 60
DEFAULT_LIMIT = 200
TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.|'')*')
    | (?P<number>[+-]?\d+(?:\.\d+)?)(?![\w.])
    | (?P<name>[A-Za-z_$][\w.$]*)
    | (?P<operator><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE | re.DOTALL,
)
WORDS = {"from", "where", "and", "or", "not", "order", "limit", "offset", "group", "in", "like", "is", "between", "as"}
COMPARISONS = ("=", "!=", "<>", "<", ">", "<=", ">=")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    position: int

    @property
    def word(self) -> str:
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Criterion:
    """`operator` is one of = != < > <= >= in, not in, like, not like, between, not between, is, is not."""

    column: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Pair:
    """Two conditions joined by `and` or `or`."""

    word: str
    left: Criterion | Pair
    right: Criterion | Pair


@dataclass
class Query:
    columns: list[str]
    module: str
    where: Criterion | Pair
    counted: bool = False
    order: list[tuple[str, bool]] = field(default_factory=list)
    limit: int = DEFAULT_LIMIT
    offset: int = 0


def malformed(text: str, near: str, position: int) -> Refused:
    details = {"near": near, "line": 1 + text.count("\n", 0, position), "column": position + 1}
    return Refused("SYNTAX_ERROR", "error occurred while parsing the query", details)


def over(limit: int, clause: str) -> Refused:
    return Refused("LIMIT_EXCEEDED", "limit exceeded", {"limit": limit, "clause": clause})


def parse(text: str) -> Query:
    """Read a statement. Raises `Refused`."""
    return _Reader(text).query()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens()
        self.at = 0
        self.depth = 0
        self.criteria = 0

    def _tokens(self) -> list[Token]:
        found, position, end = [], 0, len(self.text.rstrip())
        while position < end:
            match = TOKEN.match(self.text, position)
            if match is None or match.lastgroup is None:
                raise malformed(self.text, self.text[position : position + 20].strip(), position)
            found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            position = match.end()
        return found

    # Looking and taking

    def unexpected(self) -> Refused:
        if self.at >= len(self.tokens):
            return malformed(self.text, "<EOF>", len(self.text))
        return malformed(self.text, self.tokens[self.at].text, self.tokens[self.at].position)

    def ahead(self, *words: str) -> bool:
        following = self.tokens[self.at : self.at + len(words)]
        return len(following) == len(words) and all(
            token.kind != "string" and token.word == word for token, word in zip(following, words, strict=True)
        )

    def taken(self, *words: str) -> bool:
        if self.ahead(*words):
            self.at += len(words)
            return True
        return False

    def take(self, kind: str, *words: str) -> Token:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or token.kind != kind or (words and token.word not in words):
            raise self.unexpected()
        self.at += 1
        return token

    def column(self) -> str:
        token = self.take("name")
        if token.word in WORDS:
            self.at -= 1
            raise self.unexpected()
        return token.text

    # The grammar

    def query(self) -> Query:
        self.take("name", "select")
        counted = self.taken("count", "(")
        columns = [self.column()]
        if counted:
            self.take("operator", ")")
        else:
            while self.taken(","):
                columns.append(self.column())
            if len(columns) > MAX_COLUMNS:
                raise over(MAX_COLUMNS, "select")
        self.take("name", "from")
        module = self.column()
        if not self.taken("where"):
            raise Refused("INVALID_QUERY", "invalid query formed", {"reason": "where clause is mandatory"})
        query = Query(columns, module, self.joined(), counted)
        if self.taken("order", "by"):
            query.order = self.ordering()
        self.window(query)
        if self.at < len(self.tokens):
            raise self.unexpected()
        return query

    def joined(self) -> Criterion | Pair:
        """One condition, or two joined; three need brackets around a pair of them."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.unexpected()
        left = self.condition()
        for word in ("and", "or"):
            if self.taken(word):
                left = Pair(word, left, self.condition())
                break
        if self.ahead("and") or self.ahead("or"):
            raise self.unexpected()
        self.depth -= 1
        return left

    def condition(self) -> Criterion | Pair:
        if self.taken("("):
            inner = self.joined()
            self.take("operator", ")")
            return inner
        self.criteria += 1
        if self.criteria > MAX_CRITERIA:
            raise over(MAX_CRITERIA, "where")
        column = self.column()
        if self.taken("is"):
            negated = self.taken("not")
            self.take("name", "null")
            return Criterion(column, "is not" if negated else "is", None)
        negation = "not " if self.taken("not") else ""
        if self.taken("in"):
            return Criterion(column, f"{negation}in", self.values())
        if self.taken("like"):
            return Criterion(column, f"{negation}like", unquoted(self.take("string").text))
        if self.taken("between"):
            low = self.value()
            self.take("name", "and")
            return Criterion(column, f"{negation}between", (low, self.value()))
        operator = self.take("operator", *COMPARISONS) if not negation else self.take("operator", "in")
        return Criterion(column, "!=" if operator.text == "<>" else operator.text, self.value())

    def values(self) -> tuple[Any, ...]:
        self.take("operator", "(")
        found = [self.value()]
        while self.taken(","):
            found.append(self.value())
        self.take("operator", ")")
        if len(found) > MAX_VALUES:
            raise over(MAX_VALUES, "in")
        return tuple(found)

    def value(self) -> Any:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or (token.kind == "name" and token.word not in ("true", "false")) or token.kind == "operator":
            raise self.unexpected()
        self.at += 1
        if token.kind == "string":
            return unquoted(token.text)
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        return token.word == "true"

    def ordering(self) -> list[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []
        while True:
            column = self.column()
            if column in [name for name, _ in found]:
                raise Refused("DUPLICATE_DATA", "duplicate data", {"column_name": column, "clause": "order by"})
            descending = self.taken("desc")
            if not descending:
                self.taken("asc")
            found.append((column, descending))
            if len(found) > MAX_ORDER:
                raise over(MAX_ORDER, "order by")
            if not self.taken(","):
                return found

    def window(self, query: Query) -> None:
        """`limit 200`, `limit 0, 200` (offset first) or `limit 200 offset 0`."""
        if self.taken("limit"):
            query.limit = self.whole()
            if self.taken(","):
                query.offset, query.limit = query.limit, self.whole()
        if self.taken("offset"):
            query.offset = self.whole()
        if query.limit > MAX_LIMIT:
            raise over(MAX_LIMIT, "limit")
        if query.offset + query.limit > MAX_REACH:
            raise over(MAX_REACH, "offset")

    def whole(self) -> int:
        token = self.take("number")
        if not token.text.isdigit():
            self.at -= 1
            raise self.unexpected()
        return int(token.text)


def unquoted(text: str) -> str:
    """A string literal without its quotes and escapes."""
    return re.sub(r"\\(.)|'(')", lambda match: match[1] or match[2], text[1:-1], flags=re.DOTALL)
