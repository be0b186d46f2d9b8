from __future__ import annotations

import uuid
from typing import Any

from django import forms

from leads.fields import EDITABLE
from leads.forms.answers import AnswerFields
from leads.forms.choices import EventField
from leads.forms.person import PersonForm
from leads.models import Activation, Capture, Event, Organization, Qualifier

# What stands on the form at once; the rest is behind "More fields".
FIRST = ("first_name", "last_name", "email", "phone_number", "job_title", "company_name")


class CaptureForm(AnswerFields, PersonForm):
    """One meeting at an event, made for a phone. `key` names the meeting: a second tap does not capture twice."""

    SOURCES = (Capture.Source.BADGE_SCAN, Capture.Source.CARD_SCAN, Capture.Source.MANUAL)

    def __init__(self, *args: Any, organization: Organization, event: Event | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        activations = Activation.objects.filter(event=event) if event else Activation.objects.none()
        self.fields["event"] = EventField(organization, empty_label="No event")
        self.fields["activation"] = forms.ModelChoiceField(
            activations, required=False, empty_label="None", label="Activation"
        )
        self.fields["source"] = forms.ChoiceField(
            choices=[(source.value, source.label) for source in self.SOURCES],
            initial=Capture.Source.MANUAL,
            widget=forms.RadioSelect,
            label="How you met",
        )
        self.fields["key"] = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
        self.fields["description"].label = "Note"
        qualifiers = Qualifier.objects.filter(organization=organization).asked_at(event).with_values()
        self.ask(qualifiers)

    def more(self) -> list[Any]:
        """The bound fields behind "More fields"."""
        return [self[entry.key] for entry in EDITABLE if entry.key not in (*FIRST, "description")]

    def more_is_filled(self) -> bool:
        return any(field.value() or field.errors for field in self.more())
