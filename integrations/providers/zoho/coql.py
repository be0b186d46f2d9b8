"""COQL as text. Every value that enters a statement goes through `text`; there is no other way in.

Source: Zoho's Kaizen #171 (a single quote is doubled), the COQL page of API v8 (50 values, 50 columns, LIMIT).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from integrations.providers.zoho.values import chunks

VALUES = 50
COLUMNS = 50
ROWS = 200

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_ID = re.compile(r"\d{6,25}")


def text(value: str) -> str:
    """A quoted literal. Control characters that COQL cannot spell become a blank."""
    said = _CONTROL.sub(" ", value).replace("\\", "\\\\").replace("'", "''")
    return f"'{said}'"


def is_id(value: str) -> bool:
    return _ID.fullmatch(value) is not None


def selects(columns: Iterable[str], module: str, column: str, values: Iterable[str]) -> Iterator[str]:
    """As many statements as it takes to find the records whose `column` is one of the values, oldest first."""
    names = ", ".join(_columns(columns))
    for group in chunks(dict.fromkeys(values), VALUES):
        among = ", ".join(text(value) for value in group)
        yield (
            f"select {names} from {module} where {column} in ({among}) "  # noqa: S608 -- values are escaped by `text`
            f"order by Created_Time asc limit 0, {ROWS}"
        )


def _columns(columns: Iterable[str]) -> Sequence[str]:
    """Each once; what is beyond the limit is left to a read by id."""
    return list(dict.fromkeys(columns))[:COLUMNS]
