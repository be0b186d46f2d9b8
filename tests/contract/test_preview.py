"""Preview on the Mapping tab: true, read only, and the test that sends exactly one lead; for every CRM."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from integrations.contract import WriteBehaviour
from integrations.mapping import set_behaviour
from leads.capture import edit_lead
from leads.models import Lead
from reconciliation.lines import Fate
from reconciliation.models import SyncRecord
from reconciliation.preview import Preview, Verdict, preview_of
from tests.contract.conftest import Crm


def test_preview_of_a_new_and_of_a_changed_lead_is_what_is_then_sent_and_writes_nothing(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    shown = previewed(crm, lead)
    assert shown.verdict is Verdict.CREATES
    crm.cleared(lead)
    holds(crm, shown, lead)

    lead = edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin)
    shown = previewed(crm, lead)
    assert shown.verdict is Verdict.CHANGES
    assert {line.source: (line.sent, line.now) for line in shown.parts[0].lines if line.fate is Fate.UPDATE} == {
        "Job Title": ("CTO", "Engineer")
    }
    crm.cleared(lead)
    holds(crm, shown, lead)
    assert previewed(crm, lead).verdict is Verdict.NOTHING


def test_a_value_that_is_written_only_if_blank_is_said_not_to_be_written(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    set_behaviour(
        integration=crm.integration,
        object_name=crm.persona,
        source_key="job_title",
        behaviour=WriteBehaviour.IF_BLANK,
        by=crm.admin,
    )
    lead = edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin)
    shown = previewed(crm, lead)
    (line,) = [line for line in shown.parts[0].lines if line.source == "Job Title"]
    assert (line.fate, line.captured, line.sent, line.now) == (Fate.KEPT, "CTO", "", "Engineer")

    crm.cleared(lead)
    assert crm.vendor.shown(crm.one(lead).values[crm.vendor.job_title]) == "Engineer"


def test_a_vendor_that_is_away_is_told_and_the_rest_is_shown(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    lead = edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin)
    crm.vendor.faults(server_error=99)
    shown = preview_of(integration=crm.integration, lead=lead)

    assert shown.verdict is Verdict.UNKNOWN
    assert crm.vendor.label in shown.unreachable
    assert ("Job Title", "CTO", "CTO", Fate.SENT) in [
        (line.source, line.captured, line.sent, line.fate) for line in shown.parts[0].lines
    ]


def test_the_test_sends_exactly_one_lead_and_its_story_says_so(crm: Crm, client: Client) -> None:
    lead, other = crm.capture(), crm.capture("bea@brightforge.example", last_name="Bright")
    SyncRecord.objects.update(due_at="2099-01-01T00:00:00Z")
    client.force_login(crm.admin, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("reconciliation:lead_preview", args=[crm.vendor.name, lead.uid]))
    assert "Creates a new" in page.content.decode()

    url = reverse("reconciliation:lead_test", args=[crm.vendor.name, lead.uid])
    assert "Queued" in client.post(url, HTTP_HX_REQUEST="true").content.decode()
    crm.run()

    assert [person.last_name for person in crm.vendor.persons() if person.last_name in ("Lovelace", "Bright")] == [
        "Lovelace"
    ]
    result = reverse("reconciliation:lead_test_result", args=[crm.vendor.name, lead.uid])
    told = client.get(result, HTTP_HX_REQUEST="true").content.decode()
    assert crm.record(lead).remote_url.replace("&", "&amp;") in told
    assert crm.record(lead).attempts.get().occasion == f"Test from the Mapping tab by {crm.admin}"
    assert crm.record(lead).occasion == ""
    assert crm.record(other).attempts.count() == 0


def previewed(crm: Crm, lead: Lead) -> Preview:
    """The preview, after a look at the vendor's books: nothing was written, there or here."""
    before, records = _books(crm), list(SyncRecord.objects.values())
    shown = preview_of(integration=crm.integration, lead=Lead.objects.get(pk=lead.pk))
    assert (_books(crm), list(SyncRecord.objects.values())) == (before, records)
    assert shown.unreachable == ""
    return shown


def holds(crm: Crm, shown: Preview, lead: Lead) -> None:
    """Every value that Preview said would be sent stands at the vendor now, as Preview reads it."""
    again = previewed(crm, lead)
    now = {(part.object, line.remote_field): line.now for part in again.parts for line in part.lines}
    for part in shown.parts:
        for line in part.lines:
            if line.fate.changes or line.fate is Fate.SAME:
                assert now[part.object, line.remote_field] == line.sent, f"{line.source}: {line}"


def _books(crm: Crm) -> Any:
    stats = crm.vendor.stats()
    return stats["created"], stats["updated"]
