"""Connecting, staying connected and going away."""

from __future__ import annotations

import pytest

from integrations import check, connect, schema
from integrations.contract import AuthenticationFailed, Feature, FieldType, Role
from integrations.models import Credential, FieldMapping, Integration
from integrations.providers import app_of, provider_of
from integrations.tokens import HeldTokens, open_client, tokens_of
from leads.fields import BY_KEY
from mobly_sync.http import Session
from tests.contract.conftest import Crm, crms


def test_after_the_consent_page_the_account_and_its_user_are_named(crm: Crm) -> None:
    assert crm.integration.status == Integration.Status.CONNECTED
    assert crm.integration.account_id
    assert crm.integration.account_name
    assert crm.integration.account_user


def test_the_connection_check_finds_nothing_to_mend_in_a_fresh_account(crm: Crm) -> None:
    lines = check.run(integration=crm.integration)

    assert len(lines) >= 3
    assert [f"{line.title} {line.detail}" for line in lines if not line.ok] == []


def test_the_connection_check_says_what_our_user_may_not_do_and_how_to_mend_it(crm: Crm) -> None:
    crm.vendor.take_rights()

    broken = [line for line in check.run(integration=crm.integration) if not line.ok]

    assert broken
    assert all(line.fix for line in broken)


def test_connecting_again_keeps_the_integration_and_its_mappings(crm: Crm) -> None:
    before = set(FieldMapping.objects.values_list("pk", flat=True))
    connect.disconnect(integration=crm.integration, by=crm.admin)
    crm.connect_again()

    assert crm.fresh().status == Integration.Status.CONNECTED
    assert set(FieldMapping.objects.values_list("pk", flat=True)) == before


@crms(Feature.REVOKE)
def test_disconnect_takes_our_access_back_at_the_vendor(crm: Crm) -> None:
    tokens = tokens_of(Credential.objects.get(integration=crm.integration))
    connect.disconnect(integration=crm.integration, by=crm.admin)

    provider, app = provider_of(crm.integration.provider), app_of(crm.integration.provider)
    with Session(allowed_hosts=app.hosts) as session, pytest.raises(AuthenticationFailed):
        provider.refresh(session, app, tokens)
    with Session(allowed_hosts=app.hosts) as session, pytest.raises(AuthenticationFailed):
        provider.account(provider.client(session, app, HeldTokens(tokens, provider)))


def test_an_expired_token_is_renewed_in_passing(crm: Crm) -> None:
    lead = crm.capture()
    crm.vendor.faults(expired_token=True)

    crm.cleared(lead)
    assert len(crm.there(lead)) == 1


def test_a_revoked_app_pauses_the_integration_and_the_leads_wait(crm: Crm) -> None:
    lead = crm.capture()
    crm.vendor.faults(revoked_app=True)
    crm.send(lead)

    assert crm.fresh().status == Integration.Status.NEEDS_ATTENTION
    assert (crm.record(lead).state, crm.record(lead).tries) == ("waiting", 0)


def test_the_description_has_a_person_object_with_an_email_and_a_picklist(crm: Crm) -> None:
    objects = list(schema.remote_objects(crm.integration).values())
    persona = objects[0]

    assert persona.role is Role.PERSONA
    assert [one.name for one in persona.fields.values() if one.type is FieldType.EMAIL and one.writable]
    assert crm.fields()[crm.vendor.picklist].type in (FieldType.PICKLIST, FieldType.MULTI_PICKLIST)
    assert len(crm.fields()[crm.vendor.picklist].options) >= 3


@crms(Feature.REQUIRED_FIELDS)
def test_the_description_says_what_no_person_may_lack(crm: Crm) -> None:
    assert schema.remote_objects(crm.integration)[crm.persona].required()


def test_set_defaults_places_who_a_person_is(crm: Crm) -> None:
    placed = set(crm.integration.field_mappings.filter(object=crm.persona).values_list("mobly_field", flat=True))

    assert {"email", "phone_number"} <= placed
    assert "first_name" in placed or "last_name" in placed


@crms(Feature.CREATE_FIELDS)
def test_with_the_recommended_fields_made_every_field_of_the_seeds_list_has_a_place(crm: Crm) -> None:
    for name, remote in schema.remote_objects(crm.integration).items():
        if remote.role in (Role.PERSONA, Role.COMPANY):
            crm.make_recommended_fields(name)

    placed = set(crm.integration.field_mappings.values_list("mobly_field", flat=True))
    assert set(BY_KEY) - placed == set()


@crms(Feature.CREATE_FIELDS)
def test_a_field_that_was_made_takes_values_and_making_it_again_changes_nothing(crm: Crm) -> None:
    provider, client = provider_of(crm.integration.provider), open_client(crm.integration)
    wanted = [
        new for new in provider.recommended_fields(crm.persona) if new.mobly_field in ("description", "mobly_lead_id")
    ]
    first = provider.create_fields(client, crm.persona, wanted)
    again = provider.create_fields(client, crm.persona, wanted)
    crm.make_recommended_fields(crm.persona)
    lead = crm.capture(description="Wants a quote for 40 robots.")
    crm.cleared(lead)

    assert [entry.problem for entry in [*first, *again]] == ["", "", "", ""]
    assert [entry.name for entry in first] == [entry.name for entry in again]
    where = crm.integration.field_mappings.get(object=crm.persona, mobly_field="description").remote_field
    assert crm.one(lead).values[where] == "Wants a quote for 40 robots."
