from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from leads.fields import EDITABLE, Group
from leads.forms.choices import EventField
from leads.forms.person import PersonForm, one_kind_of_break
from leads.forms.styled import Styled
from leads.models import Capture, Engagement, Organization, QualifierValue


class LeadFilter(Styled, forms.Form):
    """The filters of the lead list. A value that does not fit is left out: the address may be an old one."""

    q = forms.CharField(label="Search", required=False)

    def __init__(self, *args: Any, organization: Organization, column: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"] = EventField(organization, empty_label="All events")
        self.fields["source"] = forms.ChoiceField(
            choices=[("", "All sources"), *Capture.Source.choices], required=False, label="Source"
        )
        if column is not None:
            self.fields["value"] = forms.ModelChoiceField(
                QualifierValue.objects.filter(qualifier=column),
                required=False,
                empty_label=f"Any {column.name}",
                label=column.name,
            )

    def chosen(self, name: str) -> Any:
        """The cleaned value of one filter, None when it is blank or does not fit."""
        self.is_valid()
        return self.cleaned_data.get(name) or None

    def is_filtering(self) -> bool:
        return any(self.chosen(name) for name in self.fields)

    def only(self, name: str) -> bool:
        """Whether this is the one filter chosen."""
        return [one for one in self.fields if self.chosen(one)] == [name]


class LeadForm(PersonForm):
    """Correct what is known of a lead: `initial` is what is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for entry in EDITABLE:
            if not entry.long and one_kind_of_break(self._known(entry.key)).count("\n"):
                # A field of one line would swallow the line breaks of what came from a file.
                self.fields[entry.key].widget = forms.Textarea({"autocomplete": "off", "rows": 3})

    def person(self) -> dict[str, str]:
        """Line breaks that only the browser wrote differently are no correction."""
        person = super().person()
        for key, value in person.items():
            if value == one_kind_of_break(self._known(key)):
                person[key] = self._known(key)
        return person

    def _known(self, key: str) -> str:
        return str(self.initial.get(key) or "")

    def basic(self) -> list[Any]:
        return self._group(Group.BASIC)

    def company(self) -> list[Any]:
        return self._group(Group.COMPANY)

    def _group(self, group: Group) -> list[Any]:
        return [self[entry.key] for entry in EDITABLE if entry.group is group]


class EngagementForm(Styled, forms.Form):
    """Log an interaction. `ends_at` belongs to a calendar invite."""

    LOCAL = "%Y-%m-%dT%H:%M"

    kind = forms.ChoiceField(choices=Engagement.Kind.choices, label="Kind")
    happened_at = forms.DateTimeField(
        label="When", required=False, widget=forms.DateTimeInput({"type": "datetime-local"}, format=LOCAL)
    )
    ends_at = forms.DateTimeField(
        label="Until", required=False, widget=forms.DateTimeInput({"type": "datetime-local"}, format=LOCAL)
    )
    notes = forms.CharField(label="Notes", required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("happened_at", "ends_at"):
            self.fields[name].widget.input_type = "datetime-local"
            self.fields[name].error_messages["invalid"] = "This is not a date with an hour, like 2026-11-19 14:20."
        self.fields["happened_at"].initial = timezone.localtime

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("happened_at"), cleaned.get("ends_at")
        now = timezone.now()
        if starts and starts == now.replace(second=0, microsecond=0):
            # Left as it was offered: now, not the start of this minute, before what happened in it.
            cleaned["happened_at"] = now
        if cleaned.get("kind") != Engagement.Kind.CALENDAR_INVITE:
            cleaned["ends_at"] = None
        elif starts and ends and ends <= starts:
            self.add_error("ends_at", "The invite ends before it starts.")
        if cleaned.get("kind") == Engagement.Kind.NOTE and not cleaned.get("notes"):
            self.add_error("notes", "A note needs its text.")
        return cleaned


class LabelForm(Styled, forms.Form):
    name = forms.CharField(
        label="Label", max_length=200, error_messages={"max_length": "A label has at most 200 characters."}
    )
