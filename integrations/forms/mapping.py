"""The form of one mapping row."""

from __future__ import annotations

from django import forms

from integrations.models.mapping import BEHAVIOURS


class RowForm(forms.Form):
    """A pick, a write behaviour, or both. An empty pick clears the row; a missing one leaves it."""

    remote_field = forms.CharField(
        required=False,
        max_length=200,
        strip=True,
        error_messages={"max_length": "A field name has at most 200 characters. Choose a field from the list."},
    )
    behaviour = forms.ChoiceField(
        required=False,
        choices=BEHAVIOURS,
        error_messages={"invalid_choice": "Choose Overwrite or Write if Blank."},
    )

    @property
    def picks(self) -> bool:
        return "remote_field" in self.data
