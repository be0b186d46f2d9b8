"""For forms that other packages bring: their controls in our look."""

from __future__ import annotations

from django import template
from django.forms import CheckboxInput, RadioSelect
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def as_input(field: BoundField) -> SafeString:
    """The control with the class `input` and without a placeholder, which only repeats the label."""
    field.field.widget.attrs.pop("placeholder", None)
    return field.as_widget() if is_check(field) else field.as_widget(attrs={"class": "input"})


@register.filter
def is_check(field: BoundField) -> bool:
    return isinstance(field.field.widget, (CheckboxInput, RadioSelect))
