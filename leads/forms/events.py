from __future__ import annotations

from typing import Any

from django import forms

from leads.forms.styled import Styled
from leads.models import Event


class EventFilter(Styled, forms.Form):
    """The filters of the event list; what does not fit is left out."""

    q = forms.CharField(label="Search", required=False)
    kind = forms.ChoiceField(choices=[("", "All types"), *Event.Kind.choices], required=False, label="Type")
    when = forms.ChoiceField(
        choices=[("", "Any time"), ("today", "Today"), ("coming", "Still to come"), ("over", "Over")],
        required=False,
        label="When",
    )

    def chosen(self, name: str) -> str:
        self.is_valid()
        return self.cleaned_data.get(name) or ""

    def is_filtering(self) -> bool:
        return any(self.chosen(name) for name in self.fields)


class EventForm(Styled, forms.ModelForm):
    class Meta:
        model = Event
        fields = ["name", "kind", "place", "starts_on", "ends_on"]
        labels = {"kind": "Type", "starts_on": "First day", "ends_on": "Last day"}
        widgets = {
            "starts_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "ends_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_on", "ends_on"):
            self.fields[name].widget.input_type = "date"
            self.fields[name].error_messages["invalid"] = "This is not a date, like 2026-11-19."
        self.fields["ends_on"].help_text = "Empty for an event of one day."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", "The last day is before the first.")
        if last and not first and "starts_on" not in self.errors:
            self.add_error("starts_on", "A last day needs a first day.")
        return cleaned


class ActivationForm(Styled, forms.Form):
    name = forms.CharField(label="Name", max_length=255)

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        self.event = event
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if self.event.activations.filter(name__iexact=name).exists():
            raise forms.ValidationError(f"{self.event.name} already has “{name}”.")
        return name
