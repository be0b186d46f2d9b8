"""Connecting an organization to a vendor: out to the vendor's sign-in, back with a code, and away again.

`begin` makes a `ConnectAttempt` and answers where the popup goes; `finish` takes the vendor's answer. The state in
between is random, kept only as a hash, bound to session, user, organization and provider, good for ten minutes and for
one use. `sign_in` connects by a form instead. No transaction is open while a vendor is asked; what is stored is stored
in one.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from integrations import audit, check, limits, schema, waiting
from integrations.contract import WINDOW, Account, AuthorizationRefused, ConnectMethod, Provider, ProviderError, Tokens
from integrations.models import ConnectAttempt, Credential, Integration
from integrations.providers import PROVIDERS, app_of, provider_of
from integrations.signals import account_changed
from integrations.tokens import HeldTokens, give_back, mark_needs_attention, open_client, store, unpacked
from integrations.waiting import GOOD_FOR, pending_account
from leads.models import Organization, User
from mobly_sync.http import Session

__all__ = [
    "ConnectRefused", "Finished", "accept_account", "begin", "decline_account", "disconnect", "finish",
    "mark_needs_attention", "method_of", "open_client", "pending_account", "sign_in", "used_method", "used_values",
]  # fmt: skip

logger = logging.getLogger(__name__)


class ConnectRefused(Exception):
    """Connecting did not work; `sentence` says why and what to do. `provider_key` is empty when it is not known,
    `field` names the input of a form it is about, where it is about one.
    """

    def __init__(self, sentence: str, provider_key: str = "", field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.provider_key = provider_key
        self.field = field


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a sign-in: the integration, and whether the admin must first say yes to another account."""

    integration: Integration
    other_account: bool = False


# --- Out --------------------------------------------------------------------------------------------------------------


def begin(*, organization: Organization, provider_key: str, user: User, session_key: str, method: str = WINDOW) -> str:
    """The address of the vendor's sign-in for this person in this session. `method` is a way without a form.

    Raises `ConnectRefused`.
    """
    provider = provider_of(provider_key)
    way = method_of(provider, method)
    if way is None or way.fields:
        raise ConnectRefused(
            f"{provider.name} has no such sign-in window. Choose one of the ways to connect.", provider.key
        )
    _refuse_a_second(organization, provider)
    state = secrets.token_urlsafe(32)
    asked = provider.authorization(way.app(app_of(provider_key)), redirect_uri=redirect_uri(), state=state)
    ConnectAttempt.objects.create(
        state_hash=_hashed(state),
        session_hash=_hashed(session_key),
        organization=organization,
        provider=provider_key,
        user=user,
        method=way.key,
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
    way = method_of(provider, attempt.method)
    with _answered_by(provider) as session:
        tokens = provider.exchange(
            session,
            way.app(app_of(provider.key)) if way else app_of(provider.key),
            code=code,
            redirect_uri=redirect_uri(),
            code_verifier=str(attempt.code_verifier),
            callback=callback or {},
        )
        account = _account(provider, session, tokens)
    return _taken_or_asked(attempt, provider, tokens, account)


def sign_in(
    *, organization: Organization, provider_key: str, user: User, method: str, values: Mapping[str, str]
) -> Finished:
    """Connect by the form of a method. Raises `ConnectRefused`, with the `field` that was refused.

    As in `finish`, another account than before waits for the admin's answer.
    """
    provider = provider_of(provider_key)
    way = method_of(provider, method)
    if way is None or way.sign_in is None:
        raise ConnectRefused(f"{provider.name} cannot be connected this way.", provider_key)
    _refuse_a_second(organization, provider)
    with _answered_by(provider) as session:
        tokens = way.sign_in(session, app_of(provider_key), values)
        account = _account(provider, session, tokens)
    attempt = waiting.of_form(organization=organization, provider_key=provider_key, user=user, method=method)
    return _taken_or_asked(attempt, provider, tokens, account)


def method_of(provider: Provider, key: str) -> ConnectMethod | None:
    return next((method for method in provider.methods if method.key == key), None)


def used_method(integration: Integration) -> ConnectMethod | None:
    """The way it was connected the last time."""
    provider = provider_of(integration.provider)
    return method_of(provider, integration.connect_method) or method_of(provider, WINDOW)


def used_values(integration: Integration) -> dict[str, str]:
    """What was entered in the form of the used method, without its secrets; one query."""
    method = used_method(integration)
    credential = Credential.objects.filter(integration=integration).first() if method and method.fields else None
    if method is None or credential is None:
        return {}
    kept = unpacked(credential.tokens).extra
    return {field.key: kept[field.key] for field in method.fields if field.kind != "secret" and field.key in kept}


def accept_account(*, organization: Organization, provider_key: str, user: User) -> Integration:
    """Use the other account from now on; who holds remote ids of the old one drops them. Raises `ConnectRefused`."""
    provider = provider_of(provider_key)
    tokens, account, method = _answered(organization, provider, user)
    return _settled(_row(organization, provider), provider, tokens, account, user, method)


def decline_account(*, organization: Organization, provider_key: str, user: User) -> None:
    """Keep the old account and give the new one's access back. Raises `ConnectRefused`."""
    provider = provider_of(provider_key)
    tokens, _, _ = _answered(organization, provider, user)
    give_back(provider, tokens)


# --- Away -------------------------------------------------------------------------------------------------------------


def disconnect(*, integration: Integration, by: User) -> str:
    """Forget the credentials and take our access back at the vendor; mappings, qualifiers and campaigns stay.

    Answers an empty text, or a sentence when the vendor could not be told: the credentials are forgotten all the same.
    """
    provider = provider_of(integration.provider)
    with transaction.atomic(durable=True):
        credential = Credential.objects.select_for_update().filter(integration=integration).first()
        before = _words(Integration.objects.select_for_update().get(pk=integration.pk))
        Integration.objects.filter(pk=integration.pk).update(
            status=Integration.Status.DISCONNECTED, status_reason="", check_result=[], checked_at=None
        )
        Integration.objects.filter(pk=integration.pk).setup_changed()
        _note(integration, by, before, "Disconnected")
        tokens = unpacked(credential.tokens) if credential else None
        if credential:
            credential.delete()
    integration.refresh_from_db()
    logger.info("Integration %s (%s) disconnected by user %s", integration.pk, integration.provider, by.pk)
    return give_back(provider, tokens) if tokens else ""


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
        return "This sign-in was not started here by you in this organization. Open the integration and choose Connect."
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


@contextmanager
def _answered_by(provider: Provider) -> Iterator[Session]:
    """A session to ask the vendor with; what goes wrong in between becomes a `ConnectRefused`."""
    try:
        with Session(allowed_hosts=app_of(provider.key).hosts) as session:
            yield session
    except AuthorizationRefused as error:
        said = f"{provider.name} refused the sign-in: {error.fault.message}"
        # Beside its input the sentence needs no introduction.
        raise ConnectRefused(
            error.fault.message if error.fault.field else said, provider.key, error.fault.field
        ) from error
    except ProviderError as error:
        said = f"{provider.name} did not answer as expected: {error.fault.message} Choose Connect to try again."
        raise ConnectRefused(said, provider.key, error.fault.field) from error


def _account(provider: Provider, session: Session, tokens: Tokens) -> Account:
    return provider.account(provider.client(session, app_of(provider.key), HeldTokens(tokens, provider)))


def _taken_or_asked(attempt: ConnectAttempt, provider: Provider, tokens: Tokens, account: Account) -> Finished:
    """Connect, or let the tokens wait when the account is another one than before."""
    integration = _row(attempt.organization, provider)
    if integration.account_id and integration.account_id != account.id:
        waiting.keep(attempt=attempt, tokens=tokens, account=account)
        return Finished(integration, other_account=True)
    return Finished(_settled(integration, provider, tokens, account, attempt.user, attempt.method))


def _row(organization: Organization, provider: Provider) -> Integration:
    """The organization's row of this provider, made at the first connection."""
    integration, _ = Integration.objects.get_or_create(
        organization=organization, provider=provider.key, defaults={"category": provider.category.value}
    )
    return integration


def _answered(organization: Organization, provider: Provider, user: User) -> tuple[Tokens, Account, str]:
    """Take the waiting tokens out of their attempt, once."""
    taken = waiting.take(organization=organization, provider_key=provider.key, user=user)
    if taken is None:
        sentence = "This question was answered already, or is older than 30 minutes. Choose Connect again."
        raise ConnectRefused(sentence, provider.key)
    return taken


def _settled(
    integration: Integration, provider: Provider, tokens: Tokens, account: Account, user: User, method: str
) -> Integration:
    _store(integration, provider, tokens, account, user, method)
    integration.refresh_from_db()
    _look_around(integration, user)
    return integration


@transaction.atomic
def _store(
    integration: Integration, provider: Provider, tokens: Tokens, account: Account, user: User, method: str
) -> None:
    # Two admins may connect two vendors of one category at the same moment: the organization's row puts them in order.
    organization = Organization.objects.select_for_update().get(pk=integration.organization_id)
    _refuse_a_second(organization, provider)
    row = Integration.objects.select_for_update().get(pk=integration.pk)
    other = bool(row.account_id) and row.account_id != account.id
    before = _words(row)
    # Somebody paused it: new credentials do not undo that, Enable does.
    paused = row.status == Integration.Status.DISABLED
    row.status = Integration.Status.DISABLED if paused else Integration.Status.CONNECTED
    row.status_reason = ""
    row.account_id, row.account_name = account.id, account.name
    row.account_user = account.user
    # It becomes a link on our pages: a web address or nothing.
    row.account_url = account.url if account.url.startswith(("https://", "http://")) else ""
    row.connected_at, row.connected_by, row.connect_method = timezone.now(), user, method
    row.save()
    Integration.objects.filter(pk=row.pk).setup_changed()
    credential = Credential.objects.select_for_update().filter(integration=row).first()
    store(credential or Credential(integration=row, version=0), tokens)
    _note(row, user, before, _connected_words(row, provider, method), other=other)
    if other:
        account_changed.send(sender=Integration, integration=row)
    logger.info("Integration %s (%s) connected by user %s", row.pk, row.provider, user.pk)


def _note(integration: Integration, user: User, before: str, after: str, *, other: bool = False) -> None:
    subject = "Connection, another account" if other else "Connection"
    audit.note(integration=integration, by=user, area=audit.Area.CONNECT, subject=subject, before=before, after=after)


def _words(integration: Integration) -> str:
    """`Needs attention: Halden Robotics (00D…)`. Nothing of the credentials."""
    if integration.connected_at is None:
        return "Never connected"
    if integration.status == Integration.Status.DISCONNECTED:
        return "Disconnected"
    return f"{integration.get_status_display()}: {integration.account_name} ({integration.account_id})"


def _connected_words(integration: Integration, provider: Provider, method: str) -> str:
    way = method_of(provider, method)
    said = [_words(integration), f"as {integration.account_user}" if integration.account_user else ""]
    return ", ".join(filter(None, [*said, f"by {way.label}" if way else "by the sign-in window"]))


def _look_around(integration: Integration, user: User) -> None:
    """Read the schema and run the check. What does not work is a red line of the check, not a failed connection.

    What differs from the fields known before, after another account or a long absence, is written down like a Refresh.
    """
    try:
        schema.refresh(integration=integration, by=user)
    except ProviderError as error:
        check.record_failure(integration=integration, fault=error.fault)
    else:
        check.run(integration=integration)
