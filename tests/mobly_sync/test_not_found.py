"""What is not there, with debug on and off."""

import pytest

from leads.models import Member, Organization, User

ADDRESSES = ("/nothing/here/", "/integrations/salesforce/", "/leads/6e0f2f0e-6a6b-4d57-9d2c-1d3b7f1f1d11/")


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_rep_sees_the_same_page_for_whatever_is_not_there(client, settings, address, debug):
    settings.DEBUG = debug
    organization = Organization.objects.create(name="Halden Robotics", slug="halden")
    rep = User.objects.create_user("tom@halden.example")
    Member.objects.create(organization=organization, user=rep, role=Member.Role.REP)
    client.force_login(rep)

    answer = client.get(address)

    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert "urlpatterns" not in answer.text.casefold()
    assert "Request URL" not in answer.text


@pytest.mark.django_db
def test_a_missing_slash_is_still_added(client, settings):
    settings.DEBUG = True

    assert client.get("/leads").status_code in (301, 302)
