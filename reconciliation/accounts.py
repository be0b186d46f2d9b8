"""An integration was connected to another account of its vendor: what we know of the old one means nothing in the
new one.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from integrations.models import Integration
from integrations.signals import account_changed
from reconciliation.models import Effect, RemoteCompany, SyncRecord


def connect() -> None:
    account_changed.connect(_on_account_changed, dispatch_uid="reconciliation.accounts")


def _on_account_changed(sender: Any, *, integration: Integration, **_: Any) -> None:
    """Forget remote ids and what was acknowledged, in the caller's transaction. A worker in flight loses its claim."""
    records = SyncRecord.objects.of(integration)
    RemoteCompany.objects.filter(integration=integration).delete()
    Effect.objects.filter(record__integration=integration).delete()
    records.filter(state=SyncRecord.State.WAITING).update(
        claim_id=None, lease_until=None, due_at=timezone.now(), in_doubt=False
    )
    # Cleared means cleared in the old account; `setup_sent` below the present setup makes the tab offer to send them
    # again.
    records.update(
        remote_object="",
        remote_id="",
        remote_url="",
        remote_company_object="",
        remote_company_id="",
        acknowledged="",
        tried_email=None,
        version_sent=0,
        setup_sent=1,
        in_doubt=False,
        warnings=[],
    )
