"""What an admin chooses on the Connect tab, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.contract import Choice, Role, Setting

LEADS, CONTACTS, ACCOUNTS = "Leads", "Contacts", "Accounts"
PEOPLE = (LEADS, CONTACTS)

PLACE, AS_LEADS, AS_CONTACTS = "people", "leads", "contacts"
SEVERAL_MATCHES, OLDEST, ASK = "several_matches", "oldest", "ask"
OWNER, BY_CRM, BY_REP = "owner", "crm", "rep"
RULES, UNASKED, HELD = "rules", "unasked", "held"
# What Zoho calls the rules of an organization that the API passes over unless they are named.
NAMED_RULES = ("layout_rules", "criteria_validation_rule")

SETTINGS: tuple[Setting, ...] = (
    Setting(
        PLACE,
        "Where people go",
        "The module of Zoho CRM that is searched, and written to.",
        (
            Choice(
                AS_LEADS,
                "Leads",
                "The company is a field of the lead. A lead that was converted goes on as its contact.",
            ),
            Choice(
                AS_CONTACTS,
                "Contacts with Accounts",
                "Each person is a contact of the account with the company's name.",
            ),
        ),
    ),
    Setting(
        SEVERAL_MATCHES,
        "When several records match",
        "Zoho CRM can have several records with the same e-mail or account name.",
        (
            Choice(OLDEST, "Use the oldest one", "The lead goes through with a warning."),
            Choice(ASK, "Ask me", "The lead waits under Failed until somebody chooses the record."),
        ),
    ),
    Setting(
        OWNER,
        "Record owner",
        "Who owns a new record. Records that exist keep their owner.",
        (
            Choice(BY_CRM, "CRM default", "The connected user, or whoever your assignment rules say."),
            Choice(
                BY_REP,
                "The rep who captured the lead",
                "Where a user of Zoho CRM has the rep's e-mail. Costs one more call for every 50 leads.",
            ),
        ),
    ),
    Setting(
        RULES,
        "Layout and validation rules",
        "Zoho CRM does not hold what comes over its API to these rules by itself.",
        (
            Choice(UNASKED, "As Zoho CRM does by itself", "Leads go through although a rule would stop a person."),
            Choice(HELD, "Hold Mobly to them", "A lead that breaks a rule waits under Failed with the rule's text."),
        ),
    ),
)


def persons_of(options: Mapping[str, str]) -> tuple[str, ...]:
    """The modules a person may stand in, the one new people go to first."""
    return (CONTACTS,) if options.get(PLACE) == AS_CONTACTS else PEOPLE


def object_names(options: Mapping[str, str]) -> list[tuple[str, Role]]:
    """The modules of the Mapping tab. Contacts stand beside Leads for the leads that were converted."""
    persons = [(name, Role.PERSONA) for name in persons_of(options)]
    return [*persons, (ACCOUNTS, Role.COMPANY)] if with_accounts(options) else persons


def asked_rules(options: Mapping[str, str]) -> dict[str, Any]:
    """What stands in the body of a write beside its records."""
    named = NAMED_RULES if options.get(RULES) == HELD else ()
    return {"apply_feature_execution": [{"name": name} for name in named]} if named else {}


def with_accounts(options: Mapping[str, str]) -> bool:
    return options.get(PLACE) == AS_CONTACTS
