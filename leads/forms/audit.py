from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from leads.audit import provider_names
from leads.forms.styled import Styled
from leads.models import Change, Organization, User
from leads.models.change import ChangeQuerySet

MOBLY = "mobly"
PERIODS = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days"}


class ChangeFilter(Styled, forms.Form):
    """The filters of the page of changes. A value that does not fit is left out: the address may be an old one."""

    area = forms.ChoiceField(label="Area", required=False, choices=[("", "All areas"), *Change.Area.choices])
    period = forms.ChoiceField(label="Period", required=False, choices=[("", "All time"), *PERIODS.items()])

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        self.fields["person"] = forms.ChoiceField(label="Person", required=False, choices=self._people)
        self.fields["integration"] = forms.ChoiceField(
            label="Integration",
            required=False,
            choices=lambda: [("", "All integrations"), *provider_names().items()],
        )

    def changes(self) -> ChangeQuerySet:
        """The organization's changes that fit, in no order yet."""
        found = Change.objects.filter(organization=self.organization)
        if area := self._chosen("area"):
            found = found.filter(area=area)
        if person := self._chosen("person"):
            found = found.by_mobly() if person == MOBLY else found.filter(actor=int(person))
        if provider := self._chosen("integration"):
            found = found.filter(provider=provider)
        if period := self._chosen("period"):
            found = found.filter(at__gte=timezone.now() - timedelta(days=int(period)))
        return found

    @property
    def is_filtering(self) -> bool:
        return any(self._chosen(name) for name in self.fields)

    def _chosen(self, name: str) -> str:
        self.is_valid()
        return self.cleaned_data.get(name) or ""

    def _people(self) -> list[tuple[str, str]]:
        """Everybody who changed something, members or not any more."""
        if not hasattr(self, "_known"):
            actors = Change.objects.filter(organization=self.organization, actor__isnull=False).values("actor")
            people = User.objects.filter(pk__in=actors).order_by("first_name", "last_name", "email")
            self._known = [("", "Everybody"), *((str(one.pk), str(one)) for one in people), (MOBLY, "Mobly, by itself")]
        return self._known
