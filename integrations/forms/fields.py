"""The form of Create recommended fields."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from integrations.contract import NewField


class NewFieldsForm(forms.Form):
    """Which fields to make, by their Mobly fields; all of them are chosen at first."""

    fields_to_make = forms.MultipleChoiceField(
        error_messages={
            "required": "Choose at least one field.",
            "invalid_choice": "%(value)s is not one of the recommended fields.",
        }
    )

    def __init__(self, *args: object, recommended: Sequence[NewField], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(new.mobly_field, new.label) for new in recommended]
        self.fields["fields_to_make"].choices = choices  # type: ignore[attr-defined]
