"""Who changed what: the entries, the page of the organization and its spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads import audit
from leads.events import remove_activation, save_event
from leads.labels import put_label, rename_label
from leads.members import change_role, invite, remove
from leads.models import Change, Member, Organization, User
from leads.organizations import save_organization
from leads.qualifiers import save_qualifier

Area = Change.Area
PAGE = "/settings/changes/"
HTMX = {"HX-Request": "true", "HX-Target": "list"}


def noted(organization: Organization, by: User | None, subject: str = "Email on Lead", **said: Any) -> Change:
    entry = {"area": Area.MAPPING, "before": "Not mapped", "after": "Email", "provider": "salesforce", **said}
    with transaction.atomic():
        made = audit.note(organization=organization, by=by, subject=subject, **entry)
    assert made is not None
    return made


def told() -> list[tuple[str, str, str]]:
    return [(row.subject, row.before, row.after) for row in Change.objects.order_by("pk")]


def subjects(response: Any) -> list[str]:
    return [change.subject for change, _ in response.context["changes"]]


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_what_is_the_same_as_before_is_no_change(organization, admin):
    with transaction.atomic():
        same = audit.note(
            organization=organization, by=admin, area=Area.MAPPING, subject="Email", before="Email", after="Email"
        )

    assert same is None
    assert not Change.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_the_transaction_of_its_change_is_refused(organization, admin):
    with pytest.raises(transaction.TransactionManagementError):
        audit.note(organization=organization, by=admin, area=Area.MAPPING, subject="Email", after="Email")


def test_an_entry_keeps_the_name_of_a_person_whose_account_is_gone(organization, admin):
    change = noted(organization, admin)

    admin.delete()

    assert Change.objects.get(pk=change.pk).who == "Mara Lindqvist"


def test_only_the_parts_that_differ_are_told():
    before = {"Status": "Draft", "Type": "Note", "Picks": "Single"}

    assert audit.differing(before, {"Status": "Active", "Type": "Note"}) == (
        "Status: Draft; Picks: Single",
        "Status: Active",
    )


def test_the_settings_of_an_organization_are_told_once(organization, admin):
    fields = {"name": "Halden Robotics", "default_country": "NO", "enrichment_patience": 30}

    save_organization(organization=organization, by=admin, **fields)
    save_organization(organization=organization, by=admin, **fields)

    assert told() == [
        (
            "Settings",
            "Default country: US; Patience for enrichment: the default",
            "Default country: NO; Patience for enrichment: 30 seconds",
        )
    ]


def test_a_member_is_followed_from_the_invitation_to_the_end(organization, admin):
    tom = invite(organization=organization, email="tom@halden.example", role=Member.Role.REP, by=admin)
    change_role(member=tom, role=Member.Role.ADMIN, by=admin)
    change_role(member=tom, role=Member.Role.ADMIN, by=admin)
    remove(member=tom, by=admin)

    assert told() == [
        ("tom@halden.example", "Not a member", "Rep"),
        ("tom@halden.example", "Rep", "Admin"),
        ("tom@halden.example", "Admin", "Not a member"),
    ]
    assert {change.actor for change in Change.objects.all()} == {admin}


def test_a_qualifier_tells_what_of_its_definition_changed(organization, admin, event):
    save = {"organization": organization, "by": admin}
    score = save_qualifier(**save, name="Lead Score", values=["Hot", "Cold"])
    save_qualifier(**save, qualifier=score, name="Score", values=["Hot", "Warm"], events=[event])
    save_qualifier(**save, qualifier=score, values=["Hot", "Warm"], events=[event])

    made, changed = told()
    assert made[:2] == ("Lead Score", "Not defined")
    assert "Values: Hot, Cold" in made[2]
    assert changed == (
        "Lead Score",
        "Name: Lead Score; Scope: All Events; Values: Hot, Cold",
        "Name: Score; Scope: Automate Summit 2026; Values: Hot, Warm",
    )


# --- The page ---------------------------------------------------------------------------------------------------------


def test_events_and_labels_are_told_too(organization, admin, meet):
    event = save_event(organization=organization, name="Hannover", activations=["Booth"], by=admin)
    event = save_event(organization=organization, event=event, name="Hannover 2027", by=admin)
    save_event(organization=organization, event=event, name="Hannover 2027", by=admin)
    remove_activation(activation=event.activations.get(), by=admin)
    lead = meet(email="priya@brightforge.example").lead
    label = put_label(lead=lead, name="Q4", by=admin)
    put_label(lead=lead, name="q4", by=admin)
    rename_label(label=label, name="Q4 cobots", by=admin)

    assert [entry for entry in told() if entry[0] in ("Hannover", "Hannover 2027", "Q4")][1:] == [
        ("Hannover", "Name: Hannover", "Name: Hannover 2027"),
        ("Hannover 2027", "Activations: Booth", "Activations: none"),
        ("Q4", "Not there", "New label"),
        ("Q4", "Q4", "Q4 cobots"),
    ]
    made = Change.objects.filter(area=Area.EVENTS).earliest("pk")
    assert (made.before, made.actor) == ("Not there", admin)
    assert "Activations: Booth" in made.after


def test_the_page_tells_the_newest_first_with_person_place_before_and_after(browser, organization, admin):
    noted(organization, admin, "Older")
    noted(organization, None, "Connection", area=Area.CONNECT, before="Connected", after="Needs attention: revoked")

    page = browser.get(PAGE)

    assert subjects(page) == ["Connection", "Older"]
    words = " ".join(page.content.decode().split())
    assert "<small>Connect, Salesforce</small>" in words
    assert ">Mobly</td>" in words
    assert ">Mara Lindqvist</td>" in words


def test_each_filter_stands_in_the_address(browser, organization, admin, rep):
    noted(organization, admin, "Mapped")
    noted(organization, rep, "Score", area=Area.QUALIFIERS, provider="")
    noted(organization, None, "Paused", area=Area.CONNECT, provider="hubspot")
    Change.objects.filter(subject="Mapped").update(at=timezone.now() - timedelta(days=8))

    def found(**query: Any) -> list[str]:
        return subjects(browser.get(PAGE, query))

    assert found(person=admin.pk) == ["Mapped"]
    assert found(person="mobly") == ["Paused"]
    assert found(area="qualifiers") == ["Score"]
    assert found(integration="hubspot") == ["Paused"]
    assert found(period="7") == ["Paused", "Score"]
    assert found(person=rep.pk, area="mapping") == []
    assert len(found(person="999999", area="x", integration="%", period="-1", after="nothing~x")) == 3


def test_the_next_page_goes_on_behind_the_last_even_within_one_moment(browser, organization, admin):
    for number in range(audit.PAGE + 3):
        noted(organization, admin, f"Row {number}")
    Change.objects.update(at=timezone.now())

    first = browser.get(PAGE)
    second = browser.get(PAGE, {"after": first.context["next_page"]})

    assert subjects(second) == ["Row 2", "Row 1", "Row 0"]
    assert second.context["next_page"] == ""
    assert not set(subjects(first)) & set(subjects(second))


def test_another_organizations_changes_are_not_there(browser, other_organization, admin):
    noted(other_organization, None, "Theirs")

    assert subjects(browser.get(PAGE)) == []
    assert "No changes yet" in browser.get(PAGE).content.decode()
    assert "Theirs" not in browser.get(f"{PAGE}recent/?area=mapping&integration=salesforce").content.decode()


def test_a_rep_sees_no_changes(reps_browser, organization):
    query = "?area=mapping&integration=salesforce"

    assert [reps_browser.get(f"{PAGE}{part}").status_code for part in ("", "export/", f"recent/{query}")] == [404] * 3


def test_a_tab_shows_its_last_ten_and_what_holds_for_every_integration(browser, organization, admin):
    noted(organization, admin, "Score", area=Area.QUALIFIERS, provider="")
    noted(organization, admin, "Elsewhere", area=Area.QUALIFIERS, provider="hubspot")
    for number in range(audit.RECENT - 1):
        noted(organization, admin, f"Value {number}", area=Area.QUALIFIERS)

    part = browser.get(f"{PAGE}recent/?area=qualifiers&integration=salesforce")

    assert subjects(part) == [*(f"Value {number}" for number in reversed(range(9))), "Score"]
    assert f'href="{PAGE}?area=qualifiers&amp;integration=salesforce"' in part.content.decode()


def test_reconciliation_shows_the_last_ten_of_its_integration_wherever_they_were_made(browser, organization, admin):
    noted(organization, admin, "Elsewhere", area=Area.MAPPING, provider="hubspot")
    noted(organization, admin, "Sync mode", area=Area.CONNECT)
    noted(organization, admin, "Email on Lead", area=Area.MAPPING)

    part = browser.get(f"{PAGE}recent/?area=&integration=salesforce")

    assert [(change.subject, place) for change, place in part.context["changes"]] == [
        ("Email on Lead", "Mapping"),
        ("Sync mode", "Connect"),
    ]


def test_a_tab_that_does_not_exist_has_no_changes(browser):
    assert browser.get(f"{PAGE}recent/?area=x&integration=salesforce").status_code == 404
    assert browser.get(f"{PAGE}recent/?area=mapping&integration=x").status_code == 404


@pytest.mark.parametrize("path", ["", "?area=mapping&person=mobly", "recent/?area=mapping&integration=salesforce"])
def test_the_queries_do_not_grow_with_the_changes(browser, organization, admin, rep, path):
    noted(organization, admin)
    with CaptureQueriesContext(connection) as few:
        browser.get(f"{PAGE}{path}")
    for number in range(30):
        noted(organization, rep if number % 2 else None)

    with CaptureQueriesContext(connection) as many:
        browser.get(f"{PAGE}{path}")

    assert len(many) == len(few) <= 6


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("", "change_newest"),
        ("AND area = 'mapping'", "change_of_area"),
        ("AND actor_id = 7", "change_by_actor"),
        ("AND provider = 'hubspot'", "change_of_provider"),
    ],
)
def test_an_index_serves_every_filter(organization, condition, index):
    Change.objects.bulk_create(
        Change(organization=organization, area="connect", provider="salesforce", subject=str(number))
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_change")
        cursor.execute(
            f"EXPLAIN SELECT * FROM leads_change WHERE organization_id = %s {condition} "
            "ORDER BY at DESC, id DESC LIMIT 51",
            [organization.pk],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert index in plan
    assert "Sort" not in plan


# --- The spreadsheet --------------------------------------------------------------------------------------------------


def test_the_spreadsheet_holds_what_the_filters_leave_and_runs_no_formula(browser, organization, admin):
    noted(organization, admin, "=cmd()", before="+1", after="@x")
    noted(organization, None, "Paused", area=Area.CONNECT)

    answer = browser.get(f"{PAGE}export/?area=mapping")

    assert answer.streaming
    assert 'filename="halden-robotics-changes.csv"' in answer["Content-Disposition"]
    header, *rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert header == audit.HEADER
    assert [row[1:] for row in rows] == [
        ["Mara Lindqvist", "mara@halden.example", "Mapping", "Salesforce", "'=cmd()", "'+1", "'@x"]
    ]


# --- Staff ------------------------------------------------------------------------------------------------------------


def test_staff_looks_at_entries_and_changes_none(client, organization, admin):
    change = noted(organization, admin)
    client.force_login(User.objects.create_superuser("operator@mobly.example"))
    page = f"/admin/leads/change/{change.pk}"

    assert client.get(f"{page}/change/").status_code == 200
    assert [client.post(f"{page}/{verb}/", {"post": "yes"}).status_code for verb in ("change", "delete")] == [403, 403]
    assert client.get("/admin/leads/change/add/").status_code == 403
    client.post("/admin/leads/change/", {"action": "delete_selected", "_selected_action": change.pk, "post": "yes"})
    assert Change.objects.filter(pk=change.pk).exists()
