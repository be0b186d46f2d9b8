"""The end of every service that changes what a mapping can see: a new version, and word to whoever carries leads
further."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from leads.models import Lead
from leads.signals import lead_changed


def announce(*, leads: Sequence[Lead], fresh: bool) -> None:
    """Bump `Lead.version` of each and send `lead_changed`, in the caller's transaction.

    `fresh` is True for what a person just did with one lead, False for a bulk change that may wait behind it. The given
    instances carry the new version afterwards. Raises `TransactionManagementError` outside a transaction: the change
    and its announcement stand or fall together.
    """
    if not leads:
        return
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A change is announced in the transaction that makes it.")
    ids = sorted({lead.pk for lead in leads})
    # Locked in the order of their ids: two bulk changes of the same leads wait for each other instead of blocking.
    list(Lead.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    Lead.objects.filter(pk__in=ids).update(version=F("version") + 1, updated_at=timezone.now())
    versions = dict(Lead.objects.filter(pk__in=ids).values_list("pk", "version"))
    for lead in leads:
        lead.version = versions[lead.pk]
    lead_changed.send(sender=Lead, leads=list({lead.pk: lead for lead in leads}.values()), fresh=fresh)
