"""The Integrations list, the Connect tab and the Mapping tab as a browser gets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import mapping, schema
from integrations.models import FieldMapping, Integration
from integrations.providers import PROVIDERS
from leads.models import Organization, Qualifier, User
from tests.integrations.conftest import make_member
from tests.integrations.fake_provider import FakeProvider

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def url(name: str, *parts: str) -> str:
    return reverse(f"integrations:{name}", args=["fakecrm", *parts])


def save(browser: Client, source: str, values: dict[str, str], **headers: str) -> Any:
    return browser.post(url("map_field", "Person", source), values, **headers)


# --- The list ---------------------------------------------------------------------------------------------------------


def card(response: Any, provider: str = "fakecrm") -> str:
    return words(response).split(f'id="card-{provider}"')[1].split("</article>")[0]


def test_a_destination_that_was_never_connected_is_greyed_out(browser: Client, fake: FakeProvider) -> None:
    found = card(browser.get(reverse("integrations:list")))

    assert found.startswith(' data-state="off"')
    assert "Not connected" in found


def test_a_connected_destination_has_a_globe(browser: Client, integration: Integration) -> None:
    found = card(browser.get(reverse("integrations:list")))

    assert '<use href="#i-globe"/></svg>Connected' in found
    assert "Halden Robotics, production. Automatic." in found


@pytest.mark.parametrize(
    ("status", "badge"),
    [("disabled", "Disabled"), ("attention", "Needs attention"), ("off", "Disconnected")],
)
def test_every_state_has_its_badge(browser: Client, integration: Integration, status: str, badge: str) -> None:
    Integration.objects.update(status=status)

    found = card(browser.get(reverse("integrations:list")))

    assert found.startswith(f' data-state="{status}"')
    assert f"</svg>{badge}</span>" in found


def test_the_active_one_is_named_on_the_others(
    browser: Client, integration: Integration, second_fake: FakeProvider
) -> None:
    assert "Fake CRM is the active CRM: disconnect it first." in card(
        browser.get(reverse("integrations:list")), "othercrm"
    )


def test_the_list_takes_the_same_queries_however_many_are_connected(
    browser: Client, integration: Integration, second_fake: FakeProvider, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        browser.get(reverse("integrations:list"))


# --- The Connect tab --------------------------------------------------------------------------------------------------


def test_the_five_tabs_are_real_links_in_their_order(browser: Client, fake: FakeProvider) -> None:
    tabs = words(browser.get(url("connect"))).split('<nav class="tabs"')[1].split("</nav>")[0]

    positions = [tabs.index(name) for name in ("Connect", "Mapping", "Qualifiers", "Campaigns", "Reconciliation")]
    assert positions == sorted(positions)
    assert tabs.count("<a href=") == 5


def test_a_connected_integration_without_a_mapping_says_that_no_lead_flows(
    browser: Client, integration: Integration, admin: User
) -> None:
    assert "No lead flows before one Persona field is mapped." in words(browser.get(url("connect")))

    mapping.set_defaults(integration=integration, object_name="Person", by=admin)

    assert "No lead flows" not in words(browser.get(url("connect")))


def test_the_check_shows_each_line_and_the_fix_of_a_red_one(browser: Client, integration: Integration) -> None:
    page = words(browser.get(url("connect")))

    assert "1 of 2 needs a fix" in page
    assert "Give Mobile edit access." in page


def test_running_the_check_again_answers_the_panel(
    browser: Client, integration: Integration, fake: FakeProvider
) -> None:
    fake.down = True

    panel = words(browser.post(url("check"), **HTMX))

    assert panel.startswith('<div id="check">')
    assert "Fake CRM could not be asked." in panel


def test_disable_and_enable_answer_the_connection_with_its_new_button(
    browser: Client, integration: Integration
) -> None:
    disabled = words(browser.post(url("pause"), {"action": "disable"}, **HTMX))
    enabled = words(browser.post(url("pause"), {"action": "enable"}, **HTMX))

    assert ">Enable</button>" in disabled
    assert "Fake CRM is disabled." in disabled
    assert ">Disable</button>" in enabled


def test_without_scripts_a_switch_goes_back_to_the_tab(browser: Client, integration: Integration) -> None:
    answer = browser.post(url("pause"), {"action": "disable"})

    assert (answer.status_code, answer["Location"]) == (302, url("connect"))


def test_disconnect_answers_with_a_connect_button(browser: Client, integration: Integration) -> None:
    answer = words(browser.post(url("disconnect"), **HTMX))

    assert "Mappings, qualifiers and campaigns are kept." in answer
    assert 'btn btn-primary" id="connect-button"' in answer


def test_the_sync_mode_answers_only_the_saved_line(browser: Client, integration: Integration) -> None:
    answer = words(browser.post(url("sync_mode"), {"sync_mode": "manual"}, **HTMX))

    assert answer.startswith('<p id="saved-mode" class="status" data-state="saved"')
    assert "<input" not in answer
    assert Integration.objects.get().is_manual


def test_a_sync_mode_that_is_none_is_refused_in_words(browser: Client, integration: Integration) -> None:
    answer = browser.post(url("sync_mode"), {"sync_mode": "sometimes"}, **HTMX)

    assert answer.status_code == 422
    assert "Choose Automatic or Manual." in words(answer)


def test_a_provider_setting_is_saved_on_change(browser: Client, integration: Integration) -> None:
    answer = browser.post(url("option", "strategy"), {"choice": "firms"}, **HTMX)

    assert "Saved at" in words(answer)
    assert Integration.objects.get().options == {"strategy": "firms"}
    assert browser.post(url("option", "nothing"), {"choice": "firms"}).status_code == 404


def test_the_connect_tab_takes_constant_queries(
    browser: Client, integration: Integration, admin: User, django_assert_max_num_queries: Any
) -> None:
    mapping.set_defaults(integration=integration, object_name="Person", by=admin)

    with django_assert_max_num_queries(10):
        browser.get(url("connect"))


def test_a_provider_nobody_offers_is_not_found(browser: Client, fake: FakeProvider) -> None:
    assert browser.get(reverse("integrations:connect", args=["nothing"])).status_code == 404


# --- The Mapping tab --------------------------------------------------------------------------------------------------


def test_before_connecting_the_tab_leads_to_connect(browser: Client, fake: FakeProvider) -> None:
    assert "Connect Fake CRM first" in words(browser.get(url("mapping")))


def test_a_pick_answers_the_status_cell_and_never_an_input(browser: Client, integration: Integration) -> None:
    answer = save(browser, "email", {"remote_field": "Email"}, **HTMX)

    assert answer.status_code == 200
    assert words(answer).startswith('<span class="status" data-state="saved"')
    assert "<input" not in words(answer).replace('<input type="hidden"', "")
    assert "<select" not in words(answer)
    assert "Person, 1 of 31 mapped" in words(answer)
    assert FieldMapping.objects.get().remote_field == "Email"


def test_a_lossy_pick_is_saved_and_its_note_says_so(browser: Client, integration: Integration) -> None:
    answer = words(save(browser, "job_title", {"remote_field": "Title_Short"}, **HTMX))

    assert "Holds 10 characters. A lead with more is not sent." in answer


def test_a_refused_pick_answers_422_with_the_reason(browser: Client, integration: Integration) -> None:
    answer = save(browser, "job_title", {"remote_field": "Birthday"}, **HTMX)

    assert answer.status_code == 422
    assert "Not saved" in words(answer)
    assert "A date field cannot hold text." in words(answer)


def test_an_empty_pick_clears_the_row(browser: Client, integration: Integration) -> None:
    save(browser, "email", {"remote_field": "Email"}, **HTMX)

    answer = words(save(browser, "email", {"remote_field": ""}, **HTMX))

    assert "Cleared" in answer
    assert not FieldMapping.objects.exists()


def test_the_write_behaviour_is_saved_alone(browser: Client, integration: Integration) -> None:
    save(browser, "email", {"remote_field": "Email"}, **HTMX)

    save(browser, "email", {"behaviour": "if_blank"}, **HTMX)

    row = FieldMapping.objects.get()
    assert (row.remote_field, row.behaviour) == ("Email", "if_blank")


def test_an_unknown_behaviour_is_refused_in_words(browser: Client, integration: Integration) -> None:
    answer = save(browser, "email", {"behaviour": "sometimes"}, **HTMX)

    assert answer.status_code == 422
    assert "Choose Overwrite or Write if Blank." in words(answer)


def test_a_row_that_is_not_there_is_not_found(browser: Client, integration: Integration) -> None:
    assert save(browser, "nothing", {"remote_field": "Email"}, **HTMX).status_code == 404


def test_the_picker_gets_every_field_with_type_mark_and_reason(browser: Client, integration: Integration) -> None:
    found = browser.get(url("remote_fields", "Person", "job_title")).json()

    by_name = {entry["name"]: entry for entry in found["fields"]}
    assert found["object"] == "Person"
    assert by_name["LastName"]["required"] is True
    assert by_name["Title"] == {
        "name": "Title",
        "label": "Title",
        "badge": "TEXT 128",
        "required": False,
        "note": "",
        "disabled": False,
    }
    assert by_name["Birthday"]["disabled"] is True


def test_without_scripts_a_row_opens_as_a_select_and_saves_by_a_post(browser: Client, integration: Integration) -> None:
    page = words(browser.get(url("mapping"), {"pick": "person-email"}))
    assert '<select class="input" name="remote_field" aria-labelledby="name-person-email"' in page
    assert '<option value="Email"' in page

    answer = save(browser, "email", {"remote_field": "Email", "behaviour": "if_blank"})

    assert answer["Location"] == f"{url('mapping')}#row-person-email"
    assert FieldMapping.objects.get().behaviour == "if_blank"


def test_required_fields_without_a_row_stand_on_top(browser: Client, integration: Integration) -> None:
    page = words(browser.get(url("mapping")))

    assert "Fake CRM requires 2 values on every new Person that no row gives: Last Name, Company." in page


def test_set_defaults_answers_the_section_with_its_report(browser: Client, integration: Integration) -> None:
    answer = words(browser.post(url("set_defaults", "Person"), **HTMX))

    assert answer.startswith('<section class="panel" id="object-person"')
    assert "Set Defaults filled 4 rows." in answer
    assert "1 has no field in Fake CRM yet: All Scanned Events <code>mobly_all_events</code>." in answer
    assert "Job Title stays empty. “Formula”: Read-only for the connected user." in answer


def test_clear_object_mappings_answers_the_empty_section(browser: Client, integration: Integration) -> None:
    browser.post(url("set_defaults", "Person"), **HTMX)

    answer = words(browser.post(url("clear_object", "Person"), **HTMX))

    assert "4 rows of Person cleared." in answer
    assert not FieldMapping.objects.exists()


@pytest.mark.parametrize(
    ("show", "shown", "hidden"),
    [("mapped", "row-person-email", "row-person-facebook"), ("not-mapped", "row-person-facebook", "row-person-email")],
)
def test_the_filters_show_what_they_say(
    browser: Client, integration: Integration, show: str, shown: str, hidden: str
) -> None:
    save(browser, "email", {"remote_field": "Email"})

    page = words(browser.get(url("mapping"), {"show": show}))

    assert f'id="{shown}"' in page
    assert f'id="{hidden}"' not in page


def test_problems_show_only_what_is_broken(browser: Client, integration: Integration, fake: FakeProvider) -> None:
    save(browser, "job_title", {"remote_field": "Title"})
    save(browser, "email", {"remote_field": "Email"})
    fake.drop_field("Person", "Title")
    schema.refresh(integration=integration)

    page = words(browser.get(url("mapping"), {"show": "problems"}))

    assert 'id="row-person-job-title" data-tone="bad"' in page
    assert "Title is gone" in page
    assert 'id="row-person-email"' not in page


def test_refresh_says_what_it_found(browser: Client, integration: Integration, fake: FakeProvider) -> None:
    quiet = browser.post(url("refresh_fields"), follow=True)
    fake.drop_field("Person", "Title")
    changed = browser.post(url("refresh_fields"), follow=True)
    fake.down = True
    failed = browser.post(url("refresh_fields"), follow=True)

    assert "Nothing changed." in words(quiet)
    assert "Something changed" in words(changed)
    assert "The fields were not read: Fake CRM refused the connection." in words(failed)


def test_the_mapping_stays_readable_after_disconnect(browser: Client, integration: Integration) -> None:
    browser.post(url("set_defaults", "Person"))
    browser.post(url("disconnect"))

    page = words(browser.get(url("mapping")))

    assert "Fake CRM is disconnected. The mapping is kept" in page
    assert 'value="Email"' in page


def test_the_mapping_tab_takes_the_same_queries_however_much_is_mapped(
    browser: Client, integration: Integration, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        Qualifier.objects.create(organization=organization, name=f"Qualifier {number}")
    browser.post(url("set_defaults", "Person"))

    with django_assert_max_num_queries(13):
        browser.get(url("mapping"))


def test_values_of_the_vendor_are_escaped(browser: Client, integration: Integration, fake: FakeProvider) -> None:
    Integration.objects.update(account_name="<script>alert(1)</script>")

    assert "<script>alert" not in browser.get(url("connect")).content.decode()


# --- Whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("disconnect", []),
        ("pause", []),
        ("sync_mode", []),
        ("check", []),
        ("refresh_fields", []),
        ("set_defaults", ["Person"]),
        ("clear_object", ["Person"]),
        ("map_field", ["Person", "email"]),
    ],
)
def test_another_organizations_admin_cannot_touch_it(
    integration: Integration, fake: FakeProvider, name: str, parts: list[str]
) -> None:
    other = Organization.objects.create(name="Zeta Works", slug="zeta")
    stranger = Client()
    stranger.force_login(make_member(other, "zed@zeta.example"))
    before = Integration.objects.values().get()

    assert stranger.post(url(name, *parts), {"remote_field": "Email", "sync_mode": "manual"}).status_code == 404
    assert Integration.objects.values().get() == before


def test_staff_see_no_secret_in_the_admin(integration: Integration, connect: Callable[..., Integration]) -> None:
    staff = Client()
    staff.force_login(User.objects.create_superuser("operator@mobly.example", "show-floor-2026"))

    for model in ("integration", "credential", "connectattempt", "remoteschema", "fieldmapping", "qualifiermapping"):
        page = staff.get(reverse(f"admin:integrations_{model}_changelist"))
        assert page.status_code == 200
        assert "access-1" not in words(page)
    shown = words(staff.get(reverse("admin:integrations_credential_change", args=[integration.credential.pk])))
    assert "access-1" not in shown
    assert "refresh-1" not in shown


def test_staff_disable_integrations_from_the_list(integration: Integration) -> None:
    staff = Client()
    staff.force_login(User.objects.create_superuser("operator@mobly.example", "show-floor-2026"))

    staff.post(
        reverse("admin:integrations_integration_changelist"),
        {"action": "disable_integrations", "_selected_action": [integration.pk]},
    )

    assert Integration.objects.get().status == Integration.Status.DISABLED


def test_a_mapping_that_staff_change_makes_plans_stale(integration: Integration, admin: User) -> None:
    row = mapping.map_field(
        integration=integration, object_name="Person", source_key="email", remote_field="Email", by=admin
    ).mapping
    before = Integration.objects.get().setup_version
    staff = Client()
    staff.force_login(User.objects.create_superuser("operator@mobly.example", "show-floor-2026"))

    staff.post(reverse("admin:integrations_fieldmapping_delete", args=[row.pk]), {"post": "yes"})

    assert not FieldMapping.objects.exists()
    assert Integration.objects.get().setup_version == before + 1


def test_every_vendor_is_offered() -> None:
    assert list(PROVIDERS) == ["salesforce", "hubspot", "pipedrive", "zoho"]
