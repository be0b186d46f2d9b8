from __future__ import annotations

from typing import Any

from django import forms

from leads.models import Organization


class EventField(forms.ModelChoiceField):
    """One of the organization's events, by its uid; what is no uid at all is simply none of them."""

    default_error_messages = {"invalid_choice": "This event is not there any more. Choose another."}

    def __init__(self, organization: Organization, *, empty_label: str) -> None:
        super().__init__(
            organization.events.newest_first(),
            to_field_name="uid",
            required=False,
            empty_label=empty_label,
            label="Event",
        )

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None
