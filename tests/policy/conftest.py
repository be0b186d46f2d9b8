from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import CampaignMapping, Integration, PlanImport
from leads.capture import capture_lead
from leads.events import save_event
from leads.labels import put_label
from leads.models import Member, Organization, Upload, User
from leads.qualifiers import save_qualifier
from reconciliation.models import AlertRule, BulkAction, Repair, SyncAttempt, SyncRecord


@pytest.fixture
def halden(db: Any) -> Organization:
    return Organization.objects.create(name="Halden Robotics", slug="halden-robotics")


@pytest.fixture
def signed_in(db: Any) -> Callable[..., Client]:
    """`signed_in("rep", organization)`: a browser of a member with this role."""

    def sign_in(role: str, organization: Organization) -> Client:
        user = User.objects.create_user(f"{role}@{organization.slug}.example")
        Member.objects.create(organization=organization, user=user, role=role)
        client = Client(raise_request_exception=True)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def stranger(signed_in: Callable[..., Client]) -> Client:
    """The admin of another organization."""
    return signed_in("admin", Organization.objects.create(name="Linden Pack", slug="linden-pack"))


@pytest.fixture
def objects(halden: Organization) -> dict[str, dict[str, Any]]:
    """One of everything that Halden owns, by the first word of the names of its addresses."""
    mara = User.objects.create_user("mara@halden.example")
    member = Member.objects.create(organization=halden, user=mara, role=Member.Role.ADMIN)
    event = save_event(organization=halden, name="Automate Summit 2026", activations=["Booth 412"])
    person = {"first_name": "Priya", "last_name": "Raman", "email": "priya.raman@brightforge.example"}
    lead = capture_lead(organization=halden, person=person, source="badge_scan", event=event, by=mara).lead
    label = put_label(lead=lead, name="Q4 cobots", by=mara)
    qualifier = save_qualifier(organization=halden, by=mara, name="Lead Score", values=["Hot", "Cold"])
    upload = Upload.objects.create(
        organization=halden,
        uploaded_by=mara,
        filename="registrations.csv",
        encoding="utf-8",
        delimiter=",",
        header=["Email"],
    )
    integration = Integration.objects.create(
        organization=halden, provider="salesforce", category="crm", status=Integration.Status.CONNECTED
    )
    campaign = CampaignMapping.objects.create(integration=integration, remote_id="701", kind="campaign", name="Summit")
    campaign.events.add(event)
    now = timezone.now()
    record, _ = SyncRecord.objects.update_or_create(
        organization=halden, integration=integration, lead=lead, defaults={"due_at": now, "changed_at": now}
    )
    attempt = SyncAttempt.objects.create(record=record, started_at=now, ended_at=now, outcome="rejected", version=1)
    repair = Repair.objects.create(
        integration=integration, cause="NO_TAG_MAPPING", done="Hot is mapped.", record_ids=[record.pk], started_at=now
    )
    action = BulkAction.objects.create(integration=integration, kind="retry", choice={}, moment=now, counted=1)
    rule = AlertRule.objects.create(organization=halden, name="Show floor")
    rule.channels.create(kind="email", due_at=now)
    return {
        "alert": {"rule_id": rule.pk},
        "": {"event_id": event.pk, "record_id": record.pk, "attempt_id": attempt.pk, "repair_id": repair.pk}
        | {"action_id": action.pk},
        "lead": {"uid": lead.uid},
        "log": {"uid": lead.uid},
        "push": {"uid": lead.uid},
        "label": {"uid": label.uid},
        "event": {"uid": event.uid},
        "activation": {"uid": event.uid, "pk": event.activations.get().pk},
        "member": {"pk": member.pk},
        "qualifier": {"pk": qualifier.pk, "value_id": qualifier.values.first().pk},
        "campaign": {"pk": campaign.pk},
        "upload": {"uid": upload.uid, "pk": upload.pk},
        "plan": {"uid": PlanImport.objects.create(integration=integration, uploaded_by=mara, filename="p.xlsx").uid},
    }
