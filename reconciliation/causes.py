"""Every cause with its words, its help and its fix, in one place. `{vendor}`, `{subject}` and `{value}` are filled in.

A sentence says what is, with the value in it; `help` says why it happens and what to do, step by step; `fix` is the
button next to the fault.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from integrations.contract import Cause


class Fix(enum.StrEnum):
    """Where the control that repairs it lives."""

    CONNECT = "connect"
    MAPPING = "mapping"
    QUALIFIERS = "qualifiers"
    CAMPAIGNS = "campaigns"
    LEAD = "lead"
    RETRY = "retry"
    DECIDE = "decide"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Words:
    """`title` when nothing more is known, `about` when the field or rule at fault is (`subject`)."""

    title: str
    about: str
    help: tuple[str, ...]
    fix: Fix
    button: str


WORDS: Mapping[Cause, Words] = {
    Cause.AUTHENTICATION: Words(
        "{vendor} no longer accepts our credentials.",
        "{vendor} no longer accepts our credentials.",
        (
            "The password changed, the app was removed, or the access was revoked in {vendor}.",
            "Click Connect on the Connect tab and approve again. The leads that wait are sent right after.",
        ),
        Fix.CONNECT,
        "Connect again",
    ),
    Cause.RATE_LIMITED: Words(
        "{vendor} asked us to slow down.",
        "{vendor} asked us to slow down.",
        (
            "The account used up the calls {vendor} allows for a while.",
            "Nothing is lost: these leads are sent by themselves as soon as {vendor} allows it.",
        ),
        Fix.WAIT,
        "Retry",
    ),
    Cause.REMOTE_UNAVAILABLE: Words(
        "{vendor} did not answer.",
        "{vendor} did not answer.",
        (
            "{vendor} was down, too slow, or the line broke.",
            "We tried again for a while. Check the status page of {vendor}, then retry.",
        ),
        Fix.RETRY,
        "Retry",
    ),
    Cause.RECORD_LOCKED: Words(
        "The record is locked in {vendor}.",
        "The record is locked in {vendor}.",
        (
            "Somebody else, an approval or an automation of {vendor} holds the record.",
            "Release it there, then retry.",
        ),
        Fix.RETRY,
        "Retry",
    ),
    Cause.PERMISSION: Words(
        "The connected user of {vendor} may not write this.",
        "The connected user of {vendor} may not write “{subject}”.",
        (
            "The user that Mobly acts as lacks a right on the object or the field.",
            "Give it the right in {vendor} (the setup guide on the Connect tab lists them), or clear the mapping of "
            "the field. Then retry.",
        ),
        Fix.CONNECT,
        "Check the connection",
    ),
    Cause.NO_TAG_MAPPING: Words(
        "A qualifier value has no option in {vendor}.",
        "“{value}” of {subject} has no option in {vendor}.",
        (
            "The lead carries a qualifier value that nobody has mapped yet. Nothing of the lead was sent.",
            "Map the value on the Qualifiers tab. The leads that wait for it can then be retried at once.",
        ),
        Fix.QUALIFIERS,
        "Map the value",
    ),
    Cause.MISSING_REMOTE_FIELD: Words(
        "A mapped field is gone from {vendor}.",
        "“{subject}” is mapped to a field that {vendor} no longer takes.",
        (
            "The field was renamed, removed, hidden from the connected user, or became read-only.",
            "Choose another field on the Mapping tab, or clear the row. Then retry.",
        ),
        Fix.MAPPING,
        "Choose another field",
    ),
    Cause.REQUIRED_FIELD_MISSING: Words(
        "A value that {vendor} requires is empty.",
        "{subject} is empty. {vendor} requires it.",
        (
            "{vendor} does not take a new record without this value.",
            "Add the value to the lead, or map a field that always has one.",
        ),
        Fix.MAPPING,
        "Map the field",
    ),
    Cause.DATA_VALUE_VALIDATION: Words(
        "{vendor} does not take a value.",
        "“{value}” does not fit “{subject}” in {vendor}.",
        (
            "The value has the wrong form, is too long, or is not an option of the list.",
            "Correct the value on the lead, or map the field to one that takes it. Then retry.",
        ),
        Fix.LEAD,
        "Correct the value",
    ),
    Cause.DUPLICATE_RECORD: Words(
        "A duplicate rule of {vendor} found an existing record.",
        "A duplicate rule of {vendor} found an existing record.",
        (
            "{vendor} holds a record that its rules take for the same person.",
            "Merge the two in {vendor} or relax the rule, then retry.",
        ),
        Fix.DECIDE,
        "Open the record",
    ),
    Cause.AMBIGUOUS_MATCH: Words(
        "Several records in {vendor} match this person.",
        "Several records of {subject} in {vendor} belong to this person.",
        (
            "More than one record could be the one that is meant, and the Connect tab says to ask.",
            "Choose the one that is meant. Or merge them in {vendor}, or let the oldest one be updated (Connect tab), "
            "then retry.",
        ),
        Fix.CONNECT,
        "Choose what happens",
    ),
    Cause.CAMPAIGN_NOT_FOUND: Words(
        "The campaign is gone or archived in {vendor}.",
        "The campaign “{subject}” is gone or archived in {vendor}.",
        (
            "The person was written; only the membership is missing.",
            "Choose another campaign on the Campaigns tab, or open the campaign again in {vendor}. Then retry.",
        ),
        Fix.CAMPAIGNS,
        "Choose a campaign",
    ),
    Cause.CAMPAIGN_STATUS_INVALID: Words(
        "A member status is not one of the campaign's.",
        "“{value}” is not a member status of {subject}.",
        (
            "The person was written; only the membership is missing.",
            "Choose a status that the campaign has on the Campaigns tab. Then retry.",
        ),
        Fix.CAMPAIGNS,
        "Choose a status",
    ),
    Cause.REMOTE_RULE: Words(
        "A rule in {vendor} said no.",
        "{vendor} said: “{subject}”",
        (
            "A validation rule, trigger or flow that your company runs in {vendor} refused the record. Its own words "
            "are shown.",
            "Correct the lead so that the rule is content, or ask your {vendor} admin about the rule. Then retry.",
        ),
        Fix.LEAD,
        "Correct the lead",
    ),
    Cause.UNCONFIRMED: Words(
        "The line broke while a new record was being sent to {vendor}. It may have arrived.",
        "The line broke while a new record was being sent to {vendor}. It may have arrived.",
        (
            "{vendor} gave no answer, and nothing tells the new record from another.",
            "Look for the person in {vendor}. If it is there, link it; if it is not, send it again.",
        ),
        Fix.DECIDE,
        "Decide",
    ),
    Cause.INTERNAL: Words(
        "Something went wrong on our side.",
        "Something went wrong on our side.",
        (
            "This is our fault, not yours. It has been reported to the operator.",
            "Retry; if it fails again, send us the request id in the details.",
        ),
        Fix.RETRY,
        "Retry",
    ),
}


def headline(cause: str, *, vendor: str, subject: str = "", value: str = "") -> str:
    """The one sentence of a cause, with what is known in it."""
    words = WORDS[Cause(cause)]
    needs_value = "{value}" in words.about
    template = words.about if subject and (value or not needs_value) else words.title
    return _filled(template, vendor=vendor, subject=subject, value=value)


def help_of(cause: str, *, vendor: str) -> list[str]:
    return [_filled(line, vendor=vendor) for line in WORDS[Cause(cause)].help]


def fix_of(cause: str) -> Words:
    return WORDS[Cause(cause)]


def _filled(template: str, **names: str) -> str:
    """Values come from people and vendors and may hold braces: they are put in, never interpreted."""
    text = template
    for name, value in names.items():
        text = text.replace("{" + name + "}", value.replace("{", "\0"))
    return text.replace("\0", "{")
