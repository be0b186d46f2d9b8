"""The forms of the Qualifiers tab."""

from __future__ import annotations

from django import forms

from integrations.forms.mapping import SeenForm


class TargetForm(SeenForm):
    """Where a qualifier goes in one object; empty clears it."""

    remote_field = forms.CharField(
        required=False,
        max_length=200,
        error_messages={"max_length": "A field name has at most 200 characters. Choose a field from the list."},
    )


class ValueForm(SeenForm):
    """Where a value goes; empty clears it."""

    option = forms.CharField(
        required=False,
        max_length=500,
        strip=False,
        error_messages={"max_length": "An option has at most 500 characters. Choose one from the list."},
    )


class NewQualifierForm(forms.Form):
    """Auto Create from CRM. `field` is `<object>:<field>`."""

    field = forms.CharField(max_length=310, error_messages={"required": "Choose a field first."})
    name = forms.CharField(
        max_length=200,
        error_messages={"required": "The qualifier has no name.", "max_length": "The name has at most 200 characters."},
    )

    @property
    def place(self) -> tuple[str, str]:
        """The remote object and field that were chosen."""
        object_name, _, remote_field = self.cleaned_data["field"].partition(":")
        return object_name, remote_field
