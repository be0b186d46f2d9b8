"""What a person chose in the fix-it drawer. Its inputs depend on the group, so they are read by the names they have:
`option:<object>:<value id>`, `field:<object>:<source>`, `source:<object>:<field>`, `fallback:<object>:<field>`,
`value:<number>`.
"""

from __future__ import annotations

from collections.abc import Mapping

# Nothing that is chosen here is longer.
LONGEST = 2000
# In place of a field: the row is cleared.
CLEAR = "-"


def said(post: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Every filled input whose name begins so, by its whole name."""
    return {
        name: value
        for name in post
        if name.startswith(prefix) and (value := post[name].replace("\x00", "").strip()[:LONGEST])
    }


def options(post: Mapping[str, str]) -> dict[tuple[str, int], str]:
    """(name of the picker, value id) -> option."""
    found = {}
    for name, option in said(post, "option:").items():
        picker, _, value = name.rpartition(":")
        if _is_number(value):
            found[(f"{picker}:", int(value))] = option
    return found


def fields(post: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """The rows that were given another field, and those to clear."""
    chosen = said(post, "field:")
    return chosen, {name for name, remote in chosen.items() if remote == CLEAR}


def corrections(post: Mapping[str, str]) -> dict[str, str]:
    """The value that failed -> the one in its place. Each row says which value it is about, so that a list that has
    moved since cannot put a value in the wrong place."""
    new = said(post, "value:")
    return {post.get(f"was:{name.partition(':')[2]}", ""): value for name, value in new.items()}


def number(post: Mapping[str, str], name: str) -> int:
    """An id; 0 when there is none."""
    value = post.get(name, "")
    return int(value) if _is_number(value) else 0


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 18
