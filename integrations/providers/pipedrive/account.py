"""Who is connected, and whether it can do what we need: the connection check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.contract import Account, Check, Refused
from integrations.providers.pipedrive import schema
from integrations.providers.pipedrive.client import V1, Client
from integrations.providers.pipedrive.schema import LABELS, OBJECTS

# What each part of the work needs, and what a person calls it.
NEEDED = (
    ("contacts:full", "Persons, organizations and notes"),
    ("activities:full", "Activities"),
    ("search:read", "Search"),
    ("users:read", "Users"),
    ("contact-fields:full", "Fields: can be created"),
)
REGISTERED = (
    "Ask whoever runs Mobly to add this scope to the app in Pipedrive’s Developer Hub, then choose Connect again."
)


def account(client: Client) -> Account:
    """Raises `AuthenticationFailed`, `Throttled`, `Unavailable`, `Refused`."""
    me = client.get(f"{V1}/users/me").record
    company = str(me.get("company_id") or "")
    return Account(
        id=company,
        name=str(me.get("company_name") or f"Pipedrive company {company}"),
        user=str(me.get("email") or me.get("name") or ""),
        url=client.fresh_tokens().api_url,
        kind=str(me.get("company_domain") or ""),
    )


def check(client: Client, mapped: Mapping[str, Sequence[str]]) -> list[Check]:
    """The lines of the connection check, the account first."""
    who = account(client)
    lines = [
        Check("Signed in", True, f"{who.user} at {who.name}, company {who.id}."),
        Check("API version", True, f"{client.app.api_version}; v1 for notes, activity types and users."),
    ]
    if client.usage is not None:
        used, allowed = client.usage
        left = allowed - used
        fix = "" if left > 0 else "The budget is renewed at midnight. A larger plan or a top-up makes it larger."
        lines.append(Check("API tokens left today", left > 0, f"{left:,} of {allowed:,} of your company.", fix))
    scopes = client.tokens.current().scopes
    for scope, title in NEEDED:
        ok = not scopes or scope in scopes
        lines.append(Check(title, ok, "" if ok else f"Not granted: {scope}.", "" if ok else REGISTERED))
    for name, _ in OBJECTS:
        lines += _object(client, name, mapped.get(name, ()), scopes)
    return lines


def _object(client: Client, name: str, mapped: Sequence[str], scopes: Sequence[str]) -> list[Check]:
    plural = LABELS[name][1]
    full = not scopes or schema.CONTACTS_SCOPE in scopes
    lines = [_readable(client, name)]
    for verb in ("create", "edit"):
        detail = "" if full else f"Not granted: {schema.CONTACTS_SCOPE}."
        lines.append(Check(f"{plural}: can {verb}", full, detail, "" if full else REGISTERED))
    try:
        rows = schema.definitions(client, name, fresh=True)
    except Refused as refused:
        fix = "Ask a Pipedrive admin for the right to see these fields, then run the check again."
        return [*lines, Check(f"{plural}: fields can be read", False, refused.fault.message, fix)]
    return [*lines, _mapped(plural, name, rows, mapped)] if mapped else lines


def _readable(client: Client, name: str) -> Check:
    plural = LABELS[name][1]
    try:
        client.get(f"{client.v2}/{name}", {"limit": 1}, gives="list")
    except Refused as refused:
        fix = f"Ask a Pipedrive admin for the right to see {plural.lower()}, or connect with a user who has it."
        return Check(f"{plural}: can read", False, refused.fault.message, fix)
    return Check(f"{plural}: can read", True)


def _mapped(plural: str, kind: str, rows: Mapping[str, dict[str, Any]], mapped: Sequence[str]) -> Check:
    parts = {schema.EMAILS_HOME: schema.EMAILS, schema.PHONES_OTHER: schema.PHONES}
    whole = {name: rows.get(parts.get(name, name)) for name in mapped}
    gone = [name for name, row in whole.items() if row is None]
    kept = [
        name for name, row in whole.items() if row is not None and name != schema.OWNER and not _takes(kind, name, row)
    ]
    if not gone and not kept:
        return Check(f"{plural}: mapped fields", True, f"All {len(mapped)} can be written.")
    told = [f"No longer in Pipedrive: {', '.join(gone)}."] if gone else []
    told += [f"Read-only in Pipedrive: {', '.join(_label(whole[name], name) for name in kept)}."] if kept else []
    return Check(f"{plural}: mapped fields", False, " ".join(told), "Choose another field for them on the Mapping tab.")


def _takes(kind: str, name: str, row: dict[str, Any]) -> bool:
    return name in (schema.EMAILS_HOME, schema.PHONES_OTHER) or schema.remote_field(kind, name, row).writable


def _label(row: Mapping[str, Any] | None, name: str) -> str:
    return str((row or {}).get("field_name") or name)
