"""What is written down of an integration: each service tells who, where, from what to what; never a secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import campaigns, fields, mapping, qualifiers, schema, switches
from integrations.campaigns import Status
from integrations.connect import accept_account, disconnect, sign_in
from integrations.contract import Campaign, WriteBehaviour
from integrations.models import Credential, Integration
from integrations.tokens import mark_needs_attention
from leads.models import Change, Event, Organization, Qualifier, User
from tests.integrations.conftest import come_back, go_out
from tests.integrations.fake_provider import OTHER, FakeProvider
from tests.vendors import SandboxVendor

pytestmark = pytest.mark.django_db
Area = Change.Area
ACCOUNT = "Halden Robotics, production (ORG-1)"
SUMMIT = Campaign("701", "Summit 2026", "campaign", statuses=("Sent", "Responded"))


@pytest.fixture
def told(integration: Integration) -> Callable[[], list[tuple[str, str, str, str]]]:
    """What was written down since the connection, oldest first."""
    Change.objects.all().delete()

    def read() -> list[tuple[str, str, str, str]]:
        return [(row.area, row.subject, row.before, row.after) for row in Change.objects.order_by("pk")]

    return read


def put(integration: Integration, source: str, remote_field: str, by: User) -> None:
    mapping.map_field(
        integration=integration, object_name="Person", source_key=source, remote_field=remote_field, by=by
    )


# --- Mapping ----------------------------------------------------------------------------------------------------------


def test_a_row_is_followed_from_its_first_field_to_the_last(
    integration: Integration, admin: User, told: Callable[[], Any]
) -> None:
    place: dict[str, Any] = {"integration": integration, "object_name": "Person", "source_key": "job_title"}
    for remote_field in ("Title", "Title", "Title_Short"):
        put(integration, "job_title", remote_field, admin)
    for _ in range(2):
        mapping.set_behaviour(**place, behaviour=WriteBehaviour.IF_BLANK, by=admin)
    for _ in range(2):
        mapping.clear_field(**place, by=admin)

    assert told() == [
        ("mapping", "Job Title on Person", "Not mapped", "Title"),
        ("mapping", "Job Title on Person", "Title", "Title (short) (Title_Short)"),
        ("mapping", "Job Title on Person, write behaviour", "Overwrite", "Write if Blank"),
        ("mapping", "Job Title on Person", "Title (short) (Title_Short), Write if Blank", "Not mapped"),
    ]
    assert {(row.actor, row.provider, row.organization) for row in Change.objects.all()} == {
        (admin, "fakecrm", integration.organization)
    }


def test_a_refused_pick_is_not_told(integration: Integration, admin: User, told: Callable[[], Any]) -> None:
    with pytest.raises(mapping.MappingRefused):
        put(integration, "first_name", "Birthday", admin)

    assert told() == []


def test_defaults_are_one_entry_with_their_rows_and_clearing_names_what_was_there(
    integration: Integration, admin: User, told: Callable[[], Any]
) -> None:
    for _ in range(2):
        mapping.set_defaults(integration=integration, object_name="Person", by=admin)
    for _ in range(2):
        mapping.clear_object(integration=integration, object_name="Person", by=admin)

    (_, filled, nothing, rows), (_, cleared, before, after) = told()
    assert (filled, nothing, cleared, after) == ("Set Defaults on Person", "", "Clear Person", "")
    assert rows.startswith("4 rows: ")
    assert sorted(rows[8:].split("; ")) == sorted(before[8:].split("; "))
    assert "Email → Email" in rows


def test_made_fields_are_told_with_the_rows_they_filled(
    integration: Integration, admin: User, told: Callable[[], Any], fake: FakeProvider
) -> None:
    wanted = fields.missing_fields(integration=integration, object_name="Person")[:1]

    fields.create_fields(
        integration=integration, object_name="Person", keys=[new.mobly_field for new in wanted], by=admin
    )

    made, filled = told()
    assert made[1] == "Fields made on Person"
    assert made[3].startswith(f"1 field: {wanted[0].label} (")
    assert filled[1] == "Create recommended fields on Person"


# --- Qualifiers -------------------------------------------------------------------------------------------------------


def test_a_qualifier_and_its_values_are_told_as_people_read_them(
    integration: Integration, admin: User, rating: Qualifier, told: Callable[[], Any]
) -> None:
    hot = rating.values.get(label="Hot")
    place: dict[str, Any] = {
        "integration": integration,
        "object_name": "Person",
        "qualifier_id": rating.pk,
        "value_id": hot.pk,
    }
    put(integration, f"qualifier:{rating.pk}", "Rating", admin)
    for option in ("P1", "P1", "P2"):
        qualifiers.map_value(**place, option=option, by=admin)
    put(integration, f"qualifier:{rating.pk}", "Title", admin)

    assert told() == [
        ("qualifiers", "Lead Score on Person", "Not mapped", "Lead Rating (Rating)"),
        ("qualifiers", "Lead Score on Person, value Hot", "Not mapped", "Priority 1 (P1)"),
        ("qualifiers", "Lead Score on Person, value Hot", "Priority 1 (P1)", "Priority 2 (P2)"),
        ("qualifiers", "Lead Score on Person", "Lead Rating (Rating), 1 value: Hot → Priority 2 (P2)", "Title"),
    ]


def test_a_cleared_value_is_told_once(
    integration: Integration, admin: User, rating: Qualifier, told: Callable[[], Any]
) -> None:
    hot = rating.values.get(label="Hot")
    place: dict[str, Any] = {"object_name": "Person", "qualifier_id": rating.pk, "value_id": hot.pk}
    put(integration, f"qualifier:{rating.pk}", "Rating", admin)
    qualifiers.map_value(integration=integration, option="P1", by=admin, **place)
    for _ in range(2):
        qualifiers.clear_value(integration=integration, by=admin, **place)

    assert told()[2:] == [("qualifiers", "Lead Score on Person, value Hot", "Priority 1 (P1)", "Not mapped")]


def test_values_that_were_mapped_at_once_are_one_entry(
    integration: Integration, admin: User, rating: Qualifier, told: Callable[[], Any]
) -> None:
    for label in ("Priority 1", "Priority 2"):
        rating.values.create(label=label)
    put(integration, f"qualifier:{rating.pk}", "Rating", admin)
    for _ in range(2):
        qualifiers.accept_exact(integration=integration, qualifier_id=rating.pk, by=admin)

    assert told()[1:] == [
        (
            "qualifiers",
            "Lead Score on Person, Accept exact matches",
            "",
            "2 values: Priority 1 → Priority 1 (P1); Priority 2 → Priority 2 (P2)",
        )
    ]


def test_auto_create_tells_the_definition_the_field_and_the_values(
    integration: Integration, admin: User, told: Callable[[], Any]
) -> None:
    qualifiers.create_from_remote(
        integration=integration, object_name="Person", remote_field="Rating", name="Rating", by=admin
    )

    assert [entry[1] for entry in told()] == ["Rating", "Rating on Person", "Rating on Person, Auto Create from CRM"]


# --- Campaigns --------------------------------------------------------------------------------------------------------


def test_a_campaign_tells_what_was_decided_and_then_what_differs(
    integration: Integration, admin: User, rating: Qualifier, told: Callable[[], Any]
) -> None:
    event = Event.objects.create(organization=integration.organization, name="Summit")
    hot = rating.values.get(label="Hot")
    save: dict[str, Any] = {"integration": integration, "campaign": SUMMIT, "events": [event], "by": admin}
    made = campaigns.save_campaign(**save, threshold=0)
    by_score = Status(qualifier=rating, by_value={hot.pk: "Responded"})
    for _ in range(2):
        campaigns.save_campaign(**save, threshold=2, status=by_score, mapping=made)
    campaigns.remove_campaign(mapping=made, by=admin)

    decided = "Events: Summit; Lead Scan Threshold: 2; Status: by Lead Score (Hot → Responded)"
    assert told() == [
        (
            "campaigns",
            "Summit 2026",
            "Not on the list",
            "Events: Summit; Lead Scan Threshold: 0; Status: the campaign's default",
        ),
        (
            "campaigns",
            "Summit 2026",
            "Lead Scan Threshold: 0; Status: the campaign's default",
            "Lead Scan Threshold: 2; Status: by Lead Score (Hot → Responded)",
        ),
        ("campaigns", "Summit 2026", decided, "Removed"),
    ]


# --- Connect ----------------------------------------------------------------------------------------------------------


def test_switches_are_told_once_each(integration: Integration, admin: User, told: Callable[[], Any]) -> None:
    for _ in range(2):
        switches.set_sync_mode(integration=integration, mode=Integration.Mode.MANUAL, by=admin)
        switches.set_option(integration=integration, key="strategy", value="firms", by=admin)
    for switch in (switches.disable, switches.disable, switches.enable):
        switch(integration=integration, by=admin)

    assert told() == [
        ("connect", "Sync mode", "Automatic", "Manual"),
        ("connect", "Matching strategy", "People only", "People and Firms"),
        ("connect", "Connection", "Connected", "Disabled"),
        ("connect", "Connection", "Disabled", "Connected"),
    ]


def test_a_connection_tells_the_way_and_the_account_and_disconnecting_what_it_was(
    integration: Integration, admin: User, connect: Callable[..., Integration]
) -> None:
    connect()
    for _ in range(2):
        disconnect(integration=integration, by=admin)

    way = next(iter(FakeProvider().methods)).label
    now = f"Connected: {ACCOUNT}, as mobly@halden.example, by {way}"
    assert [(row.subject, row.before, row.after) for row in Change.objects.order_by("pk")] == [
        ("Connection", "Never connected", now),
        ("Connection", f"Connected: {ACCOUNT}", now),
        ("Connection", f"Connected: {ACCOUNT}", "Disconnected"),
    ]


def test_another_account_is_told_when_it_is_accepted(
    integration: Integration, browser: Client, admin: User, fake: FakeProvider, told: Callable[[], Any]
) -> None:
    fake.account_now = OTHER
    come_back(browser, state=go_out(browser), code="good-code")
    assert told() == []

    accept_account(organization=integration.organization, provider_key="fakecrm", user=admin)

    ((_, subject, before, after),) = told()
    assert (subject, before) == ("Connection, another account", f"Connected: {ACCOUNT}")
    assert after.startswith("Connected: Halden Labs, sandbox (ORG-2), as mobly@labs.example, by ")


def test_needs_attention_is_told_of_nobody(integration: Integration, told: Callable[[], Any]) -> None:
    for _ in range(2):
        mark_needs_attention(integration=integration, reason="the refresh token was revoked")

    assert told() == [("connect", "Connection", "Connected", "Needs attention: the refresh token was revoked")]
    assert Change.objects.get().who == "Mobly"


def test_a_password_and_what_it_brought_are_nowhere_in_the_entry(
    organization: Organization, admin: User, salesforce_sandbox: SandboxVendor
) -> None:
    entered = {
        "url": salesforce_sandbox.url,
        "username": "mobly.integration@halden.example",
        "password": "sandbox-salesforce-password",
        "token": "sandboxSecurityToken",
    }

    sign_in(organization=organization, provider_key="salesforce", user=admin, method="password", values=entered)

    kept = str(Change.objects.values().get())
    tokens = Credential.objects.get().tokens
    secrets = [entered["password"], entered["token"], tokens["access_token"], tokens["refresh_token"]]
    assert [secret for secret in secrets if secret and secret in kept] == []
    assert "password" in Change.objects.get().after.lower()


# --- Staff ------------------------------------------------------------------------------------------------------------


def test_what_staff_changes_is_told_like_an_admins_own(
    integration: Integration, client: Client, told: Callable[[], Any]
) -> None:
    client.force_login(User.objects.create_superuser("operator@mobly.example"))
    page = reverse("admin:integrations_integration_change", args=[integration.pk])

    for _ in range(2):
        answer = client.post(page, {"sync_mode": "manual", "connect_method": integration.connect_method})
        assert answer.status_code == 302

    assert told() == [
        ("connect", "fakecrm of Halden Robotics, by the staff of Mobly", "sync mode: Automatic", "sync mode: Manual")
    ]


# --- On the tabs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tab", "area"),
    [
        ("integrations:connect", "connect"),
        ("integrations:mapping", "mapping"),
        ("integrations:qualifiers", "qualifiers"),
        ("integrations:campaigns", "campaigns"),
        ("reconciliation:tab", ""),  # where leads fail, a change of any tab may be why
    ],
)
def test_each_tab_has_its_recent_changes_folded(browser: Client, integration: Integration, tab: str, area: str) -> None:
    page = browser.get(reverse(tab, args=["fakecrm"])).content.decode()

    fold = page.split('id="recent-changes"')[1].split("</details>")[0]
    assert f'hx-get="/settings/changes/recent/?area={area}&amp;integration=fakecrm"' in fold
    assert f'<noscript><p class="pad"><a href="/settings/changes/?area={area}&amp;integration=fakecrm">' in fold


def test_what_was_never_connected_has_no_changes_to_show(browser: Client, fake: FakeProvider) -> None:
    assert "recent-changes" not in browser.get(reverse("integrations:connect", args=["fakecrm"])).content.decode()


def test_a_refresh_tells_what_the_vendor_describes_otherwise(
    integration: Integration, fake: FakeProvider, admin: User, told: Callable[[], Any]
) -> None:
    schema.refresh(integration=integration, by=admin)
    person = fake.objects["Person"]
    others = {name: field for name, field in person.fields.items() if name != "Title"}
    others["Email"] = replace(others["Email"], label="Work Email")
    others["Score__c"] = replace(others["Notes"], name="Score__c")
    fake.objects["Person"] = replace(person, fields=others)

    schema.refresh(integration=integration, by=admin)
    schema.refresh(integration=integration, by=admin)

    ((area, subject, before, after),) = told()
    assert (area, subject, before) == ("mapping", "Fields read from Fake CRM", "")
    assert after == "Person: new Score__c; gone Title; changed Email"


def test_connecting_again_tells_what_the_vendor_describes_otherwise_too(
    connect: Callable[..., Integration], fake: FakeProvider
) -> None:
    connect()
    person = fake.objects["Person"]
    fake.objects["Person"] = replace(
        person, fields={**person.fields, "Score__c": replace(person.fields["Title"], name="Score__c")}
    )

    connect()
    connect()

    # The first connection is no change: nothing was known before it.
    (told,) = Change.objects.filter(area=Change.Area.MAPPING)
    assert (told.subject, told.after, told.who) == (
        "Fields read from Fake CRM",
        "Person: new Score__c",
        "mara@halden.example",
    )
