from __future__ import annotations

from typing import Any

import pycountry
from django import forms

from leads.forms.styled import Styled
from leads.models import Member, Organization

A_DAY = 24 * 60 * 60


def countries() -> list[tuple[str, str]]:
    """ISO code and common name of every country, by name."""
    named = [(country.alpha_2, getattr(country, "common_name", country.name)) for country in pycountry.countries]
    return sorted(named, key=lambda pair: pair[1])


class OrganizationForm(Styled, forms.ModelForm):
    class Meta:
        model = Organization
        fields = ["name", "default_country", "enrichment_patience"]
        labels = {"default_country": "Default country", "enrichment_patience": "Patience for enrichment, in seconds"}

    def __init__(self, *args: Any, default_patience: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["default_country"] = forms.ChoiceField(
            choices=countries,
            label="Default country",
            help_text="Phone numbers without a country code are read as this country’s.",
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
