"""Our app was taken away at the vendor, and the vendor says so at the callback address (Pipedrive's Marketplace does).

Whoever sends the message is not signed in: what they know of our app's own credentials is the proof, and the provider
checks it. Every integration with that account then needs attention, at once instead of at the next refused call.
"""

from __future__ import annotations

import logging

from integrations.contract import AuthorizationRefused
from integrations.models import Integration
from integrations.providers import PROVIDERS, app_of
from integrations.tokens import mark_needs_attention

logger = logging.getLogger(__name__)


def app_removed(*, authorization: str, body: bytes) -> int:
    """Pause the integrations whose vendor took our app away; answers how many were connected.

    Raises `AuthorizationRefused` when no vendor of ours can have sent this.
    """
    refused: AuthorizationRefused | None = None
    for key, provider in PROVIDERS.items():
        try:
            account = provider.uninstalled(app_of(key), authorization=authorization, body=body)
        except AuthorizationRefused as error:
            refused = error
            continue
        if account:
            return _paused(key, account, f"Mobly was removed in {provider.name}.")
    if refused is None:
        raise AssertionError("No provider reads messages about its app.")
    raise refused


def _paused(key: str, account: str, reason: str) -> int:
    connected = Integration.objects.filter(provider=key, account_id=account)
    paused = sum(mark_needs_attention(integration=integration, reason=reason) for integration in connected)
    logger.info("%s said that account %s removed our app; %s integrations paused", key, account, paused)
    return paused
