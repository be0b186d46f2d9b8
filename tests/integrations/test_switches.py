"""Pausing, the sync mode and the provider's own settings."""

from __future__ import annotations

import pytest

from integrations import switches
from integrations.connect import disconnect
from integrations.models import Integration
from integrations.switches import SwitchRefused
from leads.models import User
from tests.integrations.fake_provider import FakeProvider

pytestmark = pytest.mark.django_db


def test_disable_keeps_connection_and_credentials_and_enable_brings_it_back(
    integration: Integration, admin: User
) -> None:
    switches.disable(integration=integration, by=admin)
    assert integration.status == Integration.Status.DISABLED
    assert integration.credential.tokens["access_token"] == "access-1"

    switches.enable(integration=integration, by=admin)
    assert integration.status == Integration.Status.CONNECTED


def test_a_disconnected_integration_cannot_be_enabled_or_disabled(integration: Integration, admin: User) -> None:
    disconnect(integration=integration, by=admin)

    with pytest.raises(SwitchRefused, match="Fake CRM is not connected"):
        switches.enable(integration=integration, by=admin)
    with pytest.raises(SwitchRefused, match="nothing to disable"):
        switches.disable(integration=integration, by=admin)


def test_enabling_what_needs_attention_is_refused(integration: Integration, admin: User) -> None:
    Integration.objects.update(status=Integration.Status.NEEDS_ATTENTION)

    with pytest.raises(SwitchRefused, match="Choose Connect to sign in"):
        switches.enable(integration=integration, by=admin)


def test_the_sync_mode_is_kept_and_makes_plans_stale(integration: Integration, admin: User) -> None:
    before = integration.setup_version

    switches.set_sync_mode(integration=integration, mode=Integration.Mode.MANUAL, by=admin)

    assert integration.is_manual
    assert integration.setup_version == before + 1


def test_a_setting_has_its_default_until_it_is_chosen(integration: Integration, admin: User) -> None:
    assert switches.chosen(integration) == {"strategy": "people"}

    switches.set_option(integration=integration, key="strategy", value="firms", by=admin)

    assert switches.chosen(integration) == {"strategy": "firms"}


def test_a_choice_that_brings_a_new_object_reads_its_fields(integration: Integration, admin: User) -> None:
    warning = switches.set_option(integration=integration, key="strategy", value="firms", by=admin)

    assert warning == ""
    assert [row.object for row in integration.schemas.all()] == ["Person", "Firm"]


def test_a_choice_is_saved_even_when_the_vendor_is_down(
    integration: Integration, admin: User, fake: FakeProvider
) -> None:
    fake.down = True

    warning = switches.set_option(integration=integration, key="strategy", value="firms", by=admin)

    assert warning.startswith("Saved, but the fields could not be read: Fake CRM refused the connection.")
    assert switches.chosen(integration) == {"strategy": "firms"}


@pytest.mark.parametrize(("key", "value"), [("strategy", "nothing"), ("nothing", "people")])
def test_a_choice_the_provider_has_not_is_refused(integration: Integration, admin: User, key: str, value: str) -> None:
    with pytest.raises(SwitchRefused, match="has no such choice"):
        switches.set_option(integration=integration, key=key, value=value, by=admin)
