"""Every address of the project: who may see it is said by exactly one decorator, and holds."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import CampaignMapping, FieldMapping, Integration
from leads.access import Access
from leads.models import Capture, Event, Lead, Member, Organization, Qualifier
from reconciliation.models import SyncRecord
from tests.policy.addresses import Address, addresses

OURS = addresses()
NOT_PUBLIC = [address for address in OURS if address.access != Access.PUBLIC]
FOR_ADMINS = [address for address in OURS if address.access == Access.ORG_ADMIN]
OF_OBJECTS = [address for address in NOT_PUBLIC if address.names_an_object]
OF_PLACES = [address for address in NOT_PUBLIC if not address.names_an_object]

HALDENS = (Lead, Capture, Event, Qualifier, Member, Integration, SyncRecord)
MAPPED = (FieldMapping, CampaignMapping)


def possessions(organization: Organization) -> list:
    rows = [list(model.objects.filter(organization=organization).order_by("pk").values()) for model in HALDENS]
    mapped = [list(model.objects.filter(integration__organization=organization).values()) for model in MAPPED]
    return [*rows, *mapped]


def test_the_walk_finds_the_pages():
    assert {"leads:lead_list", "integrations:connect", "reconciliation:tab"} <= {address.name for address in OURS}


@pytest.mark.parametrize("address", OURS, ids=str)
def test_every_view_says_who_may_see_it(address: Address):
    assert address.access in set(Access), f"{address.name} wears none of the decorators of leads.access."


@pytest.mark.parametrize("address", NOT_PUBLIC, ids=str)
def test_a_stranger_is_sent_to_the_sign_in_page(address: Address, objects, client: Client):
    url = address.url(objects)

    answers = [client.get(url), client.post(url)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert all(answer.url.startswith(reverse("account_login")) for answer in answers)


@pytest.mark.django_db
def test_a_part_of_a_page_is_no_sign_in_page_once_the_session_has_ended(client: Client):
    answer = client.get(reverse("leads:lead_list"), headers={"HX-Request": "true", "HX-Target": "list"})

    assert answer.status_code == 401
    assert answer.content == b""


def test_a_browser_never_keeps_a_part_in_place_of_its_page(halden, signed_in):
    rep = signed_in("rep", halden)

    part = rep.get(reverse("leads:lead_list"), headers={"HX-Request": "true", "HX-Target": "list"})
    page = rep.get(reverse("leads:lead_list"))

    assert part.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in part.headers["Vary"]
    assert "HX-Request" in page.headers["Vary"]


@pytest.mark.parametrize("address", FOR_ADMINS, ids=str)
def test_to_a_rep_an_admins_page_does_not_exist(address: Address, objects, halden, signed_in):
    rep, url = signed_in("rep", halden), address.url(objects)
    before = possessions(halden)

    assert [rep.get(url).status_code, rep.post(url).status_code] == [404, 404]
    assert possessions(halden) == before


@pytest.mark.parametrize("address", OF_OBJECTS, ids=str)
def test_to_another_organizations_admin_a_thing_does_not_exist(address: Address, objects, halden, stranger):
    url = address.url(objects)
    before = possessions(halden)

    answers = {stranger.get(url).status_code, stranger.post(url).status_code}

    # A view may say that it takes no posts, or nothing else; it never shows that the thing is there.
    assert answers in ({404}, {404, 405})
    assert possessions(halden) == before


@pytest.mark.parametrize("address", OF_PLACES, ids=str)
def test_another_organizations_admin_sees_and_changes_nothing_of_ours(address: Address, objects, halden, stranger):
    url = address.url(objects)
    before = possessions(halden)

    answers = [stranger.get(url), stranger.post(url)]

    assert all(answer.status_code < 500 and b"Priya" not in b"".join(answer) for answer in answers)
    assert possessions(halden) == before


@pytest.mark.parametrize("address", OF_OBJECTS, ids=str)
def test_to_our_own_admin_the_thing_is_there(address: Address, objects, halden, signed_in):
    """Otherwise the 404 above would prove nothing."""
    admin = signed_in("admin", halden)

    assert admin.get(address.url(objects)).status_code in (200, 204, 302, 405)
