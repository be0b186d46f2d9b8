"""The fix-it drawer: from a group of failed leads to exactly those leads on their way, without leaving the tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import campaigns, mapping
from integrations.models import QualifierValueMapping
from leads.models import Lead, Qualifier
from leads.qualifiers import answer, save_qualifier
from reconciliation.models import Repair, SyncRecord
from tests.reconciliation.world import World, connected
from tests.vendors import SandboxVendor

HTMX = {"HX-Request": "true", "HX-Target": "drawer"}


@pytest.fixture
def page() -> Callable[[World], Client]:
    """The browser of a world's admin."""

    def sign_in(world: World) -> Client:
        client = Client()
        client.force_login(world.admin)
        return client

    return sign_in


def fix_url(world: World) -> str:
    return reverse("reconciliation:fix", args=[world.sandbox.name])


def text(response: Any) -> str:
    return response.content.decode()


def scored(world: World, *labels: str, field: str = "Rating", multiple: bool = False) -> Qualifier:
    """A qualifier that goes to a picklist of Lead, none of its values mapped."""
    score = save_qualifier(
        organization=world.organization, by=world.admin, name="Lead Score", values=labels, multiple=multiple
    )
    mapping.map_field(
        integration=world.integration,
        object_name="Lead",
        source_key=f"qualifier:{score.pk}",
        remote_field=field,
        by=world.admin,
    )
    return score


def carrying(world: World, score: Qualifier, *labels: str, email: str) -> Lead:
    lead = world.capture(email)
    picked = list(score.values.filter(label__in=labels).values_list("pk", flat=True))
    answer(lead=lead, answers={score.pk: picked}, by=world.admin)
    world.enriched(lead)
    return lead


def failed(world: World, email: str, **more: Any) -> SyncRecord:
    """A lead that failed, as the vendor would have it."""
    person = more.pop("person", {})
    record = world.record(world.capture(email, **person))
    SyncRecord.objects.filter(pk=record.pk).update(**{"state": "failed", "due_at": None, **more})
    record.refresh_from_db()
    return record


def group(**more: str) -> dict[str, str]:
    return {"cause": "NO_TAG_MAPPING", "subject": "Lead Score", "field": "Rating", "ours": "1", **more}


def states(*leads: Lead) -> list[str]:
    return [SyncRecord.objects.get(lead=lead).state for lead in leads]


# --- A qualifier value without an option ------------------------------------------------------------------------------


def test_the_drawer_counts_the_leads_of_each_value_and_suggests_the_option_of_its_name(
    salesforce: World, page: Any
) -> None:
    score = scored(salesforce, "hot", "Nurture", field="Rating")
    for number in range(3):
        carrying(salesforce, score, "hot", email=f"hot{number}@x.example")
    carrying(salesforce, score, "Nurture", email="nurture@x.example")
    salesforce.run()

    shown = page(salesforce).get(fix_url(salesforce), group()).context["fix"]

    (picker,) = shown.pickers
    assert shown.group.count == 4
    assert [(row.value.label, row.count, row.suggested) for row in picker.rows] == [
        ("hot", 3, "Hot"),
        ("Nurture", 1, ""),
    ]


def test_mapping_one_value_sends_exactly_its_leads_and_says_when_all_are_cleared(salesforce: World, page: Any) -> None:
    score = scored(salesforce, "Scorching", "Nurture")
    hot = [carrying(salesforce, score, "Scorching", email=f"hot{number}@x.example") for number in range(2)]
    other = carrying(salesforce, score, "Nurture", email="nurture@x.example")
    salesforce.run()
    value = score.values.get(label="Scorching")

    answered = page(salesforce).post(fix_url(salesforce), {**group(), "do": "map", f"option:Lead:{value.pk}": "Hot"})

    assert states(*hot, other) == ["waiting", "waiting", "failed"]
    salesforce.run()
    assert states(*hot, other) == ["cleared", "cleared", "failed"]
    assert {each["Rating"] for each in salesforce.at_vendor("Lead")} == {"Hot"}
    closing = text(page(salesforce).get(answered.url))
    assert "“Scorching” goes to “Hot”." in closing
    assert "All 2 leads are cleared." in closing
    assert "1 lead of the group still waits." in closing


def test_a_lead_with_another_value_without_an_option_is_left_where_it_is(salesforce: World, page: Any) -> None:
    salesforce.sandbox.add_recommended_fields()
    score = scored(salesforce, "Scorching", "Nurture", multiple=True)
    both = carrying(salesforce, score, "Scorching", "Nurture", email="both@x.example")
    one = carrying(salesforce, score, "Scorching", email="one@x.example")
    salesforce.run()
    value = score.values.get(label="Scorching")

    page(salesforce).post(fix_url(salesforce), {**group(), "do": "map", f"option:Lead:{value.pk}": "Hot"})

    assert states(one, both) == ["waiting", "failed"]
    assert Repair.objects.get().record_ids == [salesforce.record(one).pk]


def test_nothing_chosen_changes_nothing_and_says_so_in_the_drawer(salesforce: World, page: Any) -> None:
    score = scored(salesforce, "Scorching")
    lead = carrying(salesforce, score, "Scorching", email="one@x.example")
    salesforce.run()

    answered = page(salesforce).post(fix_url(salesforce), {**group(), "do": "map"}, headers=HTMX)

    assert answered.status_code == 422
    assert "Choose an option for at least one value." in text(answered)
    assert states(lead) == ["failed"]
    assert not QualifierValueMapping.objects.exists()


def test_an_option_that_does_not_exist_is_refused_in_words(salesforce: World, page: Any) -> None:
    score = scored(salesforce, "Scorching")
    carrying(salesforce, score, "Scorching", email="one@x.example")
    salesforce.run()
    value = score.values.get()

    answered = page(salesforce).post(
        fix_url(salesforce), {**group(), "do": "map", f"option:Lead:{value.pk}": "Tepid\x00"}, headers=HTMX
    )

    assert "“Tepid” is not an option of" in text(answered)
    assert not Repair.objects.exists()


def test_what_fails_again_says_why_and_offers_its_own_fix(salesforce: World, page: Any) -> None:
    score = scored(salesforce, "Scorching")
    lead = carrying(salesforce, score, "Scorching", email="one@x.example")
    salesforce.run()
    Lead.objects.filter(pk=lead.pk).update(first_name="x" * 300)
    value = score.values.get()

    made = page(salesforce).post(fix_url(salesforce), {**group(), "do": "map", f"option:Lead:{value.pk}": "Hot"})
    salesforce.run()

    closing = text(page(salesforce).get(made.url))
    assert "1 failed" in closing
    assert "<code>DATA_VALUE_VALIDATION</code>" in closing


# --- Fields and values ------------------------------------------------------------------------------------------------


def test_a_field_that_is_gone_is_exchanged_for_another(salesforce: World, page: Any) -> None:
    record = failed(
        salesforce,
        "ada@x.example",
        cause="MISSING_REMOTE_FIELD",
        subject="Job Title",
        remote_field="Title",
        refused_by_us=True,
    )
    key = {"cause": "MISSING_REMOTE_FIELD", "subject": "Job Title", "field": "Title", "ours": "1"}

    shown = page(salesforce).get(fix_url(salesforce), key).context["fix"]
    (row,) = [row for row in shown.fields if row.remote_object.name == "Lead"]
    chosen = {row.name: row.offers[0].name}
    page(salesforce).post(fix_url(salesforce), {**key, "do": "fields", **chosen})

    mapped = salesforce.integration.field_mappings.get(object="Lead", mobly_field="job_title")
    assert mapped.remote_field == row.offers[0].name != "Title"
    assert SyncRecord.objects.get(pk=record.pk).state == "waiting"


def test_a_row_can_be_cleared_instead(salesforce: World, page: Any) -> None:
    failed(salesforce, "ada@x.example", cause="PERMISSION", subject="Title", remote_field="Title")
    key = {"cause": "PERMISSION", "subject": "Title", "field": "Title", "ours": "0"}

    page(salesforce).post(fix_url(salesforce), {**key, "do": "fields", "field:Lead:job_title": "-"})

    assert not salesforce.integration.field_mappings.filter(object="Lead", mobly_field="job_title").exists()


def test_a_value_is_replaced_in_all_leads_that_have_it_and_only_there(salesforce: World, page: Any) -> None:
    said = {"cause": "DATA_VALUE_VALIDATION", "subject": "State/Province", "remote_field": "State"}
    wrong = [
        failed(salesforce, f"b{number}@x.example", person={"company_state": "Bayern"}, value="Bayern", **said)
        for number in range(3)
    ]
    other = failed(salesforce, "h@x.example", person={"company_state": "Hessen"}, value="Hessen", **said)
    key = {"cause": said["cause"], "subject": said["subject"], "field": "State", "ours": "0"}

    shown = page(salesforce).get(fix_url(salesforce), key).context["fix"]
    assert [(row.value, row.count) for row in shown.correction.rows] == [("Bayern", 3), ("Hessen", 1)]
    page(salesforce).post(
        fix_url(salesforce), {**key, "do": "correct", "was:0": "Bayern", "value:0": "Bavaria", "was:1": "Hessen"}
    )

    leads = Lead.objects.filter(pk__in=[record.lead_id for record in wrong])
    assert {lead.company_state for lead in leads} == {"Bavaria"}
    assert Lead.objects.get(pk=other.lead_id).company_state == "Hessen"
    assert sorted(Repair.objects.get().record_ids) == sorted(record.pk for record in wrong)
    assert SyncRecord.objects.get(pk=other.pk).state == "failed"


def test_a_value_the_field_would_refuse_again_is_refused_at_once(salesforce: World, page: Any) -> None:
    said = {"cause": "DATA_VALUE_VALIDATION", "subject": "State/Province", "remote_field": "State", "value": "Bayern"}
    failed(salesforce, "b@x.example", person={"company_state": "Bayern"}, **said)
    key = {"cause": said["cause"], "subject": said["subject"], "field": "State", "ours": "0"}

    answered = page(salesforce).post(
        fix_url(salesforce), {**key, "do": "correct", "was:0": "Bayern", "value:0": "B" * 500}, headers=HTMX
    )

    assert answered.status_code == 422
    assert "500 characters" in text(answered)
    assert Lead.objects.get(email="b@x.example").company_state == "Bayern"


def test_an_email_is_corrected_for_one_lead_but_never_for_several(salesforce: World, page: Any) -> None:
    said = {"cause": "DATA_VALUE_VALIDATION", "subject": "Email", "remote_field": "Email"}
    failed(salesforce, "ada@x.example", value="ada@x", **said)
    for number in range(2):
        failed(salesforce, f"b{number}@x.example", value="same@x", **said)
    key = {"cause": said["cause"], "subject": said["subject"], "field": "Email", "ours": "0"}

    rows = page(salesforce).get(fix_url(salesforce), key).context["fix"].correction.rows

    assert [(row.value, row.correctable) for row in rows] == [("same@x", False), ("ada@x", True)]


def test_a_required_value_is_given_to_every_lead_without_it(salesforce: World, page: Any) -> None:
    said = {"cause": "REQUIRED_FIELD_MISSING", "subject": "Company", "remote_field": "Company"}
    for number in range(2):
        failed(salesforce, f"b{number}@x.example", person={"company_name": ""}, **said)
    key = {"cause": said["cause"], "subject": said["subject"], "field": "Company", "ours": "0"}

    page(salesforce).post(fix_url(salesforce), {**key, "do": "correct", "was:0": "", "value:0": "Unknown"})
    salesforce.run()

    assert SyncRecord.objects.cleared().count() == 2
    assert {each["Company"] for each in salesforce.at_vendor("Lead")} == {"Unknown"}


def test_a_fallback_is_sent_in_place_of_what_the_leads_lack_and_the_leads_stay_as_they_are(
    salesforce: World, page: Any
) -> None:
    said = {"cause": "REQUIRED_FIELD_MISSING", "subject": "Company", "remote_field": "Company"}
    record = failed(salesforce, "b@x.example", person={"company_name": ""}, **said)
    key = {"cause": said["cause"], "subject": said["subject"], "field": "Company", "ours": "0"}

    page(salesforce).post(fix_url(salesforce), {**key, "do": "fallbacks", "fallback:Lead:Company": "Unknown"})
    salesforce.run()

    assert SyncRecord.objects.get(pk=record.pk).state == "cleared"
    assert Lead.objects.get(pk=record.lead_id).company_name == ""
    assert [each["Company"] for each in salesforce.at_vendor("Lead")] == ["Unknown"]


# --- Campaigns, and what a person decides -----------------------------------------------------------------------------


def test_a_status_the_campaign_does_not_have_is_exchanged(salesforce: World, page: Any) -> None:
    salesforce.sandbox.seed("Campaign", Name="Summit visitors", IsActive=True)
    campaign = campaigns.save_campaign(
        integration=salesforce.integration,
        campaign=campaigns.search(integration=salesforce.integration, query="Summit")[0],
        events=[salesforce.event],
        threshold=0,
        by=salesforce.admin,
    )
    type(campaign).objects.filter(pk=campaign.pk).update(status="Visited booth")
    lead = salesforce.capture()
    salesforce.run()
    record = salesforce.record(lead)
    key = {"cause": record.cause, "subject": record.subject, "field": record.remote_field, "ours": "0"}

    drawer = page(salesforce).get(fix_url(salesforce), key)
    assert "in place of “Visited booth”" in text(drawer)
    page(salesforce).post(fix_url(salesforce), {**key, "do": "campaign", "mapping": campaign.pk, "status": "Responded"})
    salesforce.run()

    assert states(lead) == ["cleared"]
    assert [each["Status"] for each in salesforce.at_vendor("CampaignMember")] == ["Responded"]


def test_a_campaign_that_is_gone_can_be_taken_off(salesforce: World, page: Any) -> None:
    made = salesforce.sandbox.seed("Campaign", Name="Summit visitors", IsActive=True)
    campaign = campaigns.save_campaign(
        integration=salesforce.integration,
        campaign=campaigns.search(integration=salesforce.integration, query="Summit visitors")[0],
        events=[salesforce.event],
        threshold=0,
        by=salesforce.admin,
    )
    salesforce.sandbox.delete("Campaign", made["Id"])
    lead = salesforce.capture()
    salesforce.run()
    record = salesforce.record(lead)
    key = {"cause": record.cause, "subject": record.subject, "field": record.remote_field, "ours": "0"}

    assert "It is gone from Salesforce" in text(page(salesforce).get(fix_url(salesforce), key))
    page(salesforce).post(fix_url(salesforce), {**key, "do": "remove", "mapping": campaign.pk})
    salesforce.run()

    assert states(lead) == ["cleared"]


def test_one_of_several_candidates_is_linked_in_the_drawer(salesforce: World, page: Any) -> None:
    there = salesforce.sandbox.seed("Lead", LastName="Lovelace", Company="Brightforge", Email="ada@x.example")
    refs = [{"object": "Lead", "id": there["Id"], "url": ""}, {"object": "Lead", "id": "00Q000000000000AAA", "url": ""}]
    record = failed(salesforce, "ada@x.example", cause="AMBIGUOUS_MATCH", subject="", collides_with=refs)
    key = {"cause": "AMBIGUOUS_MATCH", "subject": "", "field": "", "ours": "0"}

    made = page(salesforce).post(
        fix_url(salesforce), {**key, "do": "decide", "record": record.pk, "candidate": f"Lead:{there['Id']}"}
    )
    salesforce.run()

    assert SyncRecord.objects.get(pk=record.pk).remote_id == there["Id"]
    assert "The lead is cleared." in text(page(salesforce).get(made.url))


def test_a_record_nobody_found_cannot_be_linked_as_a_candidate(salesforce: World, page: Any) -> None:
    record = failed(salesforce, "ada@x.example", cause="AMBIGUOUS_MATCH", subject="")
    key = {"cause": "AMBIGUOUS_MATCH", "subject": "", "field": "", "ours": "0"}

    answered = page(salesforce).post(
        fix_url(salesforce), {**key, "do": "decide", "record": record.pk, "candidate": "Lead:00Q1"}, headers=HTMX
    )

    assert answered.status_code == 422
    assert SyncRecord.objects.get(pk=record.pk).remote_id == ""


def test_what_never_arrived_is_sent_again(salesforce: World, page: Any) -> None:
    record = failed(salesforce, "ada@x.example", cause="UNCONFIRMED", subject="", in_doubt=True)
    key = {"cause": "UNCONFIRMED", "subject": "", "field": "", "ours": "0"}

    page(salesforce).post(fix_url(salesforce), {**key, "do": "decide", "record": record.pk, "decision": "again"})
    salesforce.run()

    assert SyncRecord.objects.get(pk=record.pk).state == "cleared"
    assert len(salesforce.at_vendor("Lead", email="ada@x.example")) == 1


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("AUTHENTICATION", "Connect again"),
        ("RATE_LIMITED", "these leads are sent by themselves"),
        ("REMOTE_UNAVAILABLE", "then retry"),
        ("REMOTE_RULE", "Correct the lead"),
        ("DUPLICATE_RECORD", "Merge the two in Salesforce"),
        ("INTERNAL", "send us the request id"),
        ("PERMISSION", "Check the connection"),
        ("REQUIRED_FIELD_MISSING", "Go to Mapping"),
    ],
)
def test_a_cause_without_a_control_says_what_to_do(salesforce: World, page: Any, cause: str, words: str) -> None:
    failed(salesforce, "ada@x.example", cause=cause, subject="")

    assert words in text(page(salesforce).get(fix_url(salesforce), {"cause": cause, "subject": ""}))


# --- Around the drawer ------------------------------------------------------------------------------------------------


def test_a_group_that_is_gone_says_so(salesforce: World, page: Any) -> None:
    answered = page(salesforce).get(fix_url(salesforce), group())

    assert answered.status_code == 200
    assert "No lead waits here any more" in text(answered)


@pytest.mark.parametrize("query", [{}, {"cause": "NOPE"}, {"cause": ""}])
def test_an_address_without_a_group_is_not_found(salesforce: World, page: Any, query: dict[str, str]) -> None:
    assert page(salesforce).get(fix_url(salesforce), query).status_code == 404


def test_the_filters_of_the_list_bound_the_drawer(salesforce: World, page: Any) -> None:
    failed(salesforce, "ada@x.example", cause="REMOTE_RULE", subject="Phone")
    failed(salesforce, "grace@x.example", cause="REMOTE_RULE", subject="Phone")
    key = {"cause": "REMOTE_RULE", "subject": "Phone", "q": "grace"}

    assert page(salesforce).get(fix_url(salesforce), key).context["fix"].group.count == 1


def test_another_organizations_fix_does_not_exist(salesforce: World, hubspot_sandbox: SandboxVendor, page: Any) -> None:
    record = failed(salesforce, "ada@x.example", cause="INTERNAL", subject="")
    repair = Repair.objects.create(
        integration=salesforce.integration,
        cause="INTERNAL",
        done="Sent again.",
        record_ids=[record.pk],
        started_at=record.changed_at,
    )
    other = connected(hubspot_sandbox)

    answered = page(other).get(reverse("reconciliation:repair", args=["hubspot", repair.pk]))

    assert answered.status_code == 404


def test_progress_counts_exactly_the_leads_of_the_fix_and_stops_asking_at_the_end(salesforce: World, page: Any) -> None:
    mine = [failed(salesforce, f"m{number}@x.example", cause="INTERNAL", subject="") for number in range(4)]
    made = page(salesforce).post(fix_url(salesforce), {"cause": "INTERNAL", "subject": "", "do": "retry"})
    failed(salesforce, "late@x.example", cause="INTERNAL", subject="")
    SyncRecord.objects.filter(pk=mine[0].pk).update(state="cleared", due_at=None, cause="")
    part = {"HX-Request": "true", "HX-Target": "fix-progress"}

    half = text(page(salesforce).get(made.url, headers=part))
    SyncRecord.objects.filter(pk__in=[each.pk for each in mine]).update(state="cleared", due_at=None, cause="")
    end = page(salesforce).get(made.url, headers=part)

    assert "of 4 cleared, 3 on the way" in half
    assert "load delay:1s" in half
    assert "All 4 leads are cleared." in text(end)
    assert "load delay" not in text(end).split("</section>")[0]
    assert end["HX-Trigger"] == "leads-moved"


def test_the_number_of_queries_does_not_grow_with_the_group(
    salesforce: World, page: Any, django_assert_num_queries: Any
) -> None:
    score = scored(salesforce, "Scorching", "Nurture")
    browser = page(salesforce)

    def group_of(count: int) -> None:
        for number in range(count):
            carrying(salesforce, score, "Scorching", email=f"{count}-{number}@x.example")
        said = {"state": "failed", "due_at": None, "cause": "NO_TAG_MAPPING", "subject": "Lead Score"}
        SyncRecord.objects.update(**said, remote_field="Rating", refused_by_us=True)

    group_of(2)
    with django_assert_num_queries(11):
        browser.get(fix_url(salesforce), group(), headers=HTMX)
    group_of(30)
    with django_assert_num_queries(11):
        browser.get(fix_url(salesforce), group(), headers=HTMX)


def test_a_drawer_on_a_page_of_its_own_fixes_as_well_as_one_beside_the_list(salesforce: World, page: Any) -> None:
    failed(salesforce, "ada@x.example", cause="INTERNAL", subject="")
    key = {"cause": "INTERNAL", "subject": "", "do": "retry"}
    browser = page(salesforce)
    here = f"http://testserver{fix_url(salesforce)}?cause=INTERNAL"

    assert '<div id="drawer"><aside class="panel fix"' in text(browser.get(fix_url(salesforce), key)).replace("\n", "")
    made = browser.post(fix_url(salesforce), key, headers={**HTMX, "HX-Current-URL": here})

    assert 'class="panel fix"' in text(made)
    assert "hx-swap-oob" not in text(made)
    assert made["HX-Push-Url"] == reverse("reconciliation:repair", args=["salesforce", Repair.objects.get().pk])
