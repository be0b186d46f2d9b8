"""What a person may say about a lead, made from the catalogue of Mobly fields."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.fields import EDITABLE, MoblyField, Type
from leads.forms.styled import Styled

# What a phone keyboard should offer, and how the browser may help. Nobody's own address belongs into a lead.
KEYBOARDS: dict[Type, dict[str, str]] = {
    Type.EMAIL: {"type": "email", "inputmode": "email", "autocapitalize": "none"},
    Type.PHONE: {"type": "tel", "inputmode": "tel"},
    Type.URL: {"inputmode": "url", "autocapitalize": "none"},
    Type.NUMBER: {"inputmode": "numeric"},
}


class SaidField(forms.CharField):
    """Text as it was typed: browsers send each line break of a text as CR LF, whatever was pressed."""

    def to_python(self, value: Any) -> str:
        return one_kind_of_break(super().to_python(value) or "")


def one_kind_of_break(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def person_field(entry: MoblyField) -> forms.CharField:
    """Any text is let through: what arrives at the CRM is what was said, and the CRM's own rules are checked later."""
    attrs = {"autocomplete": "off", **KEYBOARDS.get(entry.type, {})}
    widget: forms.Widget = forms.Textarea({**attrs, "rows": 3}) if entry.long else _input(attrs)
    field = SaidField(label=entry.label, required=False, widget=widget)
    field.help_text = "Separated by semicolons." if entry.type is Type.LIST else ""
    return field


def _input(attrs: dict[str, str]) -> forms.TextInput:
    widget = forms.TextInput(attrs)
    widget.input_type = attrs.pop("type", "text")
    widget.attrs.pop("type", None)
    return widget


class PersonForm(Styled, forms.Form):
    """Every editable Mobly field, none of them required: the service decides who can be a lead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for entry in EDITABLE:
            self.fields[entry.key] = person_field(entry)

    def person(self) -> dict[str, str]:
        """The values by Mobly field; a blank one was not said."""
        return {entry.key: self.cleaned_data[entry.key] for entry in EDITABLE}
