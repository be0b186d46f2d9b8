from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from integrations.models import Integration
from integrations.providers import provider_of
from leads.forms.styled import Styled
from leads.models import Organization
from reconciliation.alerting.rhythm import APART, DEFAULT_HOUR
from reconciliation.alerting.rules import state_of
from reconciliation.models import AlertChannel, AlertRule

ADMINS, THESE, NOBODY = "admins", "addresses", "none"
MOST_ADDRESSES = 20


class Unseen(forms.TextInput):
    """Takes a secret and never shows one, not even what was typed a moment ago."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class AlertRuleForm(Styled, forms.Form):
    """One rule. `channels` are those it has; the address of its webhook stays where it is."""

    name = forms.CharField(label="Name", max_length=100)
    integration = forms.ModelChoiceField(
        label="Integration", queryset=Integration.objects.none(), required=False, empty_label="All integrations"
    )
    rhythm = forms.ChoiceField(
        label="Rhythm", choices=AlertRule.Rhythm.choices, initial=AlertRule.Rhythm.DAILY, widget=forms.RadioSelect
    )
    hour = forms.TypedChoiceField(
        label="Hour",
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
        initial=DEFAULT_HOUR,
    )
    email = forms.ChoiceField(
        label="Email",
        choices=[(ADMINS, "The admins"), (THESE, "These addresses"), (NOBODY, "No e-mail")],
        initial=ADMINS,
        widget=forms.RadioSelect,
    )
    addresses = forms.CharField(
        label="Addresses",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"One a line, {MOST_ADDRESSES} at most.",
    )
    webhook = forms.CharField(
        label="Slack webhook",
        required=False,
        max_length=500,
        widget=Unseen(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )
    # The state the rule was shown in (`alerting.rules.state_of`).
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    no_slack = forms.BooleanField(label="Take Slack away", required=False)

    def __init__(self, *args: Any, organization: Organization, rule: AlertRule | None = None, **kwargs: Any) -> None:
        self.organization = organization
        found = {channel.kind: channel for channel in rule.channels.all()} if rule else {}
        self.slack = found.get(AlertChannel.Kind.SLACK)
        if rule:
            kwargs["initial"] = _initial(rule, found.get(AlertChannel.Kind.EMAIL))
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["integration"]
        choice.queryset = Integration.objects.filter(organization=organization)
        choice.label_from_instance = lambda one: provider_of(one.provider).name
        self.fields["hour"].help_text = f"Twice daily looks again {APART} hours later."
        self.fields["webhook"].help_text = (
            f"Kept: {self.slack.hint}. Leave this empty to keep it."
            if self.slack
            else "The address of an incoming webhook, https://hooks.slack.com/services/… It is not shown again."
        )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_webhook(self) -> str:
        return self.cleaned_data["webhook"].strip()

    def clean_addresses(self) -> list[str]:
        found = dict.fromkeys(filter(None, re.split(r"[\s,;]+", self.cleaned_data["addresses"])))
        for address in found:
            try:
                validate_email(address)
            except ValidationError:
                raise ValidationError(f"{address} is not an e-mail address.") from None
        if len(found) > MOST_ADDRESSES:
            raise ValidationError(f"These are {len(found)} addresses; {MOST_ADDRESSES} is the most.")
        return list(found)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("email") == THESE and "addresses" in said and not said["addresses"]:
            self.add_error("addresses", "No address is given.")
        return said

    def asked(self) -> dict[str, Any]:
        """The valid form as `save_rule` takes it."""
        said = self.cleaned_data
        addresses = {ADMINS: [], THESE: said["addresses"], NOBODY: None}[said["email"]]
        webhook = said["webhook"] or ("" if said["no_slack"] else None)
        return {
            "name": said["name"],
            "integration": said["integration"],
            "rhythm": said["rhythm"],
            "hour": said["hour"],
            "addresses": addresses,
            "webhook": webhook,
            "seen": said["seen"] or None,
        }


def _initial(rule: AlertRule, email: AlertChannel | None) -> dict[str, Any]:
    return {
        "name": rule.name,
        "integration": rule.integration_id,
        "rhythm": rule.rhythm,
        "hour": rule.hour,
        "email": NOBODY if email is None else THESE if email.addresses else ADMINS,
        "addresses": "\n".join(email.addresses) if email else "",
        "seen": state_of(rule),
    }
