from __future__ import annotations

from typing import Any

from django import forms


class DecisionForm(forms.Form):
    """Whether a record that may have arrived is there."""

    decision = forms.ChoiceField(choices=[("link", "It is there, link it"), ("again", "Send again")])
    object = forms.CharField(max_length=100, required=False)
    remote_id = forms.CharField(max_length=100, required=False, strip=True)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("decision") == "link" and not data.get("remote_id"):
            self.add_error(
                "remote_id", "Enter the id of the record in the CRM; it is the last part of the record's address."
            )
        return data

    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0]) if self.errors else ""
