"""What Salesforce declares of itself."""

from __future__ import annotations

from integrations.contract import Category, EngagementKind, Provider
from integrations.providers.salesforce import PROVIDER


def test_it_declares_what_it_can() -> None:
    provider: Provider = PROVIDER

    assert (provider.key, provider.name, provider.category) == ("salesforce", "Salesforce", Category.CRM)
    assert provider.batch_size == 1000
    assert provider.capabilities.pkce
    assert provider.capabilities.campaign_statuses
    assert set(provider.capabilities.engagements) == set(EngagementKind)


def test_its_settings_have_their_defaults_first() -> None:
    assert {setting.key: setting.default for setting in PROVIDER.settings} == {
        "strategy": "leads_and_contacts",
        "several_matches": "oldest",
        "owner": "org",
        "assignment_rules": "run",
    }
    assert [choice.label for choice in PROVIDER.settings[0].choices] == [
        "Leads and Contacts",
        "Leads only",
        "Accounts and Contacts",
    ]
