"""The form of the Campaigns tab."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q
from django.forms.utils import ErrorDict

from integrations.campaigns import Status
from integrations.contract import Campaign
from integrations.meanwhile import state_of_campaign
from integrations.models import CampaignMapping, Integration
from leads.models import Event, Qualifier, QualifierValue

SAME, BY_QUALIFIER = "same", "qualifier"
MOST_SCANS = 1000
_SCANS = f"The threshold is a whole number from 0 to {MOST_SCANS:,}."


@dataclass(frozen=True, slots=True)
class StatusRow:
    """The status that people with one value of a qualifier get; empty: as for anything else."""

    value: QualifierValue
    said: str

    @property
    def name(self) -> str:
        return f"status-{self.value.pk}"


class CampaignForm(forms.Form):
    """One campaign mapping. The statuses by value are `status-<value id>`; whether the campaign has them is the
    service's to say, with the campaign fresh from the vendor."""

    campaign = forms.CharField(max_length=140, error_messages={"required": "Choose a campaign."})
    events: forms.ModelMultipleChoiceField[Event] = forms.ModelMultipleChoiceField(
        queryset=None,
        error_messages={
            "required": "Choose at least one event.",
            "invalid_choice": "One of the events is gone. Choose again.",
            "invalid_pk_value": "One of the events is gone. Choose again.",
        },
    )
    threshold = forms.IntegerField(
        min_value=0,
        max_value=MOST_SCANS,
        error_messages={"required": _SCANS, "invalid": _SCANS, "min_value": _SCANS, "max_value": _SCANS},
    )
    decide = forms.ChoiceField(required=False, choices=[(SAME, SAME), (BY_QUALIFIER, BY_QUALIFIER)])
    # What the chosen campaign is called, to say it while the vendor does not answer.
    campaign_name = forms.CharField(required=False)
    status = forms.CharField(required=False, max_length=100)
    # The state the mapping was shown in (`integrations.meanwhile`).
    seen = forms.CharField(required=False, strip=False)
    status_qualifier: forms.ModelChoiceField[Qualifier] = forms.ModelChoiceField(
        queryset=None, required=False, error_messages={"invalid_choice": "This qualifier is gone. Choose another one."}
    )

    def __init__(
        self,
        data: Any,
        *,
        integration: Integration,
        mapping: CampaignMapping | None = None,
        event: str = "",
        judged: bool = True,
    ) -> None:
        """`data`: what stands in the form so far; None at the start. `event`: the one that is ticked then. A form that
        is not `judged` is only on its way: it says nothing about what is missing."""
        super().__init__(data, initial=_initial(mapping, event))
        organization = integration.organization
        self.mapping = mapping
        self.judged = judged
        used = Q(status=Qualifier.Status.ACTIVE) | Q(pk=mapping.status_qualifier_id if mapping else None)
        qualifiers = organization.qualifiers.filter(used, kind=Qualifier.Kind.PICKLIST)
        self.fields["events"].queryset = organization.events.newest_first()  # type: ignore[attr-defined]
        self.fields["status_qualifier"].queryset = qualifiers  # type: ignore[attr-defined]
        if mapping:
            self.fields["campaign"].required = False

    def full_clean(self) -> None:
        if self.judged:
            super().full_clean()
        else:
            self._errors, self.cleaned_data = ErrorDict(), {}

    @cached_property
    def offered_events(self) -> list[Event]:
        return list(self.fields["events"].queryset)  # type: ignore[attr-defined]

    @cached_property
    def offered_qualifiers(self) -> list[Qualifier]:
        return list(self.fields["status_qualifier"].queryset.prefetch_related("values"))  # type: ignore[attr-defined]

    @property
    def chosen(self) -> tuple[str, str]:
        """(kind, remote id) of the chosen campaign; empty texts when none is."""
        if self.mapping:
            return self.mapping.kind, self.mapping.remote_id
        kind, _, remote_id = str(self["campaign"].value() or "").partition(":")
        return kind, remote_id

    @property
    def remembered(self) -> Campaign | None:
        """The chosen campaign as far as the form knows it."""
        kind, remote_id = self.chosen
        name = str(self["campaign_name"].value() or "") or remote_id
        return Campaign(remote_id, name, kind) if remote_id else None

    @property
    def state(self) -> str | None:
        """None where the form did not say."""
        return self.cleaned_data["seen"] if "seen" in self.data else None

    @property
    def by_qualifier(self) -> bool:
        return self["decide"].value() == BY_QUALIFIER

    @property
    def ticked(self) -> set[str]:
        return {str(pk) for pk in self["events"].value() or []}

    @cached_property
    def picked_qualifier(self) -> Qualifier | None:
        """The qualifier of the status table: the chosen one, else the first there is."""
        said = str(self["status_qualifier"].value() or "")
        chosen = next((entry for entry in self.offered_qualifiers if str(entry.pk) == said), None)
        return chosen or next(iter(self.offered_qualifiers), None)

    @property
    def status_rows(self) -> list[StatusRow]:
        """A row for each value of the picked qualifier."""
        qualifier = self.picked_qualifier
        values = qualifier.values.all() if qualifier else ()
        return [StatusRow(value, self._said(value.pk)) for value in values if not value.archived]

    def decided(self) -> Status:
        """Who gets which status, as `integrations.campaigns.save_campaign` takes it."""
        fixed = self.cleaned_data["status"]
        if not self.by_qualifier:
            return Status(fixed)
        qualifier = self.picked_qualifier
        return Status(fixed, qualifier, {row.value.pk: row.said for row in self.status_rows if row.said})

    def _said(self, value_id: int) -> str:
        if self.is_bound:
            return str(self.data.get(f"status-{value_id}", ""))[:100]
        return str(self.mapping.status_by_value.get(str(value_id), "")) if self.mapping else ""


def _initial(mapping: CampaignMapping | None, event: str) -> dict[str, Any]:
    if mapping is None:
        return {"events": [event] if event else [], "threshold": 0, "decide": SAME, "status": ""}
    return {
        "events": [entry.pk for entry in mapping.events.all()],
        "threshold": mapping.scan_threshold,
        "decide": BY_QUALIFIER if mapping.status_qualifier_id else SAME,
        "status": mapping.status,
        "status_qualifier": mapping.status_qualifier_id,
        "seen": state_of_campaign(mapping),
    }
