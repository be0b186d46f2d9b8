"""Access tokens of a connected integration: read, refreshed by one process at a time, and given up once.

**Single flight.** A refresh locks the credential row in a transaction of its own, reads it again, and asks the vendor
only if nobody stored newer tokens meanwhile. The rotated token is committed before anybody uses it: some vendors retire
the old refresh token with the first use of the new one, and a token that was used but not stored is lost for good. The
lock is held over one HTTP request on purpose, with its own short time-outs: whoever waits for it needs exactly that
answer. The transaction is durable: Django refuses to refresh inside another transaction, whose rollback would throw
the rotated token away.

**Given up once.** A final refusal marks the integration inside that same transaction, so that those who waited for the
lock find the mark instead of asking the vendor again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations import alerts, audit
from integrations.contract import AuthenticationFailed, Cause, Client, Fault, Provider, ProviderError, Tokens
from integrations.models import Credential, Integration
from integrations.providers import app_of, provider_of
from mobly_sync import points
from mobly_sync.http import Exchange, Session

logger = logging.getLogger(__name__)

# A token that ends sooner than this is renewed before it is used.
SPARE = timedelta(seconds=60)
# A refresh holds a row lock: it does not wait as long as other calls. Seconds.
REFRESH_READ_TIMEOUT = 20.0
REFRESH_DEADLINE = 30.0


def open_client(
    integration: Integration,
    *,
    recorder: Callable[[Exchange], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> Client:
    """A client of the vendor for this integration. `recorder` sees every call but those for tokens, `guard` may stop
    each of them before it is sent by raising.
    """
    provider, app = provider_of(integration.provider), app_of(integration.provider)
    session = Session(allowed_hosts=app.hosts, recorder=recorder, guard=guard)
    return provider.client(session, app, StoredTokens(integration, provider))


@transaction.atomic
def mark_needs_attention(*, integration: Integration, reason: str) -> bool:
    """Pause a connected integration because the vendor no longer accepts our credentials; True for the one who did it.

    Says nothing when somebody connected again since `integration` was read: the refusal was for the older credentials.
    """
    marked = Integration.objects.filter(
        pk=integration.pk, status=Integration.Status.CONNECTED, connected_at=integration.connected_at
    ).update(status=Integration.Status.NEEDS_ATTENTION, status_reason=reason)
    if marked:
        audit.note(
            integration=integration,
            by=None,
            area=audit.Area.CONNECT,
            subject="Connection",
            before=Integration.Status.CONNECTED.label,
            after=f"{Integration.Status.NEEDS_ATTENTION.label}: {reason}",
        )
        transaction.on_commit(lambda: alerts.hint_needs_attention(integration.pk))
        logger.warning("Integration %s (%s) needs attention: %s", integration.pk, integration.provider, reason)
    return bool(marked)


def give_back(provider: Provider, tokens: Tokens) -> str:
    """Take our access back at the vendor. Answers an empty text, or a sentence when the vendor could not be told."""
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


class StoredTokens:
    """The contract's `TokenSource` over the `Credential` row."""

    def __init__(self, integration: Integration, provider: Provider) -> None:
        self._integration = integration
        self._provider = provider
        self._held: Tokens | None = None

    def current(self) -> Tokens:
        """Usable tokens, renewed ahead of their end. Raises `AuthenticationFailed`, `Unavailable`, `Throttled`."""
        if self._held is None:
            credential = Credential.objects.filter(integration=self._integration).first()
            if credential is None:
                raise AuthenticationFailed(self._fault("is not connected"))
            self._held = tokens_of(credential)
        if self._held.expires_at and self._held.expires_at - SPARE <= timezone.now():
            return self.renewed(self._held)
        return self._held

    def renewed(self, rejected: Tokens) -> Tokens:
        """Newer tokens than `rejected`, refreshed now or by somebody else. Raises as `current`."""
        refused: AuthenticationFailed | None = None
        with transaction.atomic(durable=True):
            credential = Credential.objects.select_for_update().filter(integration=self._integration).first()
            if credential is None:
                raise AuthenticationFailed(self._fault("is not connected"))
            stored = tokens_of(credential)
            if stored.access_token != rejected.access_token:
                self._held = stored
                return stored
            # Read after the lock: a row joined to the locking query would be as old as the wait for the lock is long.
            integration = Integration.objects.get(pk=credential.integration_id)
            if integration.status == Integration.Status.NEEDS_ATTENTION:
                raise AuthenticationFailed(self._fault("no longer accepts our credentials"))
            try:
                fresh = _merged(stored, self._ask(stored))
                points.reached(points.REFRESHED)
                store(credential, fresh)
            except AuthenticationFailed as final:
                mark_needs_attention(integration=integration, reason=final.fault.message)
                refused = final
        if refused:
            raise refused
        self._held = fresh
        return fresh

    def _ask(self, tokens: Tokens) -> Tokens:
        app = app_of(self._integration.provider)
        with Session(allowed_hosts=app.hosts, read_timeout=REFRESH_READ_TIMEOUT, deadline=REFRESH_DEADLINE) as session:
            return self._provider.refresh(session, app, tokens)

    def _fault(self, what: str) -> Fault:
        return Fault(Cause.AUTHENTICATION, f"{self._provider.name} {what}. Connect it again on its Connect tab.")


class HeldTokens:
    """The contract's `TokenSource` over tokens that are not stored yet: fresh from a sign-in, never refreshed."""

    def __init__(self, tokens: Tokens, provider: Provider) -> None:
        self._tokens = tokens
        self._provider = provider

    def current(self) -> Tokens:
        return self._tokens

    def renewed(self, rejected: Tokens) -> Tokens:
        raise AuthenticationFailed(
            Fault(Cause.AUTHENTICATION, f"{self._provider.name} gave a token and does not accept it. Connect again.")
        )


# --- Between the contract and the column ------------------------------------------------------------------------------


def tokens_of(credential: Credential) -> Tokens:
    return unpacked(credential.tokens, credential.expires_at)


def unpacked(stored: dict[str, Any], expires_at: Any = None) -> Tokens:
    return Tokens(
        access_token=stored["access_token"],
        refresh_token=stored.get("refresh_token", ""),
        expires_at=expires_at,
        api_url=stored.get("api_url", ""),
        scopes=tuple(stored.get("scopes", ())),
        extra=stored.get("extra", {}),
    )


def packed(tokens: Tokens) -> dict[str, Any]:
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "api_url": tokens.api_url,
        "scopes": list(tokens.scopes),
        "extra": dict(tokens.extra),
    }


def store(credential: Credential, tokens: Tokens) -> None:
    credential.tokens = packed(tokens)
    credential.expires_at = tokens.expires_at
    credential.refreshed_at = timezone.now()
    credential.version += 1
    credential.save()


def _merged(before: Tokens, fresh: Tokens) -> Tokens:
    """A vendor that answers a refresh with less than it said at first means: that stays as it was."""
    return replace(
        fresh,
        refresh_token=fresh.refresh_token or before.refresh_token,
        api_url=fresh.api_url or before.api_url,
        scopes=fresh.scopes or before.scopes,
        extra={**before.extra, **fresh.extra},
    )
