from __future__ import annotations

import re

import pytest
from django.urls import reverse

from leads.labels import put_label
from leads.models import Change, Member, Organization, Qualifier, User
from leads.qualifiers import save_qualifier

MEMBERS = "/settings/members/"


def member_of(user: User) -> Member:
    return Member.objects.get(user=user)


def test_an_admin_changes_country_and_patience(browser, organization):
    browser.post("/settings/", {"name": "Halden Robotics", "default_country": "NO", "enrichment_patience": "30"})

    organization.refresh_from_db()
    assert (organization.default_country, organization.patience_seconds) == ("NO", 30)


@pytest.mark.parametrize(
    "bad", [{"default_country": "XX"}, {"enrichment_patience": "-1"}, {"enrichment_patience": "soon"}]
)
def test_settings_that_cannot_be_are_refused_in_place(browser, organization, bad):
    said = {"name": "Halden Robotics", "default_country": "US", "enrichment_patience": "", **bad}

    assert browser.post("/settings/", said).status_code == 422
    organization.refresh_from_db()
    assert (organization.default_country, organization.enrichment_patience) == ("US", None)


def test_an_invited_person_chooses_a_password_and_signs_in(
    browser, client, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(MEMBERS, {"email": "Dana@Halden.example", "name": "Dana Whitfield", "role": "rep"})
    mail = mailoutbox[0]
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.body).group(1)

    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "corrosion-test-7", "password2": "corrosion-test-7"})
    client.post("/accounts/login/", {"login": "dana@halden.example", "password": "corrosion-test-7"})

    assert mail.subject == "Mara Lindqvist invites you to Halden Robotics on Mobly"
    assert client.get("/leads/").status_code == 200
    assert client.get(MEMBERS).status_code == 404


def test_somebody_with_an_account_is_asked_to_sign_in(
    browser, other_organization, mailoutbox, django_capture_on_commit_callbacks
):
    known = User.objects.create_user("dana@linden.example", "corrosion-test-7")
    Member.objects.create(organization=other_organization, user=known)

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(MEMBERS, {"email": "dana@linden.example", "role": "admin"})

    assert "/accounts/login/" in mailoutbox[0].body
    assert known.memberships.count() == 2


def test_a_member_is_not_invited_twice(browser, rep):
    response = browser.post(MEMBERS, {"email": "TOM@halden.example", "role": "rep"})

    assert response.status_code == 422
    assert "tom@halden.example is a member of Halden Robotics already." in response.content.decode()


def test_a_role_is_changed(browser, rep):
    browser.post(reverse("leads:member_role", args=[member_of(rep).pk]), {"role": "admin"})

    assert member_of(rep).is_admin


@pytest.mark.parametrize(("page", "said"), [("leads:member_role", {"role": "rep"}), ("leads:member_remove", {})])
def test_the_last_admin_stays(browser, admin, page, said):
    response = browser.post(reverse(page, args=[member_of(admin).pk]), said, follow=True)

    assert member_of(admin).is_admin
    assert "Make somebody else an admin first." in response.content.decode()


def test_a_removed_member_sees_the_organization_no_more(browser, rep, reps_browser):
    browser.post(reverse("leads:member_remove", args=[member_of(rep).pk]))

    response = reps_browser.get("/leads/")

    assert response.status_code == 403
    assert "You belong to no organization" in response.content.decode()


def test_a_role_that_does_not_exist_is_refused(browser, rep):
    browser.post(reverse("leads:member_role", args=[member_of(rep).pk]), {"role": "owner"})

    assert member_of(rep).role == Member.Role.REP


def test_a_qualifier_is_defined_with_its_values(browser, event):
    browser.post(
        "/settings/qualifiers/new/",
        {
            "name": "Lead Score",
            "kind": "picklist",
            "multiple": "",
            "requirement": "require",
            "status": "active",
            "events": [event.pk],
            "instructions": "Hot means a budget.",
            "position": "0",
            "new_values": "Hot\nMedium\r\n\nCold",
        },
    )

    qualifier = Qualifier.objects.get()
    assert [value.label for value in qualifier.values.all()] == ["Hot", "Medium", "Cold"]
    assert (qualifier.multiple, qualifier.requirement, list(qualifier.events.all())) == (False, "require", [event])


@pytest.fixture
def score(organization, admin):
    return save_qualifier(organization=organization, by=admin, name="Lead Score", values=["Hot", "Cold"])


def test_qualifiers_are_moved_with_and_without_scripts(browser, organization, admin, score):
    for name in ("Interest", "Next Steps"):
        save_qualifier(organization=organization, by=admin, name=name, kind="text")
    Qualifier.objects.update(position=3)  # typed in, and no order at all: the names decide
    last = Qualifier.objects.get(name="Next Steps")
    url = reverse("leads:qualifier_move", args=[last.pk])

    answer = browser.post(url, {"to": "up"}, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    top = browser.post(url, {"to": "up"})
    browser.post(url, {"to": "up"})

    assert 'aria-label="Move Next Steps up" autofocus' in answer
    assert "Next Steps moved up." in answer
    assert top.url == f"/settings/qualifiers/#qualifier-{last.pk}"
    assert list(Qualifier.objects.values_list("name", flat=True)) == ["Next Steps", "Interest", "Lead Score"]
    change = Change.objects.filter(subject="Display order").latest("pk")
    assert (change.before, change.after) == (
        "Interest, Next Steps, Lead Score",
        "Next Steps, Interest, Lead Score",
    )


def form_of(browser, qualifier) -> dict[str, str]:
    """What the browser would send when nothing was changed."""
    form = browser.get(reverse("leads:qualifier_edit", args=[qualifier.pk])).context["form"]
    values = {field.name: field.value() for field in form}
    return {name: value for name, value in values.items() if value is not None and value is not False and value != []}


def test_values_are_renamed_reordered_archived_and_added(browser, score, meet):
    hot, cold = score.values.all()
    meet(email="priya@brightforge.example", answers={score.pk: [cold.pk]})
    said = form_of(browser, score) | {
        f"label-{hot.pk}": "Very hot",
        f"archived-{cold.pk}": "on",
        "new_values": "Nurture",
    }

    response = browser.post(reverse("leads:qualifier_edit", args=[score.pk]), said)

    assert response.status_code == 302
    assert [(value.label, value.archived) for value in score.values.order_by("archived", "position")] == [
        ("Very hot", False),
        ("Nurture", False),
        ("Cold", True),
    ]


def test_an_archived_value_can_be_offered_again(browser, score, organization, admin, meet):
    hot, cold = score.values.all()
    meet(email="priya@brightforge.example", answers={score.pk: [cold.pk]})
    save_qualifier(organization=organization, qualifier=score, by=admin, values=[(hot.pk, "Hot")])
    said = form_of(browser, score)
    said.pop(f"archived-{cold.pk}")

    browser.post(reverse("leads:qualifier_edit", args=[score.pk]), said)

    assert not score.values.filter(archived=True).exists()


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"name": ""}, "Name is empty."),
        ({"new_values": "HOT"}, "“HOT” stands there twice."),
        ({"name": "next steps"}, "There is already a qualifier “next steps”."),
    ],
)
def test_a_qualifier_that_cannot_be_says_why(browser, score, organization, admin, bad, sentence):
    save_qualifier(organization=organization, by=admin, name="Next Steps", kind="text")

    response = browser.post(reverse("leads:qualifier_edit", args=[score.pk]), form_of(browser, score) | bad)

    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_a_picklist_needs_a_value(browser):
    response = browser.post(
        "/settings/qualifiers/new/",
        {"name": "Empty", "kind": "picklist", "requirement": "off", "status": "active", "position": "0"},
    )

    assert response.status_code == 422
    assert "A picklist needs at least one value that is not archived." in response.content.decode()


def test_the_type_stays_once_leads_carry_answers(browser, score, meet):
    meet(email="priya@brightforge.example", answers={score.pk: [score.values.first().pk]})

    response = browser.post(
        reverse("leads:qualifier_edit", args=[score.pk]), form_of(browser, score) | {"kind": "text"}
    )

    assert response.status_code == 422
    assert "1 lead carries an answer, so the type stays as it is." in response.content.decode()


def test_a_label_is_renamed_and_keeps_its_id(browser, meet):
    label = put_label(lead=meet(email="priya@brightforge.example").lead, name="Q4")

    browser.post(reverse("leads:label_rename", args=[label.uid]), {"name": "Q4 cobots"})

    page = browser.get("/settings/labels/").content.decode()
    assert "Q4 cobots" in page
    assert str(label.uid) in page


@pytest.mark.parametrize("name", ["", "x" * 201, "executive dinners"])
def test_a_label_name_that_cannot_be_is_refused(browser, meet, name):
    lead = meet(email="priya@brightforge.example").lead
    label = put_label(lead=lead, name="Q4")
    put_label(lead=lead, name="Executive dinners")

    browser.post(reverse("leads:label_rename", args=[label.uid]), {"name": name})

    label.refresh_from_db()
    assert label.name == "Q4"


@pytest.mark.parametrize("page", ["/settings/", MEMBERS, "/settings/qualifiers/", "/settings/labels/"])
def test_settings_ask_a_bounded_number_of_queries(
    browser, organization, admin, meet, page, django_assert_max_num_queries
):
    lead = meet(email="priya@brightforge.example").lead
    for number in range(12):
        save_qualifier(organization=organization, by=admin, name=f"Qualifier {number}", values=["A", "B"])
        put_label(lead=lead, name=f"Label {number}")
        user = User.objects.create_user(f"rep{number}@halden.example")
        Member.objects.create(organization=organization, user=user)

    with django_assert_max_num_queries(8):
        browser.get(page)


def test_somebody_in_two_organizations_switches(browser, admin, other_organization):
    Member.objects.create(organization=other_organization, user=admin, role=Member.Role.ADMIN)

    response = browser.post("/switch/", {"organization": other_organization.pk}, follow=True)

    assert "You are in Linden Pack now." in response.content.decode()
    assert browser.get("/settings/").context["organization"] == other_organization


@pytest.mark.parametrize("chosen", ["", "nonsense", "99999999999999999999999", "0"])
def test_nobody_switches_to_where_they_do_not_belong(browser, organization, other_organization, chosen):
    assert browser.post("/switch/", {"organization": chosen}).status_code == 404
    assert browser.post("/switch/", {"organization": other_organization.pk}).status_code == 404
    assert browser.get("/settings/").context["organization"] == Organization.objects.get(slug=organization.slug)
