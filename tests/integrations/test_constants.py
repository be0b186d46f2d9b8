"""Constants and fallbacks, and two admins at one row: the services and what the tab answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import mapping
from integrations.constants import checked, clear_constant, set_constant
from integrations.contract import FieldType, Option, RemoteField, WriteBehaviour
from integrations.meanwhile import ChangedMeanwhile, MappingRefused, state_of
from integrations.models import Constant, FieldMapping, Integration
from integrations.sections import Show, page_of
from leads.models import Organization, User
from tests.integrations.conftest import make_member
from tests.integrations.fake_provider import FakeProvider

pytestmark = pytest.mark.django_db
HTMX: Any = {"headers": {"HX-Request": "true"}}


def give(integration: Integration, field: str, value: str, by: User, **more: Any) -> Constant:
    return set_constant(integration=integration, object_name="Person", remote_field=field, value=value, by=by, **more)


def post(browser: Client, field: str, data: dict[str, Any], **more: Any) -> Any:
    return browser.post(reverse("integrations:constant", args=["fakecrm", "Person", field]), data, **more)


@pytest.fixture
def tom(organization: Organization) -> User:
    """The other Admin."""
    user = make_member(organization, "tom@halden.example")
    user.first_name = "Tom"
    user.save()
    return user


# --- Values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        (FieldType.TEXT, " Event ", "Event"),
        (FieldType.NUMBER, "1,250", "1250"),
        (FieldType.BOOLEAN, "yes", "true"),
        (FieldType.DATE, "2026-11-22", "2026-11-22"),
        (FieldType.DATETIME, "2026-11-22T09:30+01:00", "2026-11-22T09:30:00+01:00"),
    ],
)
def test_a_value_is_kept_in_the_kind_of_its_field(kind: FieldType, text: str, kept: str) -> None:
    assert checked(text, RemoteField("F", "F", kind), vendor="Acme") == kept


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (FieldType.NUMBER, "many", "“many” is not a number"),
        (FieldType.DATE, "soon", "“soon” is not a date"),
        (FieldType.EMAIL, "nobody", "“nobody” is not an e-mail address"),
        (FieldType.URL, "nowhere", "“nowhere” is not a web address"),
        (FieldType.REFERENCE, "003", "A reference to another record takes no value"),
        (FieldType.TEXT, "  ", "needs a value"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_reason(kind: FieldType, text: str, reason: str) -> None:
    with pytest.raises(MappingRefused, match=reason):
        checked(text, RemoteField("F", "F", kind), vendor="Acme")


def test_several_options_are_kept_together() -> None:
    options = (Option("A", "Arms"), Option("B", "Belts"))
    remote = RemoteField("F", "F", FieldType.MULTI_PICKLIST, restricted=True, options=options)
    assert checked("Arms;B;A", remote, vendor="Acme") == "A;B"


# --- One field takes one thing ----------------------------------------------------------------------------------------


def test_a_constant_takes_its_field_from_pickers_and_set_defaults(integration: Integration, admin: User) -> None:
    give(integration, "Email", "info@halden.example", admin)

    with pytest.raises(MappingRefused, match="“Email” takes a constant already"):
        mapping.map_field(
            integration=integration, object_name="Person", source_key="email", remote_field="Email", by=admin
        )
    report = mapping.set_defaults(integration=integration, object_name="Person", by=admin)
    assert "“Email” takes a constant already." in [entry.reason for entry in report.unplaced]


def test_a_mapped_field_takes_no_constant_but_a_fallback(integration: Integration, admin: User) -> None:
    mapping.set_defaults(integration=integration, object_name="Person", by=admin)

    with pytest.raises(MappingRefused, match="“Company” takes Company Name already"):
        give(integration, "Company", "Acme", admin)
    assert give(integration, "Company", "Unknown", admin, fallback=True).fallback


def test_clear_object_takes_constants_and_fallbacks_too(integration: Integration, admin: User) -> None:
    give(integration, "Notes", "Met at a fair", admin)
    give(integration, "Company", "Unknown", admin, fallback=True)

    assert mapping.clear_object(integration=integration, object_name="Person", by=admin) == 2
    assert not Constant.objects.exists()


def test_a_constant_whose_option_is_gone_is_a_problem(
    integration: Integration, admin: User, fake: FakeProvider
) -> None:
    give(integration, "Rating", "P1", admin)
    Constant.objects.update(value="P9")

    page = page_of(integration)
    assert page.counts()[Show.PROBLEMS] == 1
    assert page.sections[0].constants[0].note == "“P9” is not an option of “Lead Rating” in Fake CRM."


# --- Two admins -------------------------------------------------------------------------------------------------------


def test_a_save_from_an_older_state_names_who_changed_the_row_and_changes_nothing(
    integration: Integration, admin: User, tom: User
) -> None:
    row: dict[str, Any] = {"integration": integration, "object_name": "Person", "source_key": "job_title"}
    mapping.map_field(**row, remote_field="Notes", by=tom, seen="")

    for save in (
        lambda: mapping.map_field(**row, remote_field="Title", by=admin, seen=""),
        lambda: mapping.set_behaviour(**row, behaviour=WriteBehaviour.IF_BLANK, by=admin, seen="overwrite Title"),
        lambda: mapping.clear_field(**row, by=admin, seen="overwrite Title"),
    ):
        with pytest.raises(ChangedMeanwhile, match="Changed meanwhile by Tom: it goes to “Notes” now, Overwrite"):
            save()
    assert FieldMapping.objects.get().remote_field == "Notes"


def test_doing_the_same_twice_harms_nobody(integration: Integration, admin: User) -> None:
    row: dict[str, Any] = {"integration": integration, "object_name": "Person", "source_key": "job_title", "by": admin}
    for _ in range(2):
        mapping.map_field(**row, remote_field="Notes", seen="")
    for _ in range(2):
        give(integration, "Title", "Guest", admin, seen="")
    for _ in range(2):
        mapping.clear_field(**row, seen="overwrite Notes")

    assert not FieldMapping.objects.exists()
    assert Constant.objects.get().value == "Guest"


def test_a_row_that_was_cleared_meanwhile_is_not_mapped_again(integration: Integration, admin: User) -> None:
    with pytest.raises(ChangedMeanwhile, match="Cleared meanwhile by another admin"):
        mapping.map_field(
            integration=integration,
            object_name="Person",
            source_key="job_title",
            remote_field="Title",
            by=admin,
            seen="overwrite Notes",
        )


def test_constants_are_guarded_the_same_way(integration: Integration, admin: User, tom: User) -> None:
    seen = state_of(give(integration, "Notes", "Fair", admin))
    give(integration, "Notes", "Show", tom, seen=seen)

    with pytest.raises(ChangedMeanwhile, match="Changed meanwhile by Tom: it is “Show” now"):
        give(integration, "Notes", "Booth", admin, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        clear_constant(integration=integration, object_name="Person", remote_field="Notes", by=admin, seen=seen)
    assert Constant.objects.get().value == "Show"


def test_nothing_is_cleared_when_a_row_changed_that_was_not_seen(
    integration: Integration, admin: User, tom: User
) -> None:
    give(integration, "Notes", "Fair", tom)

    with pytest.raises(ChangedMeanwhile, match="Nothing was cleared"):
        mapping.clear_object(integration=integration, object_name="Person", by=admin, seen=["", ""])
    assert Constant.objects.exists()


# --- The tab ----------------------------------------------------------------------------------------------------------


def test_an_older_save_answers_422_with_a_button_that_reloads_this_row(
    browser: Client, integration: Integration, tom: User
) -> None:
    mapping.map_field(integration=integration, object_name="Person", source_key="email", remote_field="Email", by=tom)
    url = reverse("integrations:map_field", args=["fakecrm", "Person", "email"])
    answer = browser.post(url, {"remote_field": "Notes", "seen": ""}, **HTMX)

    assert answer.status_code == 422
    assert "Changed meanwhile by Tom" in answer.content.decode()
    tab = reverse("integrations:mapping", args=["fakecrm"])
    assert f'hx-get="{tab}?row=person-email"' in answer.content.decode()
    row = browser.get(tab, {"row": "person-email"}, **HTMX).content.decode()
    assert row.strip().startswith("<tr")
    assert 'value="overwrite Email"' in row


def test_a_constant_is_added_saved_and_cleared(browser: Client, integration: Integration) -> None:
    new = reverse("integrations:new_constant", args=["fakecrm", "Person"])
    picked = browser.get(new, {"field": "Rating"}, headers={"HX-Request": "true", "HX-Target": "picked"})
    assert '<option value="P1">Priority 1</option>' in picked.content.decode()

    added = browser.post(new, {"field": "Rating", "value": "P1", "behaviour": "if_blank", "seen": ""}, **HTMX)
    assert 'id="row-constant-person-rating"' in added.content.decode()
    row = Constant.objects.get()
    assert (row.value, row.behaviour) == ("P1", "if_blank")

    assert "Saved" in post(browser, "Rating", {"value": "P2", "seen": state_of(row)}, **HTMX).content.decode()
    cleared = post(browser, "Rating", {"clear": "1", "seen": state_of(Constant.objects.get())}, **HTMX)
    assert "row-constant-person-rating" not in cleared.content.decode()
    assert not Constant.objects.exists()


def test_a_fallback_that_does_not_fit_is_refused_beside_its_input(browser: Client, integration: Integration) -> None:
    answer = post(browser, "Company", {"value": "x" * 300, "fallback": "1", "seen": ""}, **HTMX)

    assert answer.status_code == 422
    assert "is 300 characters long" in answer.content.decode()


def test_without_scripts_a_fallback_is_saved_by_a_post(browser: Client, integration: Integration) -> None:
    page = browser.get(reverse("integrations:mapping", args=["fakecrm"])).content.decode()
    assert 'aria-label="Fallback for Company"' in page

    answer = post(browser, "Company", {"value": "Unknown", "fallback": "1", "seen": ""})

    assert answer["Location"].endswith("#object-person")
    assert Constant.objects.get().fallback


def test_constants_cost_no_further_query(
    browser: Client, integration: Integration, admin: User, django_assert_max_num_queries: Any
) -> None:
    for field in ("Notes", "Title", "Phone", "Rating"):
        give(integration, field, "P1" if field == "Rating" else "1", admin)

    with django_assert_max_num_queries(11):
        browser.get(reverse("integrations:mapping", args=["fakecrm"]))
