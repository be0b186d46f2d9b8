"""The forms of the Connect tab."""

from __future__ import annotations

from django import forms
from django.forms.widgets import Input

from integrations.contract import ConnectField, ConnectMethod, Setting
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


class SignInForm(forms.Form):
    """The form of one way to connect: its inputs are the provider's own. A secret is never shown again."""

    def __init__(self, *args: object, method: ConnectMethod, **kwargs: object) -> None:
        super().__init__(*args, auto_id=f"{method.key}-%s", **kwargs)  # type: ignore[arg-type,misc]
        self.method = method
        self.fields.update({asked.key: _input(asked) for asked in method.fields})

    def refuse(self, field: str, sentence: str) -> None:
        """Put the vendor's refusal beside the input it is about, or above the form."""
        self.add_error(field if field in self.fields else None, sentence)


_MOST_CHARACTERS = 2000
_KINDS: dict[str, type[Input]] = {"email": forms.EmailInput, "secret": forms.PasswordInput}


def _input(asked: ConnectField) -> forms.CharField:
    kind = forms.EmailField if asked.kind == "email" else forms.CharField
    secret = asked.kind == "secret"
    attrs = {"class": "input", "placeholder": asked.placeholder, "autocomplete": "new-password" if secret else "off"}
    errors = {
        "required": f"{asked.label} is missing.",
        "invalid": "This is not an e-mail address. It looks like mobly@yourdomain.com.",
        "max_length": f"{asked.label} is longer than {_MOST_CHARACTERS:,} characters.",
    }
    made = kind(
        label=asked.label,
        help_text=asked.help,
        max_length=_MOST_CHARACTERS,
        widget=_KINDS.get(asked.kind, forms.TextInput)(attrs={**attrs, "spellcheck": "false"}),
        error_messages=errors,
    )
    # A blank at the end of a password may be meant.
    made.strip = not secret
    return made


def first_error(form: forms.Form) -> str:
    return next(str(errors[0]) for errors in form.errors.values())
