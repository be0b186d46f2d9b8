"""From the Qualifiers and Campaigns tabs to the record at the vendor: over HTTP on both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import CampaignMapping
from integrations.tokens import open_client
from leads.models import Lead, Qualifier
from leads.qualifiers import answer, save_qualifier
from reconciliation.models import SyncRecord
from tests.reconciliation.world import World

PERSON = {"salesforce": "Lead", "hubspot": "contacts"}


@pytest.fixture
def page() -> Callable[..., Client]:
    """The browser of a world's admin."""

    def sign_in(world: World) -> Client:
        client = Client()
        client.force_login(world.admin)
        return client

    return sign_in


def qualifier_of(world: World, *labels: str, name: str = "Lead Score", multiple: bool = False) -> Qualifier:
    return save_qualifier(organization=world.organization, by=world.admin, name=name, values=labels, multiple=multiple)


def carry(world: World, qualifier: Qualifier, *labels: str, email: str = "ada@brightforge.example") -> Lead:
    """A captured lead with these values, through one run."""
    lead = world.capture(email)
    picked = list(qualifier.values.filter(label__in=labels).values_list("pk", flat=True))
    answer(lead=lead, answers={qualifier.pk: picked}, by=world.admin)
    world.enriched(lead)
    world.run()
    return lead


def post(browser: Client, world: World, view: str, /, *args: Any, **data: Any) -> Any:
    response = browser.post(reverse(f"integrations:{view}", args=[world.sandbox.name, *args]), data)
    assert response.status_code == 302, response.content.decode()
    return response


def person(world: World, email: str = "ada@brightforge.example") -> dict[str, Any]:
    (found,) = world.at_vendor(PERSON[world.sandbox.name], email=email)
    return found.get("properties", found)


# --- Qualifiers -------------------------------------------------------------------------------------------------------


def test_a_value_arrives_in_salesforce_as_the_option_it_is_mapped_to(salesforce: World, page: Any) -> None:
    browser, score = page(salesforce), qualifier_of(salesforce, "Hot", "Lukewarm")
    post(browser, salesforce, "qualifier_target", score.pk, "Lead", remote_field="Rating")
    post(browser, salesforce, "qualifier_accept", score.pk)
    lukewarm = score.values.get(label="Lukewarm")
    post(browser, salesforce, "qualifier_value", score.pk, "Lead", lukewarm.pk, option="Warm")

    carry(salesforce, score, "Hot")
    carry(salesforce, score, "Lukewarm", email="grace@brightforge.example")

    assert person(salesforce)["Rating"] == "Hot"
    assert person(salesforce, "grace@brightforge.example")["Rating"] == "Warm"


def test_a_value_without_an_option_fails_and_goes_through_once_it_is_mapped(salesforce: World, page: Any) -> None:
    browser, score = page(salesforce), qualifier_of(salesforce, "Scorching")
    post(browser, salesforce, "qualifier_target", score.pk, "Lead", remote_field="Rating")
    lead = carry(salesforce, score, "Scorching")
    assert salesforce.record(lead).cause == "NO_TAG_MAPPING"
    assert salesforce.at_vendor("Lead") == []

    value = score.values.get()
    post(browser, salesforce, "qualifier_value", score.pk, "Lead", value.pk, option="Hot")
    offer = browser.get(reverse("reconciliation:retry_offer", args=["salesforce"]), {"subject": score.name})
    browser.post(reverse("reconciliation:retry_subject", args=["salesforce"]), {"subject": score.name})
    salesforce.run()

    assert "Retry 1 lead" in " ".join(offer.content.decode().split())
    assert salesforce.record(lead).state == SyncRecord.State.CLEARED
    assert person(salesforce)["Rating"] == "Hot"


def test_the_tab_holds_the_slot_of_the_offer(salesforce: World, page: Any) -> None:
    qualifier_of(salesforce, "Hot", name="Score & Co.")

    tab = page(salesforce).get(reverse("integrations:qualifiers", args=["salesforce"])).content.decode()

    offer = reverse("reconciliation:retry_offer", args=["salesforce"])
    assert f'hx-get="{offer}?subject=Score%20%26%20Co."' in tab


def test_a_picklist_made_into_a_qualifier_arrives_with_its_own_options(hubspot: World, page: Any) -> None:
    post(page(hubspot), hubspot, "qualifier_from_remote", field="contacts:hs_lead_status", name="Lead Status")
    made = Qualifier.objects.get()

    carry(hubspot, made, made.values.all()[1].label)

    options = dict(made.mappings.get().values.values_list("value__label", "remote_value"))
    assert person(hubspot)["hs_lead_status"] == options[made.values.all()[1].label]


def test_labels_arrive_in_a_text_field_as_they_are(hubspot: World, page: Any) -> None:
    interest = qualifier_of(hubspot, "Cobots", "Vision", name="Interest", multiple=True)
    post(page(hubspot), hubspot, "qualifier_target", interest.pk, "contacts", remote_field="salutation")

    carry(hubspot, interest, "Cobots", "Vision")

    assert person(hubspot)["salutation"] == "Cobots; Vision"


# --- Campaigns --------------------------------------------------------------------------------------------------------


def test_a_lead_joins_its_events_campaign_with_the_status_its_qualifier_decides(salesforce: World, page: Any) -> None:
    browser, score = page(salesforce), qualifier_of(salesforce, "Hot", "Cold")
    campaign = next(row for row in salesforce.at_vendor("Campaign") if row["Name"] == "Robotics Week Berlin")
    hot = score.values.get(label="Hot")
    post(
        browser,
        salesforce,
        "campaign_new",
        campaign=f"campaign:{campaign['Id']}",
        events=salesforce.event.pk,
        threshold=1,
        decide="qualifier",
        status_qualifier=score.pk,
        status="Registered",
        **{f"status-{hot.pk}": "Demo Booked"},
    )

    carry(salesforce, score, "Hot")
    carry(salesforce, score, "Cold", email="grace@brightforge.example")

    emails = {row["Id"]: row["Email"] for row in salesforce.at_vendor("Lead")}
    members = {emails[row["LeadId"]]: row["Status"] for row in salesforce.at_vendor("CampaignMember")}
    assert members == {"ada@brightforge.example": "Demo Booked", "grace@brightforge.example": "Registered"}


def test_a_lead_joins_from_the_threshold_on(salesforce: World, page: Any) -> None:
    campaign = salesforce.at_vendor("Campaign")[0]
    post(
        page(salesforce),
        salesforce,
        "campaign_new",
        campaign=f"campaign:{campaign['Id']}",
        events=salesforce.event.pk,
        threshold=2,
    )

    salesforce.capture()
    salesforce.run()
    once = salesforce.at_vendor("CampaignMember")
    salesforce.capture()
    salesforce.run()

    assert (once, len(salesforce.at_vendor("CampaignMember"))) == ([], 1)
    assert [mapping.lead_count for mapping in CampaignMapping.objects.with_lead_counts()] == [1]


def test_a_list_found_by_name_gets_the_people_of_the_event(hubspot: World, page: Any) -> None:
    browser = page(hubspot)
    hubspot.sandbox.seed("lists", name="Booth visitors")
    found = browser.get(reverse("integrations:campaigns_found", args=["hubspot"]), {"q": "booth"}).content.decode()
    list_id = next(row["listId"] for row in hubspot.at_vendor("lists") if row["name"] == "Booth visitors")
    assert f'value="list:{list_id}"' in found

    post(browser, hubspot, "campaign_new", campaign=f"list:{list_id}", events=hubspot.event.pk, threshold=0)
    hubspot.capture()
    hubspot.run()

    members = next(row["members"] for row in hubspot.at_vendor("lists") if row["listId"] == list_id)
    assert members == [row["id"] for row in hubspot.at_vendor("contacts")]


def test_a_campaign_closed_in_salesforce_is_marked_by_refresh(salesforce: World, page: Any) -> None:
    browser = page(salesforce)
    campaign = salesforce.sandbox.seed("Campaign", Name="Partner Day", IsActive=True)
    post(
        browser,
        salesforce,
        "campaign_new",
        campaign=f"campaign:{campaign['Id']}",
        events=salesforce.event.pk,
        threshold=0,
    )
    vendor: Any = open_client(salesforce.integration)
    vendor.request("PATCH", f"sobjects/Campaign/{campaign['Id']}", json={"IsActive": False})

    post(browser, salesforce, "campaigns_refresh")

    assert CampaignMapping.objects.get().is_archived is True


def test_a_vendor_that_fails_during_the_search_is_told_in_words(salesforce: World, page: Any) -> None:
    salesforce.sandbox.faults(server_error=50)

    shown = page(salesforce).get(reverse("integrations:campaign_new", args=[salesforce.sandbox.name])).content.decode()

    assert "did not answer the search" in shown
    assert "Retry</button>" in shown
