"""What the upload pages take: a file, fields for columns, values for a row, an event to import for."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat

from leads.fields import EDITABLE
from leads.forms.styled import Styled
from leads.models import Event, Organization, Upload

NEW_EVENT = "new"


class FileForm(Styled, forms.Form):
    file = forms.FileField(
        label="CSV file",
        allow_empty_file=True,
        max_length=None,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
        error_messages={"required": "Choose a file.", "missing": "Choose a file.", "invalid": "Choose a file."},
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            most = filesizeformat(settings.UPLOAD_MAX_BYTES)
            raise forms.ValidationError(f"“{file.name}” is {filesizeformat(file.size)}; {most} is the most.")
        return file


class ColumnsForm:
    """`column-<position>` = a Mobly field key or blank. Not a Django form: the fields are the file's own."""

    CHOICES = {entry.key for entry in EDITABLE}

    def __init__(self, data: QueryDict, *, upload: Upload) -> None:
        self.wanted: dict[int, str] = {}
        for name, value in data.items():
            found = re.fullmatch(r"column-(\d{1,4})", name)
            if found and int(found[1]) < len(upload.header) and (not value or value in self.CHOICES):
                self.wanted[int(found[1])] = str(value)


class RowForm:
    """`cell-<position>` = a corrected value."""

    def __init__(self, data: QueryDict, *, upload: Upload) -> None:
        self.values: dict[int, str] = {}
        for name, value in data.items():
            found = re.fullmatch(r"cell-(\d{1,4})", name)
            if found and int(found[1]) < len(upload.header):
                self.values[int(found[1])] = str(value)


class EventChoiceForm(Styled, forms.Form):
    """The event the rows were met at: a known one, a new one by its name, or none."""

    event = forms.ChoiceField(
        label="Event", required=False, error_messages={"invalid_choice": "This event is gone. Choose again."}
    )
    new_event = forms.CharField(label="Name of the new event", required=False, max_length=255)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.events = {str(event.pk): event for event in organization.events.newest_first()}
        choice = self.fields["event"]
        choice.choices = [  # type: ignore[attr-defined]
            ("", "No event"),
            *((pk, event.name) for pk, event in self.events.items()),
            (NEW_EVENT, "New event …"),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("event") == NEW_EVENT and not data.get("new_event", "").strip():
            self.add_error("new_event", "The new event has no name.")
        return data

    @property
    def chosen(self) -> Event | None:
        return self.events.get(self.cleaned_data["event"])

    @property
    def new_name(self) -> str:
        """The name of an event to be made, or ''."""
        return self.cleaned_data["new_event"] if self.cleaned_data["event"] == NEW_EVENT else ""
