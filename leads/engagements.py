"""Logging an interaction with a lead: a note, a call, an e-mail, a text, a social touch, a calendar invite."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from leads.changes import announce
from leads.identity import MAX_LENGTH
from leads.models import Engagement, Lead, User


class EngagementRefused(Exception):
    """The engagement cannot be logged like this; `field` is the Engagement field at fault."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@transaction.atomic
def log_engagement(
    *,
    lead: Lead,
    kind: str,
    notes: str = "",
    happened_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: User | None,
) -> Engagement:
    """Log one interaction; without `happened_at` it happened now. Raises `EngagementRefused`."""
    notes = notes.replace("\x00", "").strip()
    happened_at = happened_at or timezone.now()
    _check(kind, notes, happened_at, ends_at)
    engagement = Engagement.objects.create(
        organization_id=lead.organization_id,
        lead=lead,
        kind=kind,
        notes=notes,
        happened_at=happened_at,
        ends_at=ends_at,
        logged_by=by,
    )
    announce(leads=[lead], fresh=True)
    return engagement


def _check(kind: str, notes: str, happened_at: datetime, ends_at: datetime | None) -> None:
    if kind not in Engagement.Kind.values:
        raise EngagementRefused("kind", f"“{kind}” is no kind of engagement.")
    if kind == Engagement.Kind.NOTE and not notes:
        raise EngagementRefused("notes", "The note is empty.")
    if len(notes) > MAX_LENGTH:
        raise EngagementRefused("notes", f"The notes have {len(notes):,} characters; {MAX_LENGTH:,} is the most.")
    if ends_at is not None and ends_at < happened_at:
        raise EngagementRefused("ends_at", "It ends before it starts.")
