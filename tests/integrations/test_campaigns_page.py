"""The Campaigns tab over HTTP: the table, the drawer, a vendor that does not answer, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from integrations import campaigns
from integrations.contract import Campaign, Cause, Fault, Feature, Unavailable
from integrations.models import CampaignMapping, Integration
from leads.models import Event, Organization, Qualifier, User
from tests.integrations.conftest import make_member
from tests.integrations.fake_provider import CAPABILITIES, FakeProvider

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}
TAB = "/integrations/fakecrm/campaigns/"
NEW = f"{TAB}new/"
SUMMIT = Campaign("701", "Automate Summit", "campaign", statuses=("Sent", "Responded"), default_status="Sent")
CLOSED = Campaign("702", "Hannover 2024", "campaign", active=False)


class Vendor:
    """What stands at the vendor, and whether it answers."""

    def __init__(self) -> None:
        self.campaigns = [SUMMIT, CLOSED]
        self.searched: list[str] = []
        self.down = False

    def find(self, client: Any, *, query: str = "", limit: int = 50) -> list[Campaign]:
        self._answer()
        self.searched.append(query)
        return [campaign for campaign in self.campaigns if query.lower() in campaign.name.lower()][:limit]

    def get(self, client: Any, *, campaign_id: str, kind: str) -> Campaign | None:
        self._answer()
        return next((one for one in self.campaigns if (one.id, one.kind) == (campaign_id, kind)), None)

    def _answer(self) -> None:
        if self.down:
            raise Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, "The service is down for maintenance."))


@pytest.fixture
def vendor(fake: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> Vendor:
    found = Vendor()
    monkeypatch.setattr(fake, "campaigns", found.find)
    monkeypatch.setattr(fake, "campaign", found.get)
    return found


@pytest.fixture
def event(organization: Organization) -> Event:
    return organization.events.create(name="Automate Summit 2026")


@pytest.fixture
def mapping(integration: Integration, vendor: Vendor, event: Event, admin: User) -> CampaignMapping:
    return campaigns.save_campaign(integration=integration, campaign=SUMMIT, events=[event], threshold=1, by=admin)


def filled(event: Event, **changes: Any) -> dict[str, Any]:
    said = {"campaign": "campaign:701", "campaign_name": "Automate Summit", "events": [event.pk], "threshold": "1"}
    return {**said, "decide": "same", "status": "", **changes}


def edit_url(mapping: CampaignMapping) -> str:
    return reverse("integrations:campaign_edit", args=["fakecrm", mapping.pk])


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- The table --------------------------------------------------------------------------------------------------------


def test_before_the_first_connection_the_tab_leads_to_connect(browser: Client, fake: FakeProvider) -> None:
    assert "Connect Fake CRM first" in said(browser.get(TAB))


def test_a_vendor_without_campaigns_says_why(browser: Client, integration: Integration, fake: FakeProvider) -> None:
    has = {feature: words for feature, words in CAPABILITIES.has.items() if feature is not Feature.CAMPAIGNS}
    fake.capabilities = replace(
        CAPABILITIES, has=has, lacks={Feature.CAMPAIGNS: "Fake CRM keeps deals, not campaigns."}
    )

    page = said(browser.get(TAB))

    assert "Fake CRM has no campaigns" in page
    assert "Fake CRM keeps deals, not campaigns." in page


def test_an_empty_table_says_what_to_do(browser: Client, integration: Integration) -> None:
    assert "No campaign is joined to an event yet" in said(browser.get(TAB))


def test_the_table_shows_what_was_decided(browser: Client, mapping: CampaignMapping) -> None:
    CampaignMapping.objects.update(status="Responded", is_archived=True)

    page = said(browser.get(TAB))

    assert "Responded, fixed" in page
    assert "Automate Summit 2026</a>" in page
    assert "mara@halden.example" in page
    assert "1 campaign." in page


def test_the_number_of_queries_does_not_grow_with_campaigns(
    browser: Client, mapping: CampaignMapping, event: Event, django_assert_num_queries: Any
) -> None:
    browser.get(TAB)
    with django_assert_num_queries(8):
        browser.get(TAB)
    for number in range(5):
        other = CampaignMapping.objects.create(
            integration=mapping.integration, remote_id=f"9{number}", kind="campaign", name=f"Campaign {number}"
        )
        other.events.add(event)

    with django_assert_num_queries(8):
        browser.get(TAB)


def test_the_table_goes_out_as_a_spreadsheet(browser: Client, mapping: CampaignMapping) -> None:
    response = browser.get(reverse("integrations:campaigns_export", args=["fakecrm"]))

    assert response["Content-Disposition"] == 'attachment; filename="fakecrm-campaigns.csv"'
    assert response.content.decode("utf-8-sig").splitlines()[1].startswith("Automate Summit,701,No,")


# --- New Campaign -----------------------------------------------------------------------------------------------------


def test_new_campaign_lists_what_the_vendor_has(browser: Client, integration: Integration, vendor: Vendor) -> None:
    drawer = said(browser.get(NEW, **HTMX))

    assert "New Campaign</h2>" in drawer
    assert "Automate Summit <code" in drawer
    assert "Archived</span>" in drawer
    assert "<h1>" not in drawer


def test_an_event_can_be_ticked_from_its_own_page(
    browser: Client, integration: Integration, vendor: Vendor, event: Event
) -> None:
    assert f'name="events" value="{event.pk}" checked' in said(browser.get(NEW, {"event": event.pk}))


def test_a_search_asks_the_vendor_and_keeps_the_chosen_campaign(
    browser: Client, integration: Integration, vendor: Vendor
) -> None:
    url = reverse("integrations:campaigns_found", args=["fakecrm"])

    found = said(browser.get(url, {"q": "hannover", "campaign": "campaign:701"}, **HTMX))

    assert vendor.searched == ["hannover"]
    assert 'value="campaign:701" checked' in found
    assert "Hannover 2024" in found


def test_a_search_without_a_hit_says_so(browser: Client, integration: Integration, vendor: Vendor) -> None:
    url = reverse("integrations:campaigns_found", args=["fakecrm"])

    assert "Nothing in Fake CRM is called “dinner”." in said(browser.get(url, {"q": "dinner"}, **HTMX))


def test_a_campaign_on_the_list_cannot_be_chosen_again(browser: Client, mapping: CampaignMapping) -> None:
    drawer = said(browser.get(NEW, **HTMX))

    assert 'value="campaign:701" disabled' in drawer
    assert "On the list already" in drawer


def test_the_statuses_of_the_chosen_campaign_are_offered(
    browser: Client, integration: Integration, vendor: Vendor, rating: Qualifier
) -> None:
    url = reverse("integrations:campaigns_statuses", args=["fakecrm"])

    same = said(browser.get(url, {"campaign": "campaign:701", "decide": "same"}, **HTMX))
    by_value = said(
        browser.get(url, {"campaign": "campaign:701", "decide": "qualifier", "status_qualifier": rating.pk}, **HTMX)
    )

    assert "Sent (default)" in same
    assert 'aria-label="Status for Hot"' in by_value
    assert 'aria-label="Status otherwise"' in by_value


def test_a_campaign_without_statuses_says_so(browser: Client, integration: Integration, vendor: Vendor) -> None:
    vendor.campaigns.append(Campaign("9", "Newsletter", "list"))
    url = reverse("integrations:campaigns_statuses", args=["fakecrm"])

    assert "Members of “Newsletter” have no status." in said(browser.get(url, {"campaign": "list:9"}, **HTMX))


def test_create_joins_the_campaign_and_shows_it_in_the_table(
    browser: Client, integration: Integration, vendor: Vendor, event: Event
) -> None:
    response = browser.post(NEW, filled(event, status="Responded"), **HTMX)

    assert response.status_code == 200
    assert "Automate Summit is joined to 1 event." in said(response)
    assert 'id="campaign-list" aria-label="Campaigns" hx-swap-oob="true"' in said(response)
    saved = CampaignMapping.objects.get()
    assert (saved.remote_id, saved.status, saved.scan_threshold) == ("701", "Responded", 1)


def test_a_status_can_be_decided_by_a_qualifier(
    browser: Client, integration: Integration, vendor: Vendor, event: Event, rating: Qualifier
) -> None:
    hot, cold = rating.values.all()
    by_value = {f"status-{hot.pk}": "Responded", f"status-{cold.pk}": ""}

    browser.post(NEW, filled(event, decide="qualifier", status_qualifier=rating.pk, status="Sent", **by_value))

    saved = CampaignMapping.objects.get()
    assert (saved.status_qualifier, saved.status_by_value, saved.status) == (rating, {str(hot.pk): "Responded"}, "Sent")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"campaign": ""}, "Choose a campaign."),
        ({"campaign": "campaign:999"}, "Fake CRM has no such campaign any more, or hides it."),
        ({"campaign": "campaign:702"}, "“Hannover 2024” is archived and takes no new members."),
        ({"campaign": "nonsense"}, "Fake CRM has no such campaign any more, or hides it."),
        ({"events": []}, "Choose at least one event."),
        ({"events": [999999]}, "One of the events is gone. Choose again."),
        ({"events": ["many"]}, "One of the events is gone. Choose again."),
        ({"threshold": ""}, "The threshold is a whole number from 0 to 1,000."),
        ({"threshold": "-1"}, "The threshold is a whole number from 0 to 1,000."),
        ({"threshold": "a few"}, "The threshold is a whole number from 0 to 1,000."),
        ({"status": "Visited booth"}, "“Visited booth” is not a member status of “Automate Summit”."),
    ],
)
def test_what_is_not_right_yet_is_said_at_its_field(
    browser: Client,
    integration: Integration,
    vendor: Vendor,
    event: Event,
    changes: dict[str, Any],
    words: str,
) -> None:
    response = browser.post(NEW, filled(event, **changes), **HTMX)

    assert response.status_code == 422
    assert words in said(response)
    assert not CampaignMapping.objects.exists()


# --- A vendor that does not answer ------------------------------------------------------------------------------------


def test_a_search_that_fails_says_so_with_retry_and_keeps_the_chosen_campaign(
    browser: Client, integration: Integration, vendor: Vendor
) -> None:
    vendor.down = True
    url = reverse("integrations:campaigns_found", args=["fakecrm"])

    found = said(browser.get(url, {"q": "x", "campaign": "campaign:701", "campaign_name": "Automate Summit"}, **HTMX))

    assert "Fake CRM did not answer the search: “The service is down for maintenance.”" in found
    assert "Retry</button>" in found
    assert 'value="campaign:701" checked' in found


def test_a_save_the_vendor_does_not_confirm_loses_nothing(
    browser: Client, integration: Integration, vendor: Vendor, event: Event
) -> None:
    vendor.down = True

    response = browser.post(NEW, filled(event, threshold="3", status="Responded"), **HTMX)

    assert response.status_code == 422
    drawer = said(response)
    assert "Fake CRM did not confirm the campaign: “The service is down for maintenance.”" in drawer
    assert f'value="{event.pk}" checked' in drawer
    assert 'value="campaign:701" checked' in drawer
    assert 'value="3"' in drawer
    assert 'name="status" value="Responded"' in drawer
    assert not CampaignMapping.objects.exists()


def test_changing_a_campaign_works_as_far_as_it_can_while_the_vendor_is_down(
    browser: Client, mapping: CampaignMapping, vendor: Vendor
) -> None:
    vendor.down = True

    response = browser.get(edit_url(mapping), **HTMX)

    assert response.status_code == 200
    assert "Fake CRM did not tell the member statuses" in said(response)


def test_a_refresh_that_fails_changes_nothing(browser: Client, mapping: CampaignMapping, vendor: Vendor) -> None:
    vendor.down = True

    response = browser.post(reverse("integrations:campaigns_refresh", args=["fakecrm"]), follow=True)

    assert "The campaigns were not checked: “The service is down for maintenance.”" in said(response)
    assert CampaignMapping.objects.get().is_archived is False


# --- Changing and removing --------------------------------------------------------------------------------------------


def test_a_status_that_the_campaign_lost_is_marked_until_another_is_chosen(
    browser: Client, mapping: CampaignMapping, event: Event
) -> None:
    CampaignMapping.objects.update(status="Visited booth")

    drawer = said(browser.get(edit_url(mapping), **HTMX))
    saved = browser.post(
        edit_url(mapping), {"events": [event.pk], "threshold": "0", "decide": "same", "status": "Sent"}
    )

    assert "“Visited booth” is not a member status of “Automate Summit” any more." in drawer
    assert saved.url == TAB
    assert CampaignMapping.objects.get().status == "Sent"


def test_a_campaign_that_another_admin_changed_meanwhile_is_not_overwritten(
    browser: Client, mapping: CampaignMapping, event: Event, organization: Organization
) -> None:
    seen = browser.get(edit_url(mapping), **HTMX).context["form"]["seen"].value()
    tom = make_member(organization, "tom@halden.example")
    campaigns.save_campaign(
        integration=mapping.integration, campaign=SUMMIT, events=[event], threshold=4, mapping=mapping, by=tom
    )

    refused = browser.post(edit_url(mapping), filled(event, threshold="2", seen=seen), **HTMX)
    fresh = browser.get(edit_url(mapping), **HTMX).context["form"]["seen"].value()

    assert refused.status_code == 422
    assert "Not saved. Changed meanwhile by tom@halden.example: Events Automate Summit 2026;" in said(refused)
    assert "Lead Scan Threshold 4;" in said(refused)
    assert "Reload this campaign" in said(refused)
    mapping.refresh_from_db()
    assert mapping.scan_threshold == 4
    assert browser.post(edit_url(mapping), filled(event, threshold="2", seen=fresh), **HTMX).status_code == 200


def test_a_campaign_is_removed_after_the_dialog(browser: Client, mapping: CampaignMapping) -> None:
    assert "Remove Automate Summit?" in said(browser.get(edit_url(mapping), **HTMX))

    response = browser.post(reverse("integrations:campaign_remove", args=["fakecrm", mapping.pk]), **HTMX)

    assert "Automate Summit is removed." in said(response)
    assert not CampaignMapping.objects.exists()


def test_a_refresh_says_what_was_archived(browser: Client, mapping: CampaignMapping, vendor: Vendor) -> None:
    vendor.campaigns = [Campaign("701", "Automate Summit", "campaign", active=False)]

    response = browser.post(reverse("integrations:campaigns_refresh", args=["fakecrm"]), follow=True)

    assert "1 campaign checked in Fake CRM. Automate Summit is archived in Fake CRM now." in said(response)


# --- The event's own page ---------------------------------------------------------------------------------------------


def test_an_event_shows_the_campaigns_its_people_join(browser: Client, mapping: CampaignMapping, event: Event) -> None:
    page = said(browser.get(reverse("leads:event_detail", args=[event.uid])))
    part = reverse("integrations:event_campaigns", args=[event.uid])
    assert f'hx-get="{part}"' in page

    shown = said(browser.get(part))

    assert edit_url(mapping) in shown
    assert "from scan 1 on" in shown
    assert f"{NEW}?event={event.pk}" in shown


def test_an_event_without_a_crm_leads_to_integrations(browser: Client, fake: FakeProvider, event: Event) -> None:
    shown = said(browser.get(reverse("integrations:event_campaigns", args=[event.uid])))

    assert reverse("integrations:list") in shown


# --- Whose it is ------------------------------------------------------------------------------------------------------


@pytest.fixture
def stranger(mapping: CampaignMapping) -> Client:
    """The admin of another organization that is connected to the same vendor."""
    other = Organization.objects.create(name="Linden Pack", slug="linden")
    Integration.objects.create(organization=other, provider="fakecrm", category="crm", status="connected")
    client = Client()
    client.force_login(make_member(other, "lin@linden.example"))
    return client


@pytest.mark.parametrize(
    "address",
    [
        edit_url,
        lambda mapping: reverse("integrations:campaign_remove", args=["fakecrm", mapping.pk]),
        lambda mapping: reverse("integrations:event_campaigns", args=[mapping.events.get().uid]),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_organizations_campaign_is_not_there(
    stranger: Client, mapping: CampaignMapping, address: Callable[[CampaignMapping], str], method: str
) -> None:
    assert getattr(stranger, method)(address(mapping)).status_code in (404, 405)
    assert CampaignMapping.objects.get() == mapping


def test_another_organizations_event_cannot_be_joined(
    browser: Client, integration: Integration, vendor: Vendor
) -> None:
    foreign = Organization.objects.create(name="Linden Pack", slug="linden").events.create(name="Pack Days")

    response = browser.post(NEW, filled(foreign), **HTMX)

    assert "One of the events is gone." in said(response)
    assert not CampaignMapping.objects.exists()


def test_large_ids_stay_plain_numbers_in_the_form(
    browser: Client, integration: Integration, vendor: Vendor, organization: Organization
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('leads_event', 'id'), 123456)")
    event = organization.events.create(name="Pack Days")

    assert f'name="events" value="{event.pk}"' in said(browser.get(NEW))
