"""Preview against what is sent: line by line over generated leads and mappings, and once over HTTP."""

from __future__ import annotations

import random
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations import campaigns
from integrations.contract import (
    Delivery,
    FieldType,
    Option,
    RecordWrite,
    RemoteField,
    RemoteObject,
    Role,
    WriteBehaviour,
)
from integrations.mapping import clear_field, set_behaviour
from integrations.models import FieldMapping
from integrations.planning import Answered, FieldRule, LeadSnapshot, QualifierRule, Setup, plan
from leads.engagements import log_engagement
from leads.fields import BY_KEY
from leads.models import Lead
from reconciliation.lines import Fate, Known, lines_of, same, shown
from reconciliation.models import SyncRecord
from reconciliation.preview import Preview, Verdict, preview_of
from tests.reconciliation.world import World

REMOTE = {
    "first_name": RemoteField("FirstName", "First Name", FieldType.TEXT),
    "last_name": RemoteField("LastName", "Last Name", FieldType.TEXT),
    "email": RemoteField("Email", "Email", FieldType.EMAIL),
    "job_title": RemoteField("Title", "Title", FieldType.TEXT, length=60),
    "number_of_scans": RemoteField("Scans", "Scans", FieldType.NUMBER),
}
OPTIONS = (Option("P1", "Priority 1"), Option("P2", "Priority 2"))
INTERESTS = RemoteField("Interest", "Interest", FieldType.MULTI_PICKLIST, restricted=True, options=OPTIONS)
TICKED = RemoteField("Ticked", "Ticked", FieldType.BOOLEAN)
FIELDS = {field.name: field for field in (*REMOTE.values(), INTERESTS, TICKED)}
CONTACT = RemoteObject("Contact", "Contact", "Contacts", Role.PERSONA, FIELDS)

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
values = st.fixed_dictionaries(
    {"first_name": texts, "last_name": texts, "email": texts, "job_title": texts},
    optional={"number_of_scans": st.integers(0, 10**6)},
)
answers = st.fixed_dictionaries(
    {}, optional={7: st.sampled_from([{71: "Hot"}, {72: "Cold"}, {71: "Hot", 72: "Cold"}, {}]), 8: st.just({81: "Yes"})}
)
behaviours = st.sampled_from(list(WriteBehaviour))


@st.composite
def cases(draw: st.DrawFn) -> tuple[LeadSnapshot, Setup, dict[str, Any]]:
    """A lead, a mapping, and a record as it may stand at the vendor."""
    mapped = draw(st.lists(st.sampled_from(sorted(REMOTE)), unique=True, min_size=1))
    rules = tuple(
        FieldRule("Contact", key, BY_KEY[key].label if key in BY_KEY else key, REMOTE[key].name, draw(behaviours))
        for key in mapped
    )
    qualifiers = (
        QualifierRule("Contact", 7, "Interest", "Interest", options={71: "P1", 72: "P2"}, behaviour=draw(behaviours)),
        QualifierRule("Contact", 8, "Newsletter", "Ticked", options={81: "true"}, behaviour=draw(behaviours)),
    )
    setup = Setup("Acme CRM", 1, {"Contact": CONTACT}, fields=rules, qualifiers=draw(st.sampled_from([(), qualifiers])))
    given_answers = {key: Answered(key, labels) for key, labels in draw(answers).items()}
    lead = LeadSnapshot(key="1", uid="uid", version=1, values=draw(values), answers=given_answers)
    spelled = {
        "Ticked": st.sampled_from([True, "true", False, None]),
        "Interest": st.sampled_from(["P1;P2", "P2", None]),
    }
    spelled |= {"Scans": st.sampled_from([3, "3", 3.0, None])}
    present = {name: draw(spelled.get(name, st.none() | texts)) for name in FIELDS}
    return lead, setup, present


def changed(write: RecordWrite, present: dict[str, Any]) -> dict[str, Any]:
    """What any vendor sends to a record that is there."""
    blanks = {name: value for name, value in write.if_blank.items() if not shown(present.get(name))}
    return {**write.values, **blanks}


@settings(max_examples=1000, deadline=None)
@given(cases(), st.booleans())
def test_the_lines_say_exactly_what_is_sent_and_what_is_not(case: Any, new: bool) -> None:
    lead, setup, present = case
    delivery = plan(lead, setup)
    if not isinstance(delivery, Delivery):
        lines = lines_of(lead, setup, CONTACT, None, Known(None, at_fault=delivery.remote_field))
        assert {line.fate for line in lines} <= {Fate.STOPPED}
        assert not any(line.sent for line in lines)
        return
    write = delivery.persons["Contact"]
    sends = write.for_create() if new else changed(write, present)
    lines = lines_of(lead, setup, CONTACT, write, Known(sends, {} if new else present, new=new))

    names = [line.remote_field for line in lines]
    assert sorted(names) == sorted({rule.remote_field for rule in (*setup.fields, *setup.qualifiers)})
    told = {line.remote_field: line.sent for line in lines if line.fate.changes or line.fate is Fate.SAME}
    assert told == {name: shown(value, FIELDS[name]) for name, value in sends.items()}
    for line in lines:
        planned = write.for_create().get(line.remote_field)
        if line.fate is Fate.SAME:
            assert same(planned, present[line.remote_field], FIELDS[line.remote_field])
        elif line.fate is Fate.KEPT:
            assert line.remote_field in write.if_blank
            assert line.now != ""
        elif line.fate is Fate.BLANK:
            assert planned is None


def test_what_preview_says_of_25_leads_stands_at_the_vendor_after_the_push(salesforce: World) -> None:
    dice = random.Random(25)
    _shuffle_mapping(salesforce, dice)
    leads = [_somebody(salesforce, number, dice) for number in range(25)]
    for number in range(0, 25, 3):
        salesforce.sandbox.seed("Lead", LastName="Before", Company="Before", Title="Before", Email=_email(number))
    salesforce.sandbox.forget_stats()
    told = {lead.pk: preview_of(integration=salesforce.integration, lead=lead) for lead in leads}
    stats = salesforce.sandbox.stats()
    assert not any(stats["created"].values())
    assert not any(stats["updated"].values())

    salesforce.run()

    assert {SyncRecord.objects.get(lead=lead).state for lead in leads} == {"cleared"}
    there = {str(record["Email"]): record for record in salesforce.at_vendor("Lead")}
    verdicts = [Verdict.CHANGES if number % 3 == 0 else Verdict.CREATES for number in range(25)]
    assert [told[lead.pk].verdict for lead in leads] == verdicts
    for lead in leads:
        assert _untrue(told[lead.pk], there[lead.email]) == []


def test_a_lead_is_chosen_by_name_or_at_random_in_as_many_queries_for_many_leads_as_for_one(
    salesforce: World, client: Client
) -> None:
    client.force_login(salesforce.admin, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("reconciliation:preview", args=["salesforce"])
    salesforce.capture()
    client.get(url)
    with CaptureQueriesContext(connection) as for_one:
        client.get(url, {"q": "ada"})
    with CaptureQueriesContext(connection) as of_one:
        assert "Creates a new Lead" in client.get(url, {"pick": "random"}).content.decode()
    for number in range(6):
        salesforce.capture(f"ada{number}@brightforge.example", last_name=f"Byron {number}")
    with CaptureQueriesContext(connection) as for_many:
        page = client.get(url, {"q": "ada byron"}).content.decode()
    with CaptureQueriesContext(connection) as of_another:
        assert "Creates a new Lead" in client.get(url, {"pick": "random"}).content.decode()

    assert page.partition('id="preview-leads"')[2].count("Ada Byron") == 6
    assert (len(for_many), len(of_another)) == (len(for_one), len(of_one))
    assert "has “nobody” in it" in client.get(url, {"q": "nobody"}).content.decode()


def test_a_lead_that_planning_refuses_is_told_why_with_the_field(salesforce: World, client: Client) -> None:
    client.force_login(salesforce.admin, backend="django.contrib.auth.backends.ModelBackend")
    lead = salesforce.capture(job_title="x" * 200)
    page = client.get(reverse("reconciliation:lead_preview", args=["salesforce", lead.uid])).content.decode()

    assert "Refused before sending." in page
    assert "200 characters" in page
    assert "Field: <b>Job Title</b>" in page
    assert "Stops the lead" in page


def test_it_tells_which_campaigns_are_joined_and_what_is_logged(salesforce: World, client: Client) -> None:
    def told(lead: Lead) -> str:
        page = client.get(reverse("reconciliation:lead_preview", args=["salesforce", lead.uid])).content.decode()
        return " ".join(page.partition('id="preview-follow-h"')[2].partition("</section>")[0].split())

    client.force_login(salesforce.admin, backend="django.contrib.auth.backends.ModelBackend")
    found = campaigns.search(integration=salesforce.integration, query="Automate")[0]
    join = {"integration": salesforce.integration, "campaign": found, "events": [salesforce.event], "threshold": 0}
    joined = campaigns.save_campaign(**join, status=campaigns.Status("Sent"), by=salesforce.admin)
    lead = salesforce.capture()
    log_engagement(lead=lead, kind="call", notes="Asked for a demo.", by=salesforce.admin)

    before = told(lead)
    salesforce.enriched(lead)
    salesforce.run()
    assert salesforce.record(lead).state == "cleared"
    after = told(lead)
    campaigns.save_campaign(**join, status=campaigns.Status("Responded"), mapping=joined, by=salesforce.admin)
    moved = told(lead)

    assert f"Joins {found.name} as <b>Sent</b>." in before
    assert "Logs 1 engagement:" in before
    assert f"Has joined {found.name} as Sent already." in after
    assert "1 engagement is logged already." in after
    assert f"Changes from Sent to <b>Responded</b> in {found.name}." in moved


def _untrue(preview: Preview, record: dict[str, Any]) -> list[str]:
    """Lines that do not agree with what stands at the vendor afterwards."""
    (part,) = preview.parts
    wrong = []
    for line in part.lines:
        stands = shown(record.get(line.remote_field))
        expected = line.sent if line.fate.changes or line.fate is Fate.SAME else line.now
        if stands != expected:
            wrong.append(f"{line.remote_field}: {line.fate} {expected!r}, but {stands!r}")
    return wrong


def _shuffle_mapping(world: World, dice: random.Random) -> None:
    """Another mapping than the default: some rows cleared, some written only if blank."""
    rows = list(FieldMapping.objects.filter(integration=world.integration, object="Lead"))
    for row in rows:
        if row.mobly_field in ("email", "last_name", "company_name"):
            continue
        fate = dice.choice(["clear", "blank", "keep"])
        if fate == "clear":
            clear_field(integration=world.integration, object_name="Lead", source_key=row.mobly_field, by=world.admin)
        elif fate == "blank":
            set_behaviour(
                integration=world.integration,
                object_name="Lead",
                source_key=row.mobly_field,
                behaviour=WriteBehaviour.IF_BLANK,
                by=world.admin,
            )
    set_behaviour(
        integration=world.integration,
        object_name="Lead",
        source_key="last_name",
        behaviour=WriteBehaviour.IF_BLANK,
        by=world.admin,
    )
    world.integration.refresh_from_db()


def _email(number: int) -> str:
    return f"person{number}@brightforge.example"


def _somebody(world: World, number: int, dice: random.Random) -> Lead:
    titles = ["", "Engineer", "VP “Operations” & Søn", "O'Brien; head"]
    person = {"job_title": dice.choice(titles), "first_name": dice.choice(["Zoë", "Ada", ""])}
    person |= {"company_city": dice.choice(["Ulm", ""]), "phone_number": dice.choice(["+49 731 5550142", ""])}
    lead = world.capture(_email(number), last_name=f"Person {number}", **person)
    return Lead.objects.get(pk=lead.pk)
