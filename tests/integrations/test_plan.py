"""A mapping plan goes out and comes back: what differs, what is refused, what Apply does."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest
from django.db import connection
from openpyxl import load_workbook

from integrations import campaigns, constants, mapping, qualifiers, schema
from integrations.contract import Campaign, FieldType, RemoteField, RemoteObject, Role, WriteBehaviour
from integrations.models import CampaignMapping, Constant, FieldMapping, Integration, QualifierValueMapping
from integrations.plan.applying import apply_plan
from integrations.plan.intake import forget_old
from leads.models import Change, Event, Organization, Qualifier, User
from tests.integrations.conftest import make_member
from tests.integrations.fake_provider import FakeProvider
from tests.integrations.planned import differences, exported, filled_in, line_of, shown, taken_in

pytestmark = pytest.mark.django_db

TITLE = {"Mobly field": "Job Title", "Object": "Person"}
PHONE = {"Mobly field": "Phone Number", "Object": "Person"}
SUMMIT = Campaign("701", "Automate Summit", "campaign", statuses=("Sent", "Responded"), default_status="Sent")


def put(integration: Integration, source: str, remote: str, by: User) -> None:
    mapping.map_field(integration=integration, object_name="Person", source_key=source, remote_field=remote, by=by)


def fields(integration: Integration) -> dict[str, str]:
    return dict(integration.field_mappings.values_list("mobly_field", "remote_field"))


@pytest.fixture
def configured(
    integration: Integration,
    fake: FakeProvider,
    admin: User,
    rating: Qualifier,
    organization: Organization,
    monkeypatch: pytest.MonkeyPatch,
) -> Integration:
    """One of everything that a plan speaks of."""
    monkeypatch.setattr(fake, "campaign", lambda client, *, campaign_id, kind: SUMMIT if campaign_id == "701" else None)
    monkeypatch.setattr(
        fake, "campaigns", lambda client, *, query="", limit=50: [SUMMIT] if query.lower() in "automate summit" else []
    )
    put(integration, "email", "Email", admin)
    put(integration, "job_title", "Title", admin)
    put(integration, f"qualifier:{rating.pk}", "Rating", admin)
    place: dict[str, Any] = {"integration": integration, "object_name": "Person", "by": admin}
    hot = rating.values.get(label="Hot")
    qualifiers.map_value(qualifier_id=rating.pk, value_id=hot.pk, option="P1", **place)
    constants.set_constant(remote_field="Company", value="=Unknown", fallback=True, **place)
    constants.set_constant(remote_field="Birthday", value="2026-11-22", behaviour=WriteBehaviour.IF_BLANK, **place)
    summit = organization.events.create(name="Automate; Summit 2026")
    campaigns.save_campaign(
        integration=integration,
        campaign=SUMMIT,
        events=[summit],
        threshold=1,
        status=campaigns.Status("Sent", rating, {hot.pk: "Responded"}),
        by=admin,
    )
    return integration


def test_a_plan_that_was_not_touched_differs_in_nothing(configured: Integration, admin: User) -> None:
    plan = taken_in(configured, exported(configured), admin)

    assert differences(plan) == {}
    assert len(plan.rows) > 35
    assert apply_plan(plan=plan, seen=shown(plan), by=admin).applied == 0


def test_the_workbook_has_its_sheets_its_lists_and_no_formula(configured: Integration) -> None:
    book = load_workbook(io.BytesIO(exported(configured)))

    assert book.sheetnames == ["How to use", "Fields", "Constants", "Qualifiers", "Values", "Campaigns", "Lists"]
    assert book["Lists"].sheet_state == "hidden"
    assert all(book[title].freeze_panes == "A2" for title in book.sheetnames[1:-1])
    offered = [rule.formula1 for rule in book["Fields"].data_validations.dataValidation]
    assert any(formula.startswith("'Lists'!$") for formula in offered)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [cell.quotePrefix for cell in cells if cell.value == "=Unknown"] == [True]


def test_differences_are_added_changed_cleared_and_refused_with_the_reason(
    configured: Integration, admin: User
) -> None:
    data = filled_in(
        exported(configured),
        "Fields",
        (TITLE, {"CRM field": "Title (short)"}),
        (PHONE, {"CRM field": "Phone", "Write": "Write if Blank"}),
        ({"Mobly field": "Email", "Object": "Person"}, {"CRM field": "(clear)"}),
        ({"Mobly field": "Company City", "Object": "Person"}, {"CRM field": "Birthday"}),
        ({"Mobly field": "Last Name", "Object": "Person"}, {"CRM field": "Surname__c"}),
    )

    plan = taken_in(configured, data, admin)

    assert differences(plan) == {
        "Job Title on Person": (
            "change",
            "Title (short) (Title_Short)",
            "Holds 10 characters. A lead with more is not sent.",
        ),
        "Phone Number on Person": ("add", "Phone, Write if Blank", ""),
        "Email on Person": ("clear", "Not mapped", ""),
        "Company City on Person": ("refused", "Birthday", "“Birthday”: A date field cannot hold text."),
        "Last Name on Person": (
            "refused",
            "Surname__c",
            "Person has no field “Surname__c”. Make it in Fake CRM and choose Refresh on the Mapping tab, or write "
            "(clear) to empty the row.",
        ),
    }
    assert fields(configured) == {"email": "Email", "job_title": "Title"}


def test_only_what_is_valid_is_applied_and_written_down(
    configured: Integration, admin: User, rating: Qualifier
) -> None:
    data = filled_in(exported(configured), "Fields", (TITLE, {"CRM field": "Phone"}), (PHONE, {"CRM field": "Phone"}))
    data = filled_in(data, "Constants", ({"CRM field": "Company"}, {"Value": "None given"}))
    data = filled_in(
        data, "Constants", ({"Object": "Person", "CRM field": "Employees"}, {"Kind": "constant", "Value": 12})
    )
    data = filled_in(
        data, "Values", ({"Value": "Hot"}, {"CRM option": "(clear)"}), ({"Value": "Cold"}, {"CRM option": "P2"})
    )
    data = filled_in(data, "Campaigns", ({"Campaign": "Automate Summit"}, {"Lead Scan Threshold": 3, "Status": "Gone"}))
    Change.objects.all().delete()
    plan = taken_in(configured, data, admin)
    assert "“Gone” is not a member status" in differences(plan)["Automate Summit"][2]

    done = apply_plan(plan=plan, seen=shown(plan), by=admin)

    assert (done.applied, done.skipped) == (4, [])
    assert sorted(Constant.objects.values_list("remote_field", "value")) == [
        ("Birthday", "2026-11-22"),
        ("Company", "None given"),
        ("Employees", "12"),
    ]
    assert dict(QualifierValueMapping.objects.values_list("value__label", "remote_value")) == {"Cold": "P2"}
    assert CampaignMapping.objects.get().scan_threshold == 1
    assert Change.objects.count() == 5  # the four, and the plan itself
    # Two lines that want one field are refused both.
    assert {subject for subject, (verdict, *_) in differences(plan).items() if verdict == "refused"} == {
        "Job Title on Person",
        "Phone Number on Person",
        "Automate Summit",
    }


def test_two_rows_may_swap_their_fields(configured: Integration, admin: User) -> None:
    put(configured, "company_name", "Notes", admin)
    data = filled_in(
        exported(configured),
        "Fields",
        (TITLE, {"CRM field": "Notes"}),
        ({"Mobly field": "Company Name", "Object": "Person"}, {"CRM field": "Title"}),
    )
    plan = taken_in(configured, data, admin)

    apply_plan(plan=plan, seen=shown(plan), by=admin)

    assert fields(configured) == {"email": "Email", "job_title": "Notes", "company_name": "Title"}


def test_a_qualifier_that_moves_takes_its_planned_options_along(
    configured: Integration, fake: FakeProvider, admin: User, rating: Qualifier
) -> None:
    score = {"Qualifier": "Lead Score", "Object": "Person"}
    data = filled_in(exported(configured), "Qualifiers", (score, {"CRM field": "Notes"}))
    plan = taken_in(configured, data, admin)

    assert differences(plan) == {
        "Lead Score on Person": ("change", "Notes", ""),
        "Lead Score, value Hot on Person": (
            "refused",
            "Priority 1 (P1)",
            "“Notes” is no picklist: the value is sent as it is and needs no option.",
        ),
    }


def test_what_another_admin_changed_meanwhile_is_skipped_and_said(configured: Integration, admin: User) -> None:
    data = filled_in(exported(configured), "Fields", (TITLE, {"CRM field": "Notes"}), (PHONE, {"CRM field": "Phone"}))
    plan = taken_in(configured, data, admin)
    seen = shown(plan)
    put(configured, "job_title", "Title_Short", make_member(configured.organization, "ines@halden.example"))
    row = line_of(plan, "Job Title on Person").row

    done = apply_plan(plan=plan, seen=seen, by=admin)

    assert done.applied == 1
    assert done.skipped == [
        [
            "Fields",
            row,
            "Job Title on Person",
            "Changed meanwhile by ines@halden.example: it goes to “Title (short)” now, Overwrite.",
        ]
    ]
    assert fields(configured)["job_title"] == "Title_Short"
    assert apply_plan(plan=plan, seen=shown(plan), by=admin).applied == 2
    assert fields(configured)["job_title"] == "Notes"


@pytest.mark.django_db(transaction=True)
def test_a_double_click_applies_once(configured: Integration, admin: User) -> None:
    data = filled_in(exported(configured), "Fields", (TITLE, {"CRM field": "Notes"}), (PHONE, {"CRM field": "Phone"}))
    plan = taken_in(configured, data, admin)
    seen = shown(plan)
    Change.objects.all().delete()

    def press() -> None:
        apply_plan(plan=plan, seen=seen, by=admin)
        connection.close()

    clicks = [threading.Thread(target=press) for _ in range(2)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()

    plan.refresh_from_db()
    assert (plan.applied, plan.skipped, Change.objects.count()) == (2, [], 3)


def test_a_second_press_of_apply_changes_nothing_more(configured: Integration, admin: User) -> None:
    plan = taken_in(configured, filled_in(exported(configured), "Fields", (PHONE, {"CRM field": "Phone"})), admin)
    seen = shown(plan)
    apply_plan(plan=plan, seen=seen, by=admin)
    version = Integration.objects.get().setup_version

    done = apply_plan(plan=plan, seen=seen, by=admin)

    assert (done.applied, done.skipped) == (1, [])
    assert Integration.objects.get().setup_version == version


def test_values_and_campaigns_that_changed_meanwhile_are_skipped_too(
    configured: Integration, admin: User, rating: Qualifier
) -> None:
    data = filled_in(exported(configured), "Values", ({"Value": "Hot"}, {"CRM option": "P2"}))
    plan = taken_in(
        configured, filled_in(data, "Campaigns", ({"Campaign": "Automate Summit"}, {"Lead Scan Threshold": 5})), admin
    )
    seen = shown(plan)
    CampaignMapping.objects.update(scan_threshold=2)
    QualifierValueMapping.objects.update(remote_value="P9")

    done = apply_plan(plan=plan, seen=seen, by=admin)

    assert done.applied == 0
    assert [reason.split(" Now: ")[1] for *_, reason in done.skipped] == [
        "P9.",
        "Automate; Summit 2026, from scan 2 on, status by Lead Score: Hot → Responded, others Sent.",
    ]


def test_the_objects_an_admin_added_are_planned_too(integration: Integration, admin: User) -> None:
    notes = RemoteField("Notes__c", "Notes", FieldType.LONG_TEXT, length=32000)
    booth = RemoteObject("Booth_Visit__c", "Booth Visit", "Booth Visits", Role.OTHER, {notes.name: notes})
    schema.put(integration=integration, remote=booth)
    line = {"Object": "Booth Visit", "Mobly field": "Description"}

    plan = taken_in(integration, filled_in(exported(integration), "Fields", (line, {"CRM field": "Notes__c"})), admin)
    apply_plan(plan=plan, seen=shown(plan), by=admin)

    assert FieldMapping.objects.get().object == "Booth_Visit__c"


def test_a_new_campaign_needs_only_its_name(configured: Integration, admin: User, organization: Organization) -> None:
    CampaignMapping.objects.all().delete()
    organization.events.create(name="Hannover")
    summit = {"Campaign": "automate summit"}
    said = {"Events": "Hannover", "Status by qualifier": "Lead Score", "Status by value": "Hot -> Responded"}
    data = filled_in(
        exported(configured), "Campaigns", (summit, said), ({"Campaign": "Nowhere"}, {"Events": "Hannover"})
    )
    plan = taken_in(configured, data, admin)
    assert differences(plan)["Nowhere"][2] == "Fake CRM has no campaign “Nowhere” that Mobly can see."

    apply_plan(plan=plan, seen=shown(plan), by=admin)

    joined = CampaignMapping.objects.get()
    assert (joined.remote_id, joined.name, joined.activator) == ("701", "Automate Summit", admin)
    assert [event.name for event in joined.events.all()] == ["Hannover"]
    assert list(joined.status_by_value.values()) == ["Responded"]


def test_a_campaign_is_taken_off_the_list_by_the_mark_alone(configured: Integration, admin: User) -> None:
    named = {"Campaign": "Automate Summit"}
    untouched = taken_in(configured, filled_in(exported(configured), "Campaigns", (named, {"Events": None})), admin)
    assert differences(untouched) == {}

    plan = taken_in(configured, filled_in(exported(configured), "Campaigns", (named, {"Events": "(CLEAR)"})), admin)
    apply_plan(plan=plan, seen=shown(plan), by=admin)

    assert not CampaignMapping.objects.exists()
    assert Event.objects.exists()


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            {"Object": "Deal", "Object API name": None},
            "There is no object of Fake CRM on the Mapping tab called “Deal”.",
        ),
        ({"Mobly field": "Shoe Size", "Mobly key": None}, "There is no Mobly field “Shoe Size”."),
        ({"Mobly field": "Email"}, "“Email” and the key “job_title” do not belong together"),
        ({"Write": "Sometimes"}, "“Sometimes” is no write behaviour. Write Overwrite or Write if Blank."),
        ({"CRM field": "=A1&B1"}, "A formula stands under “CRM field”. Put the value itself there."),
        ({"CRM field": "Formula"}, "“Formula”: Read-only for the connected user."),
        ({"CRM field": "Rating"}, "“Lead Rating” takes Lead Score already."),
        ({"Object": "Person", "Mobly field": "Email", "Mobly key": "email"}, "says it already. Keep one of the two."),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(
    configured: Integration, admin: User, cells: dict[str, Any], words: str
) -> None:
    plan = taken_in(configured, filled_in(exported(configured), "Fields", (TITLE, cells)), admin)

    assert [note for verdict, _, note in differences(plan).values() if verdict == "refused" and words in note]
    assert shown(plan) == {}


def test_what_a_plan_does_not_make_is_refused_with_where_it_is_made(configured: Integration, admin: User) -> None:
    budget = {"Object": "Person", "Qualifier": "Budget"}
    warm = {"Object": "Person", "Qualifier": "Lead Score", "Value": "Warm"}
    data = filled_in(exported(configured), "Qualifiers", (budget, {"CRM field": "Notes"}))

    plan = taken_in(configured, filled_in(data, "Values", (warm, {"CRM option": "P2"})), admin)

    assert {subject: note for subject, (_, _, note) in differences(plan).items()} == {
        "Budget on Person": "There is no qualifier “Budget”. Define it under Settings, Qualifiers, or make it with "
        "Auto Create from CRM.",
        "Lead Score, value Warm on Person": "There is no value of Lead Score called “Warm”. Add it under Settings, "
        "Qualifiers.",
    }


def test_one_sheet_may_come_as_csv(configured: Integration, admin: User) -> None:
    csv = "Object;Mobly field;CRM field\nPerson;Phone Number;Phone\n;;\nPerson;First Name;"

    plan = taken_in(configured, csv.encode(), admin, "fields.csv")

    assert differences(plan) == {"Phone Number on Person": ("add", "Phone", "")}
    assert line_of(plan, "Phone Number on Person").row == 2


def test_plans_are_forgotten_after_a_month(configured: Integration, admin: User, settings: Any) -> None:
    plan = taken_in(configured, exported(configured), admin)
    assert forget_old() == 0
    settings.PLAN_DAYS = 0

    assert forget_old() == 1
    assert not type(plan).objects.exists()
    assert FieldMapping.objects.exists()
