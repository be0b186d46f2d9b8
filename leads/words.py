"""Searching by words: `priya ram` finds Priya Raman, `sean@kes` Seán of Kestrel. The last word may be the beginning of
one (two letters at least), as it is while somebody types; the others are whole, and case does not matter.

Postgres keeps the words of every lead in a column that is not among the model's (`leads_lead.words`, generated, with a
GIN index), so that a search among a million leads reads an index and nothing else loads what only a search needs.
"""

from __future__ import annotations

import re
from typing import Any

from django.db.models import BooleanField, Expression, F, Func, Value

MOST_WORDS = 8
_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^\W\d_]{2,}")


def query_of(text: str) -> str:
    """The text as Postgres asks it. Empty when there is no word in it."""
    words = [word.lower() for word in _WORD.findall(text)[:MOST_WORDS]]
    if words and len(words[-1]) > 1 and not _ADDRESS.fullmatch(text.strip()):
        # Beginnings are dear: all words of the index that begin so are read. An address that is complete has none, and
        # a single letter begins too many.
        words[-1] += ":*"
    return " & ".join(words)


class LeadSays(Func):
    """Whether the words of a lead hold what was asked. `path` leads from the queried model to the lead's uid: a column
    of its own table other than the id, which Django takes from the row that points to it.
    """

    output_field = BooleanField()

    def __init__(self, text: str, path: str = "uid", **extra: Any) -> None:
        super().__init__(F(path), Value(query_of(text)), **extra)

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        column, _none = compiler.compile(self.source_expressions[0])
        query, params = compiler.compile(self.source_expressions[1])
        table = column.rpartition(".")[0]
        return f"({table}.words @@ to_tsquery('simple', {query}))", params


class TextSays(Func):
    """Whether a text holds what was asked."""

    output_field = BooleanField()

    def __init__(self, expression: str | Expression, text: str, **extra: Any) -> None:
        super().__init__(expression, Value(query_of(text)), **extra)

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        said, params = compiler.compile(self.source_expressions[0])
        query, more = compiler.compile(self.source_expressions[1])
        return f"(words_of({said}) @@ to_tsquery('simple', {query}))", (*params, *more)
