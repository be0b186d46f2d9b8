"""The end of every service that changes what a mapping can see: a new version, and word to whoever carries leads
further."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone

from leads.models import Lead
from leads.signals import lead_changed

# Locked in the order of their ids: two bulk changes of the same leads wait for each other instead of blocking.
_BUMP = """
WITH changed AS (SELECT id FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)
UPDATE leads_lead SET version = version + 1, updated_at = %s FROM changed WHERE leads_lead.id = changed.id
RETURNING leads_lead.id, leads_lead.version
"""


def announce(*, leads: Sequence[Lead], fresh: bool) -> None:
    """Bump `Lead.version` of each and send `lead_changed`, in the caller's transaction.

    `fresh` is True for what a person just did with one lead, False for a bulk change that may wait behind it. The given
    instances carry the new version afterwards. Raises `TransactionManagementError` outside a transaction: the change
    and its announcement stand or fall together.
    """
    if not leads:
        return
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A change is announced in the transaction that makes it.")
    with connection.cursor() as cursor:
        cursor.execute(_BUMP, [sorted({lead.pk for lead in leads}), timezone.now()])
        versions = dict(cursor.fetchall())
    for lead in leads:
        lead.version = versions[lead.pk]
    lead_changed.send(sender=Lead, leads=list({lead.pk: lead for lead in leads}.values()), fresh=fresh)
