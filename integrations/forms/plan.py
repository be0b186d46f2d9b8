"""The form that takes a mapping plan."""

from __future__ import annotations

import re

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from integrations.plan.workbook import MOST_BYTES

_SEEN = re.compile(r"([A-Z][a-z]+-\d{1,7}):([0-9a-f]{16})")


class PlanForm(forms.Form):
    file = forms.FileField(
        label="Plan",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"class": "input", "accept": ".xlsx,.csv"}),
        error_messages={"required": "Choose a file.", "missing": "Choose a file.", "invalid": "Choose a file."},
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            most = filesizeformat(MOST_BYTES)
            raise forms.ValidationError(f"“{file.name}” is {filesizeformat(file.size)}; {most} is the most.")
        return file


def seen_text(marks: dict[str, str]) -> str:
    """What a page says it showed: line id -> mark, in one input, however many lines there are."""
    return " ".join(f"{key}:{mark}" for key, mark in marks.items())


def seen_of(text: str) -> dict[str, str]:
    """The opposite; what is no pair is passed over."""
    return dict(_SEEN.findall(text))
