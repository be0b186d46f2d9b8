from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from leads.forms.styled import Styled
from leads.models import Organization, Qualifier, QualifierValue


class QualifierForm(Styled, forms.ModelForm):
    """Define a qualifier with its values.

    Each known value has its label, its place and whether it is offered; new ones are written one a line.
    A value that leads carry is archived, never lost.
    """

    multiple = forms.TypedChoiceField(
        label="How many values",
        choices=[("", "Single"), ("1", "Multiple")],
        coerce=bool,
        required=False,
        widget=forms.RadioSelect,
    )
    new_values = forms.CharField(
        label="Values",
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text="One a line, in the order they are shown.",
    )

    class Meta:
        model = Qualifier
        fields = ["name", "kind", "multiple", "requirement", "status", "events", "instructions", "position"]
        labels = {"kind": "Type", "position": "Display order", "instructions": "Usage instructions"}
        help_texts = {"position": "The lowest number comes first."}
        widgets = {
            "requirement": forms.RadioSelect,
            "instructions": forms.Textarea({"rows": 2}),
        }

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["events"] = forms.ModelMultipleChoiceField(
            organization.events.newest_first(),
            label="Scope",
            help_text="None picked: all events.",
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["instructions"].help_text = "Shown to reps above the values."
        self.values = list(self.instance.values.with_counts()) if self.instance.pk else []
        for value in self.values:
            self._add_value(value)
        if self.instance.pk:
            self.fields["new_values"].label = "More values"
            self.initial["multiple"] = "1" if self.instance.multiple else ""

    def _add_value(self, value: QualifierValue) -> None:
        self.fields[f"label-{value.pk}"] = forms.CharField(
            label=f"Label of {value.label}", initial=value.label, max_length=200
        )
        self.fields[f"place-{value.pk}"] = forms.IntegerField(
            label=f"Place of {value.label}", initial=value.position + 1, min_value=0, max_value=9999
        )
        self.fields[f"archived-{value.pk}"] = forms.BooleanField(
            label="Archived", initial=value.archived, required=False
        )

    def rows(self) -> list[tuple[QualifierValue, BoundField, BoundField, BoundField]]:
        """Each known value with its label, place and archived fields."""
        return [
            (value, self[f"label-{value.pk}"], self[f"place-{value.pk}"], self[f"archived-{value.pk}"])
            for value in self.values
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_picklist = cleaned.get("kind") == Qualifier.Kind.PICKLIST
        cleaned["multiple"] = is_picklist and bool(cleaned.get("multiple"))
        if is_picklist and not self.errors and not self.wanted_values():
            self.add_error("new_values", "A picklist needs at least one value that is not archived.")
        return cleaned

    def wanted_values(self) -> list[str | tuple[int | None, str]]:
        """Every value to be offered, in order, as `leads.qualifiers.save_qualifier` takes them."""
        said = self.cleaned_data
        offered = [value.pk for value in self.values if not said[f"archived-{value.pk}"]]
        offered.sort(key=lambda pk: said[f"place-{pk}"])
        known: list[str | tuple[int | None, str]] = [(pk, said[f"label-{pk}"]) for pk in offered]
        return known + [line.strip() for line in said["new_values"].splitlines() if line.strip()]

    def definition(self) -> dict[str, Any]:
        """The arguments of `save_qualifier`."""
        is_picklist = self.cleaned_data["kind"] == Qualifier.Kind.PICKLIST
        fields = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return {**fields, "values": self.wanted_values() if is_picklist else None}
