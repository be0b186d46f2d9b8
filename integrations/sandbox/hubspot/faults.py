"""The switches of the simulated HubSpot account, beside those that every vendor has."""

from dataclasses import dataclass
from typing import Any

from ..faults import FaultRefused, Faults, knob

POLICIES = ("SECONDLY", "TEN_SECONDLY_ROLLING", "DAILY")


@dataclass
class HubSpotFaults(Faults):
    rate_limit_policy: str = knob(
        "TEN_SECONDLY_ROLLING", "Limits", "Policy", "What a forced 429 names: SECONDLY, TEN_SECONDLY_ROLLING or DAILY"
    )
    daily_limit_reached: bool = knob(
        False, "Limits", "Daily limit reached", "Every call answers 429 until switched off"
    )
    real_limits: bool = knob(True, "Limits", "Real limits", "110 calls in 10 seconds, 5 searches a second")
    empty_500: int = knob(0, "Line", "Empty answer", "The next n calls answer 500 without a body")
    account_moving: int = knob(0, "Line", "Account is moving", "The next n calls answer 477 with Retry-After")
    locked: int = knob(0, "Records", "Record locked", "The next n writes answer 423")
    missing_scope: str = knob("", "Access", "Missing scope", "A scope no token has, such as crm.lists.write")
    refresh_revoked: bool = knob(False, "Access", "Refresh tokens revoked", "BAD_REFRESH_TOKEN; access tokens live on")
    required_properties: str = knob(
        "", "Records", "Required by a rule", "Contact properties, comma-separated. From 2026-09 on the API obeys"
    )
    rule_message: str = knob(
        "", "Records", "Validation rule", "Its text. Contact writes of 2026-09 are refused with it"
    )
    company_auto_creation: bool = knob(
        False, "Records", "Create companies", "A new contact brings its company by the domain of its e-mail"
    )

    def _checked(self, name: str, value: Any) -> Any:
        value = super()._checked(name, value)
        if name == "rate_limit_policy" and value not in POLICIES:
            raise FaultRefused(f"“rate_limit_policy” is one of {', '.join(POLICIES)}, not “{value}”.")
        return value
