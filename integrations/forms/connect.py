"""The forms of the Connect tab."""

from __future__ import annotations

from django import forms

from integrations.contract import Setting
from integrations.models import Integration


class SyncModeForm(forms.Form):
    sync_mode = forms.ChoiceField(
        choices=Integration.Mode.choices,
        error_messages={"required": "Choose Automatic or Manual.", "invalid_choice": "Choose Automatic or Manual."},
    )


class OptionForm(forms.Form):
    """One setting of a provider: the choices are the provider's own."""

    choice = forms.ChoiceField()

    def __init__(self, *args: object, setting: Setting, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        words = f"Choose one of: {', '.join(choice.label for choice in setting.choices)}."
        field = self.fields["choice"]
        field.choices = [(choice.value, choice.label) for choice in setting.choices]  # type: ignore[attr-defined]
        field.error_messages = {"required": words, "invalid_choice": words}


def first_error(form: forms.Form) -> str:
    return next(str(errors[0]) for errors in form.errors.values())
