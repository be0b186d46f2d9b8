"""The switches of Zoho CRM, on top of those every vendor has. What Zoho's own pages leave open is a switch too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..faults import FaultRefused, Faults, knob

CHOICES: dict[str, tuple[Any, ...]] = {
    "mixed_status": (207, 200),
    "throttle_status": (400, 200),
    "scope_mismatch_status": (401, 403),
    "rate_limit_code": ("TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"),
    "many_matches": ("refuse", "oldest"),
}


@dataclass
class ZohoFaults(Faults):
    """Switches that name fields say them as `Leads.Phone`, records as ids or e-mails, all comma-separated."""

    wrapped_errors: bool = knob(False, "Answers", "Wrapped errors", "Whole-request errors stand inside data[]")
    mixed_status: int = knob(207, "Answers", "Status of a mixed batch", "207 or 200")
    empty_lists_200: bool = knob(False, "Answers", "Empty lists answer 200", "With data [] instead of 204")
    all_errors: bool = knob(False, "Answers", "All errors of a record", "MULTIPLE_OR_MULTI_ERRORS instead of the first")

    company_mandatory: bool = knob(True, "Records", "Company is mandatory", "On Leads, and shown in the metadata")
    layout_mandatory: str = knob("", "Records", "Required by the layout", "For example Leads.Phone. Not in the fields")
    layout_rule: str = knob("", "Records", "Required by a layout rule", "For example Leads.Industry")
    validation_rule: str = knob("", "Records", "Validation rule", "Its text. Refuses records whose field is filled")
    validation_rule_field: str = knob("", "Records", "Validation rule: field", "For example Leads.Industry")
    rules_always: bool = knob(
        False, "Records", "Rules run unasked", "Else only when apply_feature_execution names them"
    )
    locked: str = knob("", "Records", "Locked records", "Ids or e-mails. RECORD_LOCKED")
    in_approval: str = knob("", "Records", "In approval", "Ids or e-mails. NOT_APPROVED")
    in_review: str = knob("", "Records", "In review", "Ids or e-mails. NOT_REVIEWED")
    in_blueprint: str = knob("", "Records", "In a blueprint", "Ids or e-mails. RECORD_IN_BLUEPRINT")
    item_error: int = knob(0, "Records", "Records fail", "The next n records are refused with the code below")
    item_error_code: str = knob("DEPENDENT_SERVICE_ERROR", "Records", "Records fail: code", "Any code of the vendor")
    many_matches: str = knob("refuse", "Records", "Many matches in upsert", "“refuse” or “oldest”")
    upsert_ignores_id: bool = knob(False, "Records", "Upsert ignores id", "Only the check fields match")
    any_member_status: bool = knob(False, "Records", "Any member status", "Statuses outside the list are taken")
    any_option: bool = knob(False, "Records", "Any picklist option", "Values outside the list are taken")
    converted_in_coql: bool = knob(False, "Records", "COQL shows converted leads")

    api_disabled: bool = knob(False, "Access", "API switched off", "403 NO_PERMISSION Crm_Implied_Api_Access")
    no_permission: str = knob("", "Access", "Rights taken away", "For example Leads.create, Contacts.edit, Notes.view")
    record_permission: str = knob("", "Access", "Records not allowed", "Ids or e-mails. AUTHORIZATION_FAILED")
    hidden_modules: str = knob("", "Access", "Hidden modules", "For example Campaigns. INVALID_MODULE")
    missing_scope: str = knob("", "Access", "Missing scope", "A scope no token has, such as ZohoCRM.coql.READ")
    scope_mismatch_status: int = knob(401, "Access", "Status of a scope mismatch", "401 or 403")
    search_needs_scope: bool = knob(False, "Access", "Search needs its scope", "ZohoSearch.securesearch.READ")
    refresh_revoked: bool = knob(False, "Access", "Refresh tokens revoked", "invalid_code; access tokens live on")
    expire_in_calls: int = knob(
        0, "Access", "Tokens expire soon", "All access tokens die with the n-th API call from now"
    )

    token_limits: bool = knob(True, "Limits", "Token limits", "15 access tokens alive, 10 issued in 10 minutes")
    throttle_status: int = knob(400, "Limits", "Status of the token throttle", "400 or 200")
    rate_limit_code: str = knob("TOO_MANY_REQUESTS", "Limits", "Code of a 429", "Or RATE_LIMIT_EXCEEDED")
    daily_credits: int = knob(1_000_000, "Limits", "Credits", "API credits in 24 hours")
    credits_spent: bool = knob(False, "Limits", "Credits spent", "Every call answers 429 until switched off")
    concurrency: int = knob(20, "Limits", "Concurrent calls", "More of them answer 429")
    heavy_concurrency: int = knob(
        10, "Limits", "Concurrent heavy calls", "More than 10 records, search, COQL, composite"
    )

    def _checked(self, name: str, value: Any) -> Any:
        value = super()._checked(name, value)
        allowed = CHOICES.get(name)
        if allowed and value not in allowed:
            words = ", ".join(f"“{choice}”" for choice in allowed)
            raise FaultRefused(f"“{name}” is one of {words}, not “{value}”.")
        return value

    def names(self, switch: str) -> frozenset[str]:
        """The comma-separated names of a switch."""
        return frozenset(part.strip() for part in getattr(self, switch).split(",") if part.strip())
