"""Where long words may break: `{{ email|breakable }}` goes on a new line after the @, an address before its dots."""

from __future__ import annotations

import re

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def breakable(value: object) -> SafeString:
    """The text with a place to break after each @, / and _, and before each dot."""
    parts = re.split(r"(?<=[@/_])(?![@/_])|(?=\.)", str(value))
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in parts if part))
