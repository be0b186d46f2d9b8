"""Sign-ins with another account than before: what the vendor gave waits, encrypted, until the admin says whether to use
it. Who never answers gets its access taken back at the vendor.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from integrations.contract import WINDOW, Account, Tokens
from integrations.models import ConnectAttempt, Integration
from integrations.providers import PROVIDERS
from integrations.tokens import give_back, packed, unpacked
from leads.models import Organization, User

logger = logging.getLogger(__name__)

# How long a sign-in may take at the vendor, and how long its tokens wait for the admin's answer.
GOOD_FOR = timedelta(minutes=10)
ANSWER_WITHIN = timedelta(minutes=30)


def keep(*, attempt: ConnectAttempt, tokens: Tokens, account: Account) -> None:
    """Let what a sign-in gave wait for the admin's answer."""
    ends = tokens.expires_at.isoformat() if tokens.expires_at else ""
    attempt.tokens, attempt.account = {**packed(tokens), "expires_at": ends}, asdict(account)
    attempt.save()


def of_form(*, organization: Organization, provider_key: str, user: User, method: str) -> ConnectAttempt:
    """An attempt, not stored yet, for a sign-in by form: no browser comes back with its state."""
    return ConnectAttempt(
        state_hash=hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
        session_hash="",
        organization=organization,
        provider=provider_key,
        user=user,
        method=method,
        used_at=timezone.now(),
    )


def pending_account(*, organization: Organization, provider_key: str, user: User) -> ConnectAttempt | None:
    """The sign-in with another account that waits for this admin's answer."""
    return (
        ConnectAttempt.objects.filter(
            organization=organization,
            provider=provider_key,
            user=user,
            tokens__isnull=False,
            used_at__gt=timezone.now() - ANSWER_WITHIN,
        )
        .order_by("-used_at")
        .first()
    )


def take(*, organization: Organization, provider_key: str, user: User) -> tuple[Tokens, Account, str] | None:
    """Tokens, account and method of the sign-in that waits, once; None when it was answered or waited too long."""
    with transaction.atomic():
        attempt = pending_account(organization=organization, provider_key=provider_key, user=user)
        locked = ConnectAttempt.objects.select_for_update().filter(pk=attempt.pk).first() if attempt else None
        if locked is None:
            return None
        taken = _tokens_of(locked), Account(**locked.account), locked.method or WINDOW
        locked.delete()
    return taken


def forget_old() -> int:
    """Delete sign-ins that are over, and take back at the vendor what nobody answered; how many were deleted."""
    over = timezone.now() - ANSWER_WITHIN - GOOD_FOR
    with transaction.atomic():
        old = list(ConnectAttempt.objects.select_for_update(skip_locked=True).filter(created_at__lt=over)[:500])
        ConnectAttempt.objects.filter(pk__in=[attempt.pk for attempt in old]).delete()
    for attempt in old:
        if attempt.tokens:
            _take_back(attempt)
    return len(old)


def _take_back(attempt: ConnectAttempt) -> None:
    provider = PROVIDERS.get(attempt.provider)
    # Some vendors give one account the same refresh token again: who uses that account by now keeps it.
    in_use = Integration.objects.active().filter(provider=attempt.provider, account_id=attempt.account.get("id"))
    if provider is None or in_use.exists():
        return
    warning = give_back(provider, _tokens_of(attempt))
    if warning:
        logger.warning("An unanswered sign-in of organization %s: %s", attempt.organization_id, warning)


def _tokens_of(attempt: ConnectAttempt) -> Tokens:
    ends = attempt.tokens.get("expires_at")
    return unpacked(attempt.tokens, datetime.fromisoformat(ends) if ends else None)
