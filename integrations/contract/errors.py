"""How a whole call may fail."""

from __future__ import annotations

from integrations.contract.delivery import Fault


class ProviderError(Exception):
    """A call failed as a whole. `fault` says how; the engine and the screens read only that."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class AuthenticationFailed(ProviderError):
    """The vendor no longer accepts our credentials: the integration pauses, not the lead."""


class Throttled(ProviderError):
    """A quota or rate limit said no; nothing was processed. `fault.wait` in seconds when the vendor tells."""


class Unavailable(ProviderError):
    """Outage, time-out, reset, 5xx. `fault.ambiguous` when the request may have been processed."""


class Refused(ProviderError):
    """The vendor understood and said no to the call itself (permission, unknown object, our own fault)."""


class AuthorizationRefused(ProviderError):
    """Connecting did not work: the person denied it, or the vendor refused our app."""
