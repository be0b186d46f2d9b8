"""Connecting an organisation to a vendor: out to the vendor's sign-in, back with a code, and away again.

`begin` makes a `ConnectAttempt` and answers where the popup goes; `finish` takes the vendor's answer. The state in
between is random, kept only as a hash, bound to session, user, organisation and provider, good for ten minutes and for
one use. No transaction is open while a vendor is asked; what is stored is stored in one.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from integrations import check, limits, schema
from integrations.contract import Account, AuthorizationRefused, Provider, ProviderError, Tokens
from integrations.models import ConnectAttempt, Credential, Integration
from integrations.providers import PROVIDERS, app_of, provider_of
from integrations.signals import account_changed
from integrations.tokens import HeldTokens, mark_needs_attention, open_client, packed, store, unpacked
from leads.models import Organization, User
from mobly_sync.http import Session

__all__ = [
    "ConnectRefused", "Finished", "accept_account", "begin", "decline_account", "disconnect", "finish",
    "mark_needs_attention", "open_client", "pending_account",
]  # fmt: skip

logger = logging.getLogger(__name__)

GOOD_FOR = timedelta(minutes=10)
# How long the tokens of another account wait for the admin's answer.
ANSWER_WITHIN = timedelta(minutes=30)


class ConnectRefused(Exception):
    """Connecting did not work; `sentence` says why and what to do. `provider_key` is empty when it is not known."""

    def __init__(self, sentence: str, provider_key: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.provider_key = provider_key


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a sign-in: the integration, and whether the admin must first say yes to another account."""

    integration: Integration
    other_account: bool = False


# --- Out --------------------------------------------------------------------------------------------------------------


def begin(*, organization: Organization, provider_key: str, user: User, session_key: str) -> str:
    """The address of the vendor's sign-in for this person in this session. Raises `ConnectRefused`."""
    provider = provider_of(provider_key)
    _refuse_a_second(organization, provider)
    state = secrets.token_urlsafe(32)
    asked = provider.authorization(app_of(provider_key), redirect_uri=redirect_uri(), state=state)
    with transaction.atomic():
        ConnectAttempt.objects.filter(created_at__lt=timezone.now() - ANSWER_WITHIN - GOOD_FOR).delete()
        ConnectAttempt.objects.create(
            state_hash=_hashed(state),
            session_hash=_hashed(session_key),
            organization=organization,
            provider=provider_key,
            user=user,
            code_verifier=asked.code_verifier,
        )
    return asked.url


def redirect_uri() -> str:
    """Where vendors send people back to; the address registered with each of them."""
    return f"{settings.PUBLIC_URL}{reverse('integrations:callback')}"


# --- And back ---------------------------------------------------------------------------------------------------------


def finish(
    *,
    organization: Organization,
    user: User,
    session_key: str,
    state: str,
    code: str = "",
    error: str = "",
    callback: Mapping[str, str] | None = None,
) -> Finished:
    """Take the vendor's answer to the sign-in that `state` belongs to. `callback` is all it said. Raises
    `ConnectRefused`.

    Connects, unless another account than before came back: then nothing changes until `accept_account`.
    """
    attempt = _taken(organization, user, session_key, state)
    provider = provider_of(attempt.provider)
    if error or not code:
        raise ConnectRefused(_denied(provider, error), provider.key)
    _refuse_a_second(organization, provider)
    tokens, account = _identified(provider, attempt, code, callback or {})
    integration = _row(organization, provider)
    if integration.account_id and integration.account_id != account.id:
        attempt.tokens, attempt.account = _kept(tokens), asdict(account)
        attempt.save(update_fields=["tokens", "account"])
        return Finished(integration, other_account=True)
    return Finished(_settled(integration, provider, tokens, account, user))


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


def accept_account(*, organization: Organization, provider_key: str, user: User) -> Integration:
    """Use the other account from now on; who holds remote ids of the old one drops them. Raises `ConnectRefused`."""
    provider = provider_of(provider_key)
    tokens, account = _answered(organization, provider, user)
    return _settled(_row(organization, provider), provider, tokens, account, user)


def decline_account(*, organization: Organization, provider_key: str, user: User) -> None:
    """Keep the old account and give the new one's access back. Raises `ConnectRefused`."""
    provider = provider_of(provider_key)
    tokens, _ = _answered(organization, provider, user)
    _revoke(provider, tokens)


# --- Away -------------------------------------------------------------------------------------------------------------


def disconnect(*, integration: Integration, by: User) -> str:
    """Forget the credentials and take our access back at the vendor; mappings, qualifiers and campaigns stay.

    Answers an empty text, or a sentence when the vendor could not be told: the credentials are forgotten all the same.
    """
    provider = provider_of(integration.provider)
    with transaction.atomic(durable=True):
        credential = Credential.objects.select_for_update().filter(integration=integration).first()
        Integration.objects.filter(pk=integration.pk).update(
            status=Integration.Status.DISCONNECTED, status_reason="", check_result=[], checked_at=None
        )
        Integration.objects.filter(pk=integration.pk).setup_changed()
        tokens = unpacked(credential.tokens) if credential else None
        if credential:
            credential.delete()
    integration.refresh_from_db()
    logger.info("Integration %s (%s) disconnected by user %s", integration.pk, integration.provider, by.pk)
    return _revoke(provider, tokens) if tokens else ""


def _revoke(provider: Provider, tokens: Tokens) -> str:
    if not provider.capabilities.revoke:
        return ""
    app = app_of(provider.key)
    try:
        with Session(allowed_hosts=app.hosts) as session:
            provider.revoke(session, app, tokens)
    except ProviderError as error:
        return (
            f"{provider.name} could not be told: {error.fault.message} "
            f"Take Mobly’s access back in {provider.name} itself."
        )
    return ""


# --- The parts --------------------------------------------------------------------------------------------------------


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _taken(organization: Organization, user: User, session_key: str, state: str) -> ConnectAttempt:
    """The attempt `state` belongs to, used up from now on: one conditional update decides between two callbacks."""
    mine = ConnectAttempt.objects.filter(
        state_hash=_hashed(state), session_hash=_hashed(session_key), organization=organization, user=user
    )
    now = timezone.now()
    if not mine.filter(used_at__isnull=True, created_at__gt=now - GOOD_FOR).update(used_at=now):
        raise ConnectRefused(_why_not_taken(mine.first()), getattr(mine.first(), "provider", ""))
    return mine.get()


def _why_not_taken(attempt: ConnectAttempt | None) -> str:
    if attempt is None:
        return "This sign-in was not started here by you in this organisation. Open the integration and choose Connect."
    if attempt.used_at:
        return "This sign-in was used already. Choose Connect to start a new one."
    return "This sign-in took longer than 10 minutes. Choose Connect to start a new one."


def _denied(provider: Provider, error: str) -> str:
    if error in ("access_denied", "OAUTH_APPROVAL_ERROR_GENERIC"):
        return f"Access was not allowed at {provider.name}, so nothing changed. Choose Connect to try again."
    if error:
        return f"{provider.name} did not complete the sign-in and said “{error[:200]}”. Choose Connect to try again."
    return f"{provider.name} came back without a code, so nothing changed. Choose Connect to try again."


def _refuse_a_second(organization: Organization, provider: Provider) -> None:
    rival = limits.rival(list(organization.integrations.all()), provider.key, provider.category)
    if rival:
        known = PROVIDERS.get(rival.provider)
        sentence = limits.refusal(known.name if known else rival.provider, provider.name, provider.category)
        raise ConnectRefused(sentence, provider.key)


def _identified(
    provider: Provider, attempt: ConnectAttempt, code: str, callback: Mapping[str, str]
) -> tuple[Tokens, Account]:
    """The tokens for a code, and whose they are."""
    app = app_of(provider.key)
    try:
        with Session(allowed_hosts=app.hosts) as session:
            tokens = provider.exchange(
                session,
                app,
                code=code,
                redirect_uri=redirect_uri(),
                code_verifier=str(attempt.code_verifier),
                callback=callback,
            )
            return tokens, provider.account(provider.client(session, app, HeldTokens(tokens, provider)))
    except AuthorizationRefused as error:
        raise ConnectRefused(f"{provider.name} refused the sign-in: {error.fault.message}", provider.key) from error
    except ProviderError as error:
        sentence = f"{provider.name} did not answer as expected: {error.fault.message} Choose Connect to try again."
        raise ConnectRefused(sentence, provider.key) from error


def _row(organization: Organization, provider: Provider) -> Integration:
    """The organisation's row of this provider, made at the first connection."""
    integration, _ = Integration.objects.get_or_create(
        organization=organization, provider=provider.key, defaults={"category": provider.category.value}
    )
    return integration


def _kept(tokens: Tokens) -> dict[str, object]:
    return {**packed(tokens), "expires_at": tokens.expires_at.isoformat() if tokens.expires_at else ""}


def _answered(organization: Organization, provider: Provider, user: User) -> tuple[Tokens, Account]:
    """Take the waiting tokens out of their attempt, once."""
    with transaction.atomic():
        attempt = pending_account(organization=organization, provider_key=provider.key, user=user)
        locked = ConnectAttempt.objects.select_for_update().filter(pk=attempt.pk).first() if attempt else None
        if locked is None:
            sentence = "This question was answered already, or is older than 30 minutes. Choose Connect again."
            raise ConnectRefused(sentence, provider.key)
        ends = locked.tokens.get("expires_at")
        tokens = unpacked(locked.tokens, datetime.fromisoformat(ends) if ends else None)
        account = Account(**locked.account)
        locked.delete()
    return tokens, account


def _settled(integration: Integration, provider: Provider, tokens: Tokens, account: Account, user: User) -> Integration:
    _store(integration, provider, tokens, account, user)
    integration.refresh_from_db()
    _look_around(integration)
    return integration


@transaction.atomic
def _store(integration: Integration, provider: Provider, tokens: Tokens, account: Account, user: User) -> None:
    # Two admins may connect two vendors of one category at the same moment: the organisation's row puts them in order.
    organization = Organization.objects.select_for_update().get(pk=integration.organization_id)
    _refuse_a_second(organization, provider)
    row = Integration.objects.select_for_update().get(pk=integration.pk)
    other = bool(row.account_id) and row.account_id != account.id
    # Somebody paused it: new credentials do not undo that, Enable does.
    paused = row.status == Integration.Status.DISABLED
    row.status = Integration.Status.DISABLED if paused else Integration.Status.CONNECTED
    row.status_reason = ""
    row.account_id, row.account_name = account.id, account.name
    row.account_user = account.user
    # It becomes a link on our pages: a web address or nothing.
    row.account_url = account.url if account.url.startswith(("https://", "http://")) else ""
    row.connected_at, row.connected_by = timezone.now(), user
    row.save()
    Integration.objects.filter(pk=row.pk).setup_changed()
    credential = Credential.objects.select_for_update().filter(integration=row).first()
    store(credential or Credential(integration=row, version=0), tokens)
    if other:
        account_changed.send(sender=Integration, integration=row)
    logger.info("Integration %s (%s) connected by user %s", row.pk, row.provider, user.pk)


def _look_around(integration: Integration) -> None:
    """Read the schema and run the check. What does not work is a red line of the check, not a failed connection."""
    try:
        schema.refresh(integration=integration)
    except ProviderError as error:
        check.record_failure(integration=integration, fault=error.fault)
    else:
        check.run(integration=integration)
