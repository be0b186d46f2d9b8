"""The switches of the simulated Pipedrive, beside those that every vendor has."""

from dataclasses import dataclass
from typing import Any

from ..faults import FaultRefused, Faults, knob
from .limits import PLANS, budget_of

CHOICES = {
    "plan": tuple(PLANS),
    "rate_limit_kind": ("burst", "budget"),
    "retired_v1": ("404", "410"),
    "missing_link": ("400", "404"),
    "v1_created": ("recorded", "200", "201"),
}


@dataclass
class PipedriveFaults(Faults):
    plan: str = knob("growth", "Limits", "Plan", "lite, growth, premium or ultimate: sets the burst and the budget")
    seats: int = knob(35, "Limits", "Seats", "The day's budget is 30,000 tokens × plan × seats")
    daily_tokens: int = knob(0, "Limits", "Tokens a day", "Instead of plan × seats. 0 leaves it to them")
    real_limits: bool = knob(True, "Limits", "Real limits", "Burst and search burst per 2 seconds, tokens per day")
    rate_limit_kind: str = knob("burst", "Limits", "Which limit", "What a forced 429 looks like: burst or budget")
    budget_spent: bool = knob(False, "Limits", "Budget spent", "Every call answers 429 until switched off")
    block_after: int = knob(50, "Limits", "Block after", "Refused calls in a minute until the HTML 403. 0 is never")
    html_403: int = knob(0, "Limits", "Cloudflare block", "The next n calls answer 403 with an HTML page")
    html_200: int = knob(0, "Line", "Page instead of JSON", "The next n calls answer 200 with an HTML page")
    without_data: int = knob(0, "Line", "Answer without data", "The next n calls answer 200 without “data”")
    unpaid: bool = knob(False, "Access", "Company not paid", "Every call answers 402 until switched off")
    missing_scope: str = knob("", "Access", "Missing scope", "A scope no token has, such as contacts:full")
    no_permission: int = knob(0, "Access", "No permission", "The next n calls answer 403: not permitted to this user")
    plan_limit: int = knob(0, "Access", "Plan limit reached", "The next n writes answer 403 with feature_capping")
    contact_sync: bool = knob(False, "Records", "Contact Sync", "Persons have job_title, birthday, notes, im, address")
    missing_link: str = knob(
        "400", "Records", "Missing owner or organization", "400 or 404 for a linked id that is gone"
    )
    required_fields: str = knob("", "Records", "Required fields", "Names of custom fields, comma-separated")
    required_binds: bool = knob(False, "Records", "Required binds the API", "Else only the vendor's own screens")
    lax_activity_type: bool = knob(False, "Records", "Any activity type", "An unknown type is taken instead of refused")
    gone: int = knob(0, "Records", "Gone", "The next n reads or writes of one record answer 410")
    retired_v1: str = knob("404", "Records", "Retired v1 paths", "404 or 410")
    v1_created: str = knob("recorded", "Records", "v1 creates answer", "recorded (notes 201, leads 200), 200 or 201")

    @property
    def budget(self) -> int:
        """Tokens of a company a day."""
        return self.daily_tokens or budget_of(self.plan, self.seats)

    def _checked(self, name: str, value: Any) -> Any:
        value = super()._checked(name, value)
        if name in CHOICES and value not in CHOICES[name]:
            raise FaultRefused(f"“{name}” is one of {', '.join(CHOICES[name])}, not “{value}”.")
        return value
