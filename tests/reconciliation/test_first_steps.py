"""First steps: what a new organization does next, ticked by what stands in the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import mapping, switches
from integrations.models import FieldMapping, Integration
from leads.models import Lead, Member, Organization, User
from reconciliation.first_steps import FirstSteps, Key, first_steps
from reconciliation.models import SyncAttempt, SyncRecord
from tests.reconciliation.world import World, connected
from tests.vendors import SandboxVendor

LIST = reverse("integrations:list")
PANEL: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "first-steps"}
LINE: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "next-step"}


@pytest.fixture
def bare(transactional_db: None, salesforce_sandbox: SandboxVendor) -> World:
    """Connected, nothing mapped."""
    return connected(salesforce_sandbox, defaults=False)


@pytest.fixture
def browser(bare: World) -> Client:
    client = Client()
    client.force_login(bare.admin)
    return client


def steps_of(organization: Organization) -> FirstSteps:
    found = first_steps(organization)
    assert found is not None
    return found


def done(organization: Organization) -> list[str]:
    return [step.key for step in steps_of(organization).steps if step.done]


def next_of(organization: Organization) -> Key | None:
    found = steps_of(organization).next
    return found.key if found else None


def cleared(integration: Integration) -> SyncRecord:
    organization = integration.organization
    lead = Lead.objects.create(organization=organization, last_name=f"No {organization.leads.count()}")
    return SyncRecord.objects.create(
        organization=organization, lead=lead, integration=integration, state="cleared", changed_at=timezone.now()
    )


def test_each_step_is_ticked_by_what_stands_there_and_the_first_open_one_is_next(bare: World) -> None:
    assert (done(bare.organization), next_of(bare.organization)) == (["connect", "mode"], Key.MAP)

    mapping.set_defaults(integration=bare.integration, object_name="Lead", by=bare.admin)
    assert (done(bare.organization), next_of(bare.organization)) == (["connect", "map", "mode"], Key.TEST)

    switches.disable(integration=bare.integration, by=bare.admin)
    assert next_of(bare.organization) is Key.MODE
    Integration.objects.update(status="attention")
    assert next_of(bare.organization) is Key.CONNECT
    FieldMapping.objects.all().delete()
    Integration.objects.update(status="connected")
    assert next_of(bare.organization) is Key.MAP


def test_the_crm_comes_first_and_then_what_has_cleared_nothing_yet(bare: World) -> None:
    other = Integration.objects.create(
        organization=bare.organization, provider="hubspot", category="webhook", status="connected"
    )
    assert steps_of(bare.organization).integration == bare.integration

    cleared(bare.integration)
    assert steps_of(bare.organization).integration == other

    cleared(other)
    found = steps_of(bare.organization)
    assert (found.integration, found.arrived) == (bare.integration, True)


def test_what_was_in_use_once_and_is_disconnected_asks_for_no_first_steps(bare: World) -> None:
    Integration.objects.update(status="off")
    assert next_of(bare.organization) is Key.CONNECT

    cleared(bare.integration)

    assert first_steps(bare.organization) is None


def test_an_admin_lands_on_the_steps_and_a_rep_on_the_leads(browser: Client, bare: World) -> None:
    page = browser.get("/", follow=True)
    assert page.redirect_chain[-1][0] == LIST
    assert 'data-step="map" data-tone="accent" aria-current="step"' in page.content.decode()

    Member.objects.update(role=Member.Role.REP)
    assert browser.get("/").url == reverse("leads:lead_list")  # type: ignore[attr-defined]
    assert browser.get(reverse("reconciliation:first_steps"), **PANEL).status_code == 404


def test_from_the_panel_a_new_admin_maps_sends_oneself_and_sees_it_arrive(browser: Client, bare: World) -> None:
    User.objects.update(first_name="Mara", last_name="Lindqvist")

    answer = browser.post(reverse("reconciliation:first_defaults", args=["salesforce"]), **PANEL).content.decode()
    assert "Set Defaults filled" in answer
    assert "Send yourself" in answer
    sent = browser.post(reverse("reconciliation:first_test", args=["salesforce"]), **PANEL).content.decode()
    assert "every 1s" in sent
    browser.post(reverse("reconciliation:first_test", args=["salesforce"]), **PANEL)
    bare.enriched(*Lead.objects.all())
    bare.run()

    [found] = bare.at_vendor("Lead")
    assert (found["Email"], found["LastName"], found["Company"]) == (
        bare.admin.email,
        "Lindqvist",
        bare.organization.name,
    )
    assert SyncAttempt.objects.get().occasion == "Test from First steps by Mara Lindqvist"
    after = browser.get(reverse("reconciliation:first_steps"), {"seen": "older"}, **PANEL).content.decode()
    assert "<summary>" in after
    assert "2 optional steps left" in after
    line = browser.get(reverse("reconciliation:first_steps"), {"at": "salesforce"}, **LINE).content.decode()
    assert "The first lead is in Salesforce." in line


def test_a_test_lead_that_failed_says_why_and_is_sent_again(browser: Client, bare: World) -> None:
    lead = bare.capture(company_name="")
    mapping.set_defaults(integration=bare.integration, object_name="Lead", by=bare.admin)
    bare.run()

    page = browser.get(reverse("integrations:qualifiers", args=["salesforce"])).content.decode()
    again = browser.post(reverse("reconciliation:first_test", args=["salesforce"]), {"lead": str(lead.uid)})

    line = page.partition('id="next-step"')[2].partition("</form>")[0]
    assert "Failed" in line
    assert "Company" in line
    assert "Send again" in page
    assert again.url == LIST  # type: ignore[attr-defined]
    assert bare.record(lead).state == "waiting"


def test_nothing_is_swapped_while_nothing_has_moved_and_no_lead_of_others_is_sent(browser: Client, bare: World) -> None:
    stranger = Organization.objects.create(name="Other", slug="other")
    theirs = Lead.objects.create(organization=stranger, last_name="Hidden")
    seen = steps_of(bare.organization).seen
    test = reverse("reconciliation:first_test", args=["salesforce"])

    assert browser.get(reverse("reconciliation:first_steps"), {"seen": seen}, **PANEL).status_code == 204
    assert browser.get(reverse("reconciliation:first_steps")).status_code == 302
    assert browser.post(test, {"lead": str(theirs.uid)}).status_code == 404
    assert browser.post(test, {"lead": "no-uid"}).status_code == 404
    Integration.objects.update(status="disabled")
    assert "Salesforce is not connected" in browser.post(test, **PANEL).content.decode()
    assert not SyncRecord.objects.exists()


def test_the_steps_take_the_same_queries_however_many_leads_there_are(
    bare: World, django_assert_max_num_queries: Any
) -> None:
    mapping.set_defaults(integration=bare.integration, object_name="Lead", by=bare.admin)
    for number in range(5):
        bare.capture(f"p{number}@x.example")

    with django_assert_max_num_queries(3):
        first_steps(bare.organization)
    cleared(bare.integration)
    with django_assert_max_num_queries(1):
        first_steps(bare.organization)
