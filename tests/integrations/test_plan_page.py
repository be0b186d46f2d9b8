"""The pages of the mapping plan over HTTP."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations import mapping
from integrations.models import FieldMapping, Integration, PlanImport
from leads.models import Member, Organization, Qualifier, User
from tests.integrations.conftest import make_member
from tests.integrations.fake_provider import FakeProvider
from tests.integrations.planned import exported, filled_in, taken_in

pytestmark = pytest.mark.django_db

PLAN = "/integrations/fakecrm/plan/"
PHONE = {"Mobly field": "Phone Number", "Object": "Person"}
TITLE = {"Mobly field": "Job Title", "Object": "Person"}


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


def sent(browser: Client, data: bytes, name: str = "plan.xlsx") -> Any:
    return browser.post(PLAN, {"file": SimpleUploadedFile(name, data)})


def test_before_the_fields_are_read_the_page_leads_to_connect(browser: Client, fake: FakeProvider) -> None:
    assert "Connect Fake CRM first" in said(browser.get(PLAN))
    assert browser.get(f"{PLAN}export/").status_code == 404
    assert sent(browser, b"").status_code == 404


def test_a_plan_goes_out_comes_back_shows_its_differences_and_is_applied(
    browser: Client, integration: Integration
) -> None:
    response = browser.get(f"{PLAN}export/")
    assert response["Content-Disposition"].startswith('attachment; filename="fakecrm-mapping-plan-')
    data = filled_in(response.content, "Fields", (PHONE, {"CRM field": "Phone"}), (TITLE, {"CRM field": "Birthday"}))

    shown = browser.get(sent(browser, data).url)

    page = said(shown)
    assert "Apply 1 change<" in page
    assert "A date field cannot hold text." in page
    assert not FieldMapping.objects.exists()
    plan = PlanImport.objects.get()
    lines = list(csv.reader(io.StringIO(browser.get(f"{PLAN}{plan.uid}/lines/").content.decode("utf-8-sig"))))
    assert [line[0] for line in lines] == ["Sheet", "Fields", "Fields"]

    applied = browser.post(f"{PLAN}{plan.uid}/apply/", {"seen": shown.context["seen"]}, follow=True)

    assert FieldMapping.objects.get().remote_field == "Phone"
    assert "1 change of this plan is applied." in said(applied)
    assert "1 refused line" not in said(applied)
    assert "plan.xlsx" in said(browser.get(PLAN))


def test_an_unchanged_file_says_that_nothing_differs(browser: Client, integration: Integration, admin: User) -> None:
    mapping.set_defaults(integration=integration, object_name="Person", by=admin)

    page = said(browser.get(sent(browser, exported(integration)).url))

    assert "Nothing differs" in page
    assert "Apply" not in page.replace("Applying", "")


def test_what_is_skipped_is_listed_with_its_reason(browser: Client, integration: Integration, admin: User) -> None:
    plan = taken_in(integration, filled_in(exported(integration), "Fields", (PHONE, {"CRM field": "Phone"})), admin)
    seen = browser.get(f"{PLAN}{plan.uid}/").context["seen"]
    mapping.map_field(
        integration=integration, object_name="Person", source_key="phone_number", remote_field="Notes", by=admin
    )

    page = said(browser.post(f"{PLAN}{plan.uid}/apply/", {"seen": seen}, follow=True))

    assert "1 line was skipped" in page
    assert "Changed meanwhile by you, in another window: it goes to “Notes” now, Overwrite." in page
    assert FieldMapping.objects.get().remote_field == "Notes"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04broken", b"\x00\x01\x02", b"a,b\n1,2"])
def test_a_bad_file_is_refused_beside_its_input(browser: Client, integration: Integration, data: bytes) -> None:
    response = sent(browser, data, "bad \x00name.xlsx")

    assert response.status_code == 422
    assert "name.xlsx”" in said(response)
    assert not PlanImport.objects.exists()


def test_no_file_and_a_file_too_large_are_said(browser: Client, integration: Integration) -> None:
    assert "Choose a file." in said(browser.post(PLAN, {}))
    assert "4.0 MB is the most." in said(sent(browser, bytes(4 * 1024 * 1024 + 1))).replace("\xa0", " ")


def test_forged_marks_apply_nothing(browser: Client, integration: Integration, admin: User) -> None:
    plan = taken_in(integration, filled_in(exported(integration), "Fields", (PHONE, {"CRM field": "Phone"})), admin)

    for seen in ("", "Fields-99999:0123456789abcdef", "Fields-12:0123456789abcdef junk", "x" * 10_000):
        assert browser.post(f"{PLAN}{plan.uid}/apply/", {"seen": seen}).status_code == 302

    assert not FieldMapping.objects.exists()


def test_reps_and_other_organizations_see_no_plan(browser: Client, integration: Integration, admin: User) -> None:
    plan = taken_in(integration, exported(integration), admin)
    rep = make_member(integration.organization, "rep@halden.example", Member.Role.REP)
    other = make_member(Organization.objects.create(name="Linden", slug="linden"), "admin@linden.example")

    for user in (rep, other):
        client = Client()
        client.force_login(user)
        assert client.get(f"{PLAN}{plan.uid}/").status_code == 404
        assert client.post(f"{PLAN}{plan.uid}/apply/", {"seen": ""}).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_plan(
    browser: Client, integration: Integration, admin: User, rating: Qualifier, organization: Organization
) -> None:
    def planned(*edits: tuple[dict[str, str], dict[str, Any]]) -> list[int]:
        plan = taken_in(integration, filled_in(exported(integration), "Fields", *edits), admin)
        return [asked(f"{PLAN}{plan.uid}/"), asked(f"{PLAN}export/"), asked(PLAN)]

    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(path).status_code == 200
        return len(queries)

    def mapped(source: str, remote: str) -> None:
        mapping.map_field(
            integration=integration, object_name="Person", source_key=source, remote_field=remote, by=admin
        )

    mapped("email", "Email")
    mapped(f"qualifier:{rating.pk}", "Rating")
    organization.events.create(name="Hannover")
    browser.get(PLAN)
    before = planned((PHONE, {"CRM field": "Phone"}))
    for number, remote in enumerate(("Notes", "Company", "LastName")):
        qualifier = organization.qualifiers.create(name=f"Qualifier {number}")
        qualifier.values.create(label="Hot")
        organization.events.create(name=f"Event {number}")
        mapped(f"qualifier:{qualifier.pk}", remote)
    mapped("job_title", "Title")

    assert planned((TITLE, {"CRM field": "(clear)"}), (PHONE, {"CRM field": "Phone"})) == before
