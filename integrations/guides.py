"""The setup guide of a vendor: the part of its folder's README that is for the CRM's admin, as HTML. Written once."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import count

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# Where the README turns to developers.
_END = "\n## For developers"
_FRAME = '<div class="scroll" role="region" aria-label="Table {number}, scrolls sideways" tabindex="0">'


@cache
def guide_of(provider_key: str) -> SafeString:
    """The guide without the README's title, its headings one level lower; empty for a folder without a README.

    Markup in the text is shown as text: only what Markdown makes becomes HTML.
    """
    source = resources.files("integrations.providers").joinpath(provider_key, "README.md")
    if not source.is_file():
        return SafeString("")
    text = source.read_text("utf-8").partition(_END)[0]
    title, _, rest = text.partition("\n")
    return mark_safe(_html(rest if title.startswith("# ") else text))  # noqa: S308 -- our own file, HTML in it is off


def _html(text: str) -> str:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1]) + 1}"
        elif token.type == "table_open":
            token.attrSet("class", "table")
        elif token.type == "ordered_list_open":
            token.attrSet("class", "todo")
    made = str(reader.renderer.render(tokens, reader.options, {}))
    numbers = count(1)
    # A wide table moves inside its own frame, by keyboard too.
    made = re.sub("<table", lambda _: f"{_FRAME.format(number=next(numbers))}<table", made)
    return made.replace("</table>", "</table></div>")
