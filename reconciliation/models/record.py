from __future__ import annotations

from django.db import models
from django.db.models import Q

from integrations.contract import Cause
from integrations.models import Integration
from leads.models import Lead, Organization
from reconciliation.records import SyncRecordQuerySet

CAUSES = [(cause.value, cause.value) for cause in Cause]


class SyncRecord(models.Model):
    """What became of one lead at one integration. One row for ever; `reconciliation.engine` is the only writer of
    states.

    Waiting (Pre-Sync) means: something is to be sent. Why it still waits (frozen, paused, enriching, retrying at a
    time) follows from the integration, the lead and `due_at` and is not stored twice.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Pre-Sync"
        FAILED = "failed", "Failed"
        CLEARED = "cleared", "Cleared"

    class Priority(models.IntegerChoices):
        PUSHED = 0, "Pushed by a person"
        FRESH = 1, "Just captured or edited"
        BULK = 2, "Backfill"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="sync_records")
    integration = models.ForeignKey(Integration, models.CASCADE, related_name="sync_records")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="sync_records")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)

    # -- what is due
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.FRESH)
    due_at = models.DateTimeField(null=True, blank=True, help_text="Not before this; set exactly while waiting.")
    pushed = models.BooleanField(default=False, help_text="A person pushed it: it goes although the mode is Manual.")
    occasion = models.CharField(
        max_length=200, blank=True, help_text="Why the present send was asked for, where it was no ordinary push."
    )
    forced = models.BooleanField(default=False, help_text="Send even if nothing changed since the vendor acknowledged.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Tries of the present send that used up budget.")
    version_sent = models.PositiveIntegerField(default=0, help_text="Lead.version that the vendor acknowledged.")

    setup_sent = models.PositiveIntegerField(default=0, help_text="Integration.setup_version that was sent.")

    # -- who works on it
    claim_id = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    # -- what stands at the vendor
    remote_object = models.CharField(max_length=100, blank=True)
    remote_id = models.CharField(max_length=100, blank=True)
    remote_url = models.URLField(max_length=500, blank=True)
    remote_company_object = models.CharField(max_length=100, blank=True)
    remote_company_id = models.CharField(max_length=100, blank=True)
    acknowledged = models.CharField(
        max_length=64, blank=True, help_text="Hash of the payload the vendor acknowledged, never of one attempted."
    )
    tried_email = models.TextField(
        null=True,
        blank=True,
        help_text="The e-mail the last send looked by, noted before it left; none: nothing ever left.",
    )
    in_doubt = models.BooleanField(
        default=False, help_text="The last write ended without an answer: look before creating."
    )

    # -- what went wrong (while failed, and while retrying)
    cause = models.CharField(max_length=30, choices=CAUSES, blank=True)
    refused_by_us = models.BooleanField(default=False, help_text="Refused before sending, not rejected by the vendor.")
    message = models.TextField(blank=True, help_text="The vendor's own words, or ours.")
    subject = models.CharField(
        max_length=200,
        blank=True,
        help_text="The field or qualifier at fault, by its label: what a group is grouped by.",
    )
    remote_field = models.CharField(max_length=200, blank=True)
    value = models.TextField(blank=True, help_text="The lead's value in it.")
    code = models.CharField(max_length=100, blank=True, help_text="The vendor's code.")
    request_id = models.CharField(max_length=100, blank=True)
    collides_with = models.JSONField(
        default=list, blank=True, help_text="[{object, id, url}]: the duplicate, or the candidates."
    )
    warnings = models.JSONField(default=list, blank=True)

    dismissed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(help_text="When the state last changed.")
    cleared_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SyncRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "integration"], name="one_record_per_lead_and_integration"),
            models.CheckConstraint(
                condition=(Q(state="waiting") & Q(due_at__isnull=False))
                | (~Q(state="waiting") & Q(due_at__isnull=True)),
                name="due_exactly_while_waiting",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(cause=""), name="a_failure_has_a_cause"),
            models.CheckConstraint(condition=~Q(state="cleared") | Q(cause=""), name="cleared_has_no_cause"),
            models.CheckConstraint(
                condition=Q(claim_id__isnull=True, lease_until__isnull=True)
                | Q(claim_id__isnull=False, lease_until__isnull=False, state="waiting"),
                name="only_waiting_records_are_claimed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["integration", "priority", "due_at", "id"], condition=Q(state="waiting"), name="record_due"
            ),
            # A Manual integration may have a million frozen ones and three that a person pushed.
            models.Index(
                fields=["integration", "priority", "due_at", "id"],
                condition=Q(state="waiting", pushed=True),
                name="record_pushed",
            ),
            models.Index(
                fields=["integration", "state", "-changed_at", "-id"],
                condition=Q(dismissed_at__isnull=True),
                name="record_list",
            ),
            models.Index(fields=["lease_until"], condition=Q(claim_id__isnull=False), name="record_in_flight"),
            # A cause is chosen, or a cause and what is at fault: both are read newest first.
            models.Index(
                fields=["integration", "state", "cause", "-changed_at", "-id"],
                condition=Q(dismissed_at__isnull=True) & ~Q(cause=""),
                name="record_of_cause",
            ),
            models.Index(
                fields=["integration", "state", "cause", "subject", "-changed_at", "-id"],
                condition=Q(dismissed_at__isnull=True) & ~Q(cause=""),
                name="record_of_group",
            ),
            # The same cause and subject at another remote field, or refused by the other side, is a group of its own.
            models.Index(
                fields=[
                    "integration",
                    "state",
                    "cause",
                    "subject",
                    "remote_field",
                    "refused_by_us",
                    "-changed_at",
                    "-id",
                ],
                condition=Q(dismissed_at__isnull=True) & ~Q(cause=""),
                name="record_of_one_group",
            ),
            models.Index(
                fields=["integration", "setup_sent"],
                condition=Q(state="cleared", dismissed_at__isnull=True),
                name="record_sent_with",
            ),
            models.Index(fields=["organization", "state"], name="record_of_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.lead} at {self.integration}"


class Effect(models.Model):
    """A part of a delivery that must happen once at the vendor: a membership, an engagement, the record of a further
    object. Done when the row is there.
    """

    class Kind(models.TextChoices):
        MEMBERSHIP = "membership", "Campaign membership"
        ENGAGEMENT = "engagement", "Engagement"
        FURTHER = "further", "Record of a further object"

    record = models.ForeignKey(SyncRecord, models.CASCADE, related_name="effects")
    kind = models.CharField(max_length=12, choices=Kind)
    key = models.CharField(
        max_length=150,
        help_text="Membership: kind:campaign id, with the status. Engagement: its uid. Further object: its name, with "
        "the hash acknowledged as status.",
    )
    status = models.CharField(max_length=100, blank=True)
    remote_id = models.CharField(max_length=100, blank=True)
    done_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "kind", "key"], name="an_effect_happens_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
