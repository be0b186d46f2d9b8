"""A show floor in the middle of the day: leads in every state, awkward names, a file under review."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import campaigns, mapping
from integrations.models import CampaignMapping, Integration, PlanImport
from leads.capture import capture_lead
from leads.engagements import log_engagement
from leads.labels import put_label
from leads.models import Event, Lead, Member, Organization, Qualifier, Upload, User
from reconciliation.models import AlertChannel, AlertRule, BulkAction, Repair, SyncAttempt, SyncRecord
from tests.browser.visitor import at_rest, connected
from tests.policy.addresses import Address, addresses
from tests.vendors import SandboxVendor
from tests.workers import wait_for

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 2
LIST = "first name,surname,email\nAna,Lopes,ana@x.example\nKarl,Adler,k.adler@isarwerk\n,,\n"
PLAN = (
    "Object,Mobly field,CRM field,Write\nLead,Job Title,(clear),\nLead,Email,No__c,\nLead,First Name,,Write if Blank\n"
)


@dataclass
class Lively:
    """One organization at Salesforce, with one of everything."""

    organization: Organization
    mara: User
    integration: Integration
    sandbox: SandboxVendor
    objects: dict[str, dict[str, Any]]

    def screens(self) -> Iterator[str]:
        """The paths of all our addresses that answer a whole page to the Admin."""
        client = signed_in(self.mara)
        for address in addresses():
            for provider in ("salesforce", "hubspot") if "provider" in address.blanks else ("",):
                path = _path(address, self.objects, provider)
                answer = client.get(path)
                html = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
                if html and answer.content.lstrip().lower().startswith(b"<!doctype html"):
                    yield path


def _path(address: Address, objects: dict[str, dict[str, Any]], provider: str) -> str:
    return address.url({**objects, "": {**objects[""], **({"provider": provider} if provider else {})}})


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def build(
    sandbox: SandboxVendor, organization: Organization, mara: User, event: Event, lead_score: Qualifier
) -> Lively:
    """Needs a worker. Afterwards one lead is cleared, three failed for two causes, one waits for Salesforce to rest."""
    sandbox.add_recommended_fields()
    sandbox.seed("Campaign", Name="Automate Summit 2026 visitors", IsActive=True)
    integration = connected(sandbox, organization=organization, admin=mara)
    mapping.map_field(
        integration=integration,
        object_name="Lead",
        source_key=f"qualifier:{lead_score.pk}",
        remote_field="Rating",
        by=mara,
    )
    campaign = campaigns.save_campaign(
        integration=integration,
        campaign=campaigns.search(integration=integration, query="visitors")[0],
        events=[event],
        threshold=0,
        by=mara,
    )
    leads = _leads(organization, mara, event, lead_score)
    wait_for(lambda: SyncRecord.objects.cleared().count() == 1, "one lead to be cleared")
    wait_for(lambda: SyncRecord.objects.failed().count() == 3, "three leads to fail")
    wait_for(at_rest, "the worker to come to rest")
    sandbox.faults(rate_limit_next=1, rate_limit_retry_after=600)
    _scan(organization, mara, event, "Rui", "rui@x.example")
    wait_for(lambda: SyncRecord.objects.filter(cause="RATE_LIMITED").exists(), "Salesforce to ask for a pause")
    return Lively(organization, mara, integration, sandbox, _objects(organization, mara, leads, campaign, event))


def _scan(organization: Organization, by: User, event: Event, name: str, email: str, **more: Any) -> Lead:
    answers = more.pop("answers", None)
    person = {"first_name": name, "last_name": "Lopes", "email": email, "company_name": "Fabrica", **more}
    said: dict[str, Any] = {"source": "badge_scan", "event": event, "by": by, "answers": answers}
    return capture_lead(organization=organization, person=person, **said).lead


def _leads(organization: Organization, mara: User, event: Event, lead_score: Qualifier) -> list[Lead]:
    values = {value.label: value.pk for value in lead_score.values.all()}
    hot = {"answers": {lead_score.pk: [values["Hot"]]}}
    sent = _scan(organization, mara, event, "Ana", "ana@x.example", job_title="Head of Packing")
    log_engagement(lead=sent, kind="note", notes=f"Wants a quote. {LONG}", by=mara)
    put_label(lead=sent, name="Q4 cobots", by=mara)
    return [
        sent,
        _scan(organization, mara, event, "Karl", "karl@x.example", **hot),
        _scan(organization, mara, event, "Wei", "wei@x.example", **hot),
        _scan(
            organization, mara, event, LONG * 2, f"{LONG.lower()[:60]}@{LONG.lower()[:60]}.example", company_name=LONG
        ),
    ]


def _objects(
    organization: Organization, mara: User, leads: list[Lead], campaign: CampaignMapping, event: Event
) -> dict[str, dict[str, Any]]:
    client = signed_in(mara)
    client.post(reverse("leads:upload_new"), {"file": SimpleUploadedFile("attendees.csv", LIST.encode())})
    upload = Upload.objects.get()
    record = SyncRecord.objects.failed().first()
    attempt = SyncAttempt.objects.first()
    assert record is not None
    assert attempt is not None
    repair = Repair.objects.create(
        integration=record.integration,
        cause=record.cause,
        subject=record.subject,
        done="“Hot” goes to “Hot”.",
        record_ids=[*SyncRecord.objects.values_list("pk", flat=True)],
        origin="cause=NO_TAG_MAPPING&subject=Lead+Score",
        started_at=record.changed_at,
    )
    label = organization.labels.get()
    qualifier = organization.qualifiers.get()
    member = Member.objects.get(user=mara)
    client.post(reverse("integrations:plan", args=["salesforce"]), {"file": SimpleUploadedFile("p.csv", PLAN.encode())})
    plan = PlanImport.objects.get()
    then = record.changed_at
    action = BulkAction.objects.create(
        integration=record.integration, kind="retry", choice={}, moment=then, counted=1, ended_at=then
    )
    return {
        "": {"event_id": event.pk, "record_id": record.pk, "attempt_id": attempt.pk, "repair_id": repair.pk}
        | {"action_id": action.pk},
        "lead": {"uid": leads[0].uid},
        "log": {"uid": leads[0].uid},
        "push": {"uid": leads[0].uid},
        "label": {"uid": label.uid},
        "event": {"uid": event.uid},
        "activation": {"uid": event.uid, "pk": event.activations.all()[0].pk},
        "member": {"pk": member.pk},
        "qualifier": {"pk": qualifier.pk, "value_id": qualifier.values.all()[0].pk},
        "campaign": {"pk": campaign.pk},
        "upload": {"uid": upload.uid, "pk": upload.pk},
        "plan": {"uid": plan.uid},
        "alert": {"rule_id": _an_alert_that_does_not_arrive(organization).pk},
    }


def _an_alert_that_does_not_arrive(organization: Organization) -> AlertRule:
    now = timezone.now()
    rule = AlertRule.objects.create(organization=organization, name=LONG)
    said = {"sent_at": now, "sent_title": "42 leads failed in Salesforce", "sent_text": f"42 leads failed.\n{LONG}\n"}
    fault = {"problem": "Slack no longer knows this webhook.", "problem_since": now, "gave_up": True}
    for kind, more in (("email", said), ("slack", {"webhook": f"https://{LONG}.example/hooks/{LONG}", **fault})):
        AlertChannel.objects.create(rule=rule, kind=kind, due_at=now + timedelta(days=1), **more)
    return rule
