"""What an operator types: making an organization, seeding the demo."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import CommandError, call_command

from leads.models import Member, Organization, User

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_an_organization_is_made_with_its_admin_and_a_link_to_the_first_password(client):
    said = run("create_organization", "Isarwerk", "--admin", "Karla@Isarwerk.example", "--country", "Germany")

    member = Member.objects.get()
    assert (member.organization.name, member.organization.default_country, member.role) == ("Isarwerk", "DE", "admin")
    assert member.user.email == "karla@isarwerk.example"
    path = re.search(r"https?://[^/]+(/\S+)", said)[1]
    assert client.get(path, follow=True).status_code == 200


def test_the_password_comes_from_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("walking-the-halls-9\n"))

    said = run("create_organization", "Isarwerk", "--admin", "karla@isarwerk.example", "--password-from-stdin")

    assert User.objects.get().check_password("walking-the-halls-9")
    assert said == "Isarwerk is made, with karla@isarwerk.example as Admin.\n"


def test_an_account_that_exists_gets_a_second_place_and_keeps_its_password():
    user = User.objects.create_user("karla@isarwerk.example", "walking-the-halls-9")

    run("create_organization", "Second", "--admin", "Karla@isarwerk.example")

    user.refresh_from_db()
    assert (user.memberships.count(), user.check_password("walking-the-halls-9")) == (1, True)


def test_two_names_that_look_alike_in_an_address_have_addresses_of_their_own():
    run("create_organization", "Isar Werk", "--admin", "a@a.example")
    run("create_organization", "Isar-Werk", "--admin", "a@a.example")

    assert set(Organization.objects.values_list("slug", flat=True)) == {"isar-werk", "isar-werk-2"}


def test_a_dry_run_says_what_it_would_make_and_makes_nothing():
    said = run("create_organization", "Isarwerk", "--admin", "a@a.example", "--dry-run")

    assert said == "Would make Isarwerk (United States) with a@a.example as Admin.\n"
    assert not Organization.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["Isarwerk", "--admin", "nobody"], "“nobody” has no @."),
        (["  ", "--admin", "a@a.example"], "The name has 1 to 200 characters."),
        (["isarwerk gmbh", "--admin", "a@a.example"], "There is already an organization “isarwerk gmbh”."),
        (
            ["New", "--admin", "a@a.example", "--country", "Atlantis"],
            "“Atlantis” is no country. Give its name or its ISO code, such as DE.",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(args, sentence):
    Organization.objects.create(name="Isarwerk GmbH", slug="isarwerk-gmbh")

    with pytest.raises(CommandError) as refused:
        run("create_organization", *args)

    assert str(refused.value) == sentence


@pytest.mark.parametrize(("typed", "part"), [("", "Standard input is empty."), ("short\n", "too short")])
def test_a_password_that_will_not_do_is_refused(monkeypatch, typed, part):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    with pytest.raises(CommandError, match=re.escape(part)):
        run("create_organization", "Isarwerk", "--admin", "a@a.example", "--password-from-stdin")
    assert not Organization.objects.exists()


def test_the_demo_can_be_seeded_twice(settings):
    settings.DEBUG = True
    first, second = run("seed_demo"), run("seed_demo")

    assert first.startswith("Halden Robotics is made.\n")
    assert second.startswith("Halden Robotics is there.\n")
    organization = Organization.objects.get()
    members = organization.members.order_by("pk").values_list("user__email", "role")
    assert list(members) == [("mara@halden.example", "admin"), ("tom@halden.example", "rep")]
    assert set(organization.events.values_list("name", flat=True)) == {"Automate Summit 2026", "Packaging Expo West"}
    qualifiers = {
        str(qualifier): [str(value) for value in qualifier.values.all()] for qualifier in organization.qualifiers.all()
    }
    assert qualifiers["Lead Score"] == ["Hot", "Medium", "Cold"]
    assert User.objects.get(email="operator@mobly.example").is_superuser
    assert User.objects.get(email="mara@halden.example").check_password("show-floor-2026")


def test_the_demo_is_refused_where_its_passwords_would_be_a_hole(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="seed_demo runs only with DEBUG on"):
        run("seed_demo")
    assert not User.objects.exists()
