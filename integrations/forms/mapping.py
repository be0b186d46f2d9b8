"""The forms of one mapping row, and of one constant or fallback."""

from __future__ import annotations

from django import forms

from integrations.models.mapping import BEHAVIOURS


class SeenForm(forms.Form):
    """`seen` is the state the row was shown in (`integrations.meanwhile`)."""

    seen = forms.CharField(required=False, strip=False)

    @property
    def state(self) -> str | None:
        """None where the form did not say."""
        return self.cleaned_data["seen"] if "seen" in self.data else None


class RowForm(SeenForm):
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


class ConstantForm(SeenForm):
    """A value, a write behaviour, or both; `clear` takes the value away. Several ticked options are one value."""

    value = forms.CharField(required=False)
    behaviour = forms.ChoiceField(
        required=False,
        choices=BEHAVIOURS,
        error_messages={"invalid_choice": "Choose Overwrite or Write if Blank."},
    )
    fallback = forms.BooleanField(required=False)
    clear = forms.BooleanField(required=False)

    def clean_value(self) -> str:
        ticked = self.data.getlist("value") if hasattr(self.data, "getlist") else [self.cleaned_data["value"]]
        return ";".join(part for part in ticked if part)
