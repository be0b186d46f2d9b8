from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import pycountry
from django import forms
from django.conf import settings

from leads.forms.styled import Styled
from leads.models import Member, Organization

A_DAY = 24 * 60 * 60
CONTINENTS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


def countries() -> list[tuple[str, str]]:
    """ISO code and common name of every country, by name."""
    named = [(country.alpha_2, getattr(country, "common_name", country.name)) for country in pycountry.countries]
    return sorted(named, key=lambda pair: pair[1])


def time_zones() -> list[tuple[str, str]]:
    """The default, then every place of the time zone database: `America/New_York` reads `America, New York`."""
    places = sorted(zone for zone in available_timezones() if zone.split("/")[0] in CONTINENTS)
    named = [(zone, ", ".join(zone.replace("_", " ").split("/"))) for zone in places]
    return [("", f"{settings.TIME_ZONE} (default)"), ("UTC", "UTC"), *named]


class OrganizationForm(Styled, forms.ModelForm):
    class Meta:
        model = Organization
        fields = ["name", "default_country", "time_zone", "enrichment_patience"]
        labels = {"default_country": "Default country", "enrichment_patience": "Patience for enrichment, in seconds"}

    def __init__(self, *args: Any, default_patience: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["default_country"] = forms.ChoiceField(
            choices=countries,
            label="Default country",
            help_text="Phone numbers without a country code are read as this country’s.",
        )
        self.fields["time_zone"] = forms.ChoiceField(
            choices=time_zones,
            label="Time zone",
            required=False,
            help_text="Times on these pages and the hours of alerts are this place’s.",
        )
        self.fields["enrichment_patience"] = forms.IntegerField(
            label="Patience for enrichment, in seconds",
            required=False,
            min_value=0,
            max_value=A_DAY,
            help_text="A lead waits this long for enrichment, then it is sent as it is. "
            f"Empty means {default_patience} seconds.",
        )


class InvitationForm(Styled, forms.Form):
    email = forms.EmailField(label="Email", error_messages={"invalid": "This is not an e-mail address."})
    name = forms.CharField(label="Name", required=False, max_length=150)
    role = forms.ChoiceField(
        choices=Member.Role.choices, initial=Member.Role.REP, widget=forms.RadioSelect, label="Role"
    )


class RoleForm(Styled, forms.Form):
    role = forms.ChoiceField(choices=Member.Role.choices, label="Role")
