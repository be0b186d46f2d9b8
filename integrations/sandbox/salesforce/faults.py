"""The switches of Salesforce, on top of those every vendor has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..faults import FaultRefused, Faults, knob

CAMPAIGN_RIGHTS = ("full", "members", "read", "none")
DUPLICATE_RULES = ("", "alert", "block")
SCHEMA_SWITCHES = (
    "hidden_objects",
    "hidden_fields",
    "read_only_fields",
    "no_create",
    "no_edit",
    "campaign_rights",
    "state_country_picklists",
)


@dataclass
class SalesforceFaults(Faults):
    """Switches that name fields say them as `Lead.MobilePhone`, comma-separated."""

    absent = ("search_lag",)  # SOQL reads what was just written

    duplicate_rule: str = knob("", "Records", "Duplicate rule", "“alert” or “block”: a person with a known e-mail")
    assignment_rule: str = knob(
        "", "Records", "Assignment rule", "User name or e-mail: new Leads and Accounts go there"
    )
    validation_rule: str = knob("", "Records", "Validation rule", "Its text. Refuses persons whose field breaks it")
    validation_rule_field: str = knob("", "Records", "Validation rule: field", "For example Phone. Blank: every write")
    validation_rule_pattern: str = knob("", "Records", "Validation rule: pattern", "What a valid value matches")
    row_lock: int = knob(0, "Records", "Row lock", "UNABLE_TO_LOCK_ROW for the next n rows")
    in_approval: str = knob("", "Records", "In approval", "Ids or e-mails whose records are locked")
    trigger_failure: int = knob(
        0, "Records", "Trigger fails", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY for the next n rows"
    )
    trigger_rows: int = knob(0, "Records", "Trigger limit", "More rows than this in one collection fail. 0 is off")
    flow_failure: int = knob(0, "Records", "Flow fails", "CANNOT_EXECUTE_FLOW_TRIGGER for the next n rows")
    storage_full: bool = knob(False, "Records", "Storage full", "STORAGE_LIMIT_EXCEEDED on each create")
    state_country_picklists: bool = knob(False, "Records", "State and country picklists", "Texts must match the lists")
    apex_seconds: float = knob(0.0, "Line", "Apex time", "Seconds that each write takes")

    hidden_fields: str = knob("", "Access", "Fields hidden from the user", "For example Lead.MobilePhone")
    read_only_fields: str = knob("", "Access", "Read-only fields", "For example Lead.Title")
    hidden_objects: str = knob("", "Access", "Objects hidden from the user", "For example Contact")
    no_create: str = knob("", "Access", "Objects the user may not create", "For example Lead")
    no_edit: str = knob("", "Access", "Objects the user may not edit", "For example Contact")
    campaign_rights: str = knob("full", "Access", "Campaign rights", "full, members (written alone), read, none")
    may_not_customize: bool = knob(False, "Access", "User is no administrator", "May make no fields and give no access")
    api_disabled: bool = knob(False, "Access", "API switched off", "403 API_DISABLED_FOR_ORG")
    refresh_revoked: bool = knob(False, "Access", "Refresh token revoked", "400 invalid_grant on each refresh")
    refresh_race: int = knob(0, "Access", "Refresh race", "The next n refreshes are already being processed")
    refresh_rotation: bool = knob(False, "Access", "Refresh token rotation", "Each refresh gives a new one")
    password_flow_off: bool = knob(False, "Access", "Password flow off", "400 unsupported_grant_type")
    soap_login_off: bool = knob(False, "Access", "SOAP login off", "As in orgs made since Winter ’26")
    soap_last_version: float = knob(0.0, "Access", "SOAP login: last version", "Later ones have none. 0 means 64.0")
    mfa_required: bool = knob(False, "Access", "MFA required", "SOAP login asks for a second factor")
    my_domain_only: bool = knob(False, "Access", "My Domain only", "Client credentials work under /my-domain alone")
    run_as: str = knob("", "Access", "Run as", "User name that client credentials act as. Blank: the demo user")
    client_credentials_off: bool = knob(False, "Access", "No client credentials user", "400 invalid_grant")

    daily_limit: int = knob(100_000, "Limits", "Daily limit", "API calls in 24 hours, as the headers say it")
    daily_limit_reached: bool = knob(False, "Limits", "Daily limit reached", "403 REQUEST_LIMIT_EXCEEDED")
    long_call_limit: int = knob(0, "Limits", "Long calls", "The next n calls exceed ConcurrentRequests")

    def _checked(self, name: str, value: Any) -> Any:
        value = super()._checked(name, value)
        for switch, allowed in (("campaign_rights", CAMPAIGN_RIGHTS), ("duplicate_rule", DUPLICATE_RULES)):
            if name == switch and value not in allowed:
                words = ", ".join(f"“{choice}”" for choice in allowed)
                raise FaultRefused(f"“{name}” is one of {words}, not “{value}”.")
        return value

    def names(self, switch: str) -> frozenset[str]:
        """The comma-separated names of a switch."""
        return frozenset(part.strip() for part in getattr(self, switch).split(",") if part.strip())

    def may(self, action: str, object_name: str) -> bool:
        """Whether the user may `create` or `edit` records of the object."""
        if object_name in self.names("no_create" if action == "create" else "no_edit"):
            return False
        if object_name == "Campaign":
            return self.campaign_rights == "full"
        if object_name == "CampaignMember":
            return self.campaign_rights in ("full", "members")
        return True

    def schema_switches(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in SCHEMA_SWITCHES)
