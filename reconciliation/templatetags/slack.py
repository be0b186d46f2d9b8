"""Text in a Slack message: `{{ rule.name|slack }}`. Slack reads `&`, `<` and `>` as its own signs, and nothing else."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def slack(value: object) -> str:
    """Without these three nobody can be called (`<!channel>`) and no link be made."""
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
