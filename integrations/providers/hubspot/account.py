"""Who is connected, and whether it can do what we need: the connection check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.contract import Account, Check, Refused
from integrations.providers.hubspot import auth, errors
from integrations.providers.hubspot.campaigns import EVENT, LIST
from integrations.providers.hubspot.client import Client
from integrations.providers.hubspot.schema import COMPANIES, CONTACTS, LABELS, SCOPE_OF, read_only

# What each part of the work needs.
NEEDED: Mapping[str, tuple[str, ...]] = {
    CONTACTS: ("crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.read"),
    COMPANIES: ("crm.objects.companies.read", "crm.objects.companies.write", "crm.schemas.companies.read"),
    LIST: ("crm.lists.read", "crm.lists.write"),
    EVENT: ("crm.objects.marketing_events.read", "crm.objects.marketing_events.write"),
}
RECONNECT = "Click Connect again as a super admin of the HubSpot account, and approve every permission."


def account(client: Client) -> Account:
    """Raises `AuthenticationFailed`, `Throttled`, `Unavailable`, `Refused`."""
    details = client.get(client.paths.account).body
    return _account(client, details if isinstance(details, dict) else {}, _holder(client))


def _account(client: Client, details: Mapping[str, Any], holder: Mapping[str, Any]) -> Account:
    portal = str(details.get("portalId") or holder.get("hub_id") or "")
    return Account(
        id=portal,
        name=str(holder.get("hub_domain") or f"HubSpot account {portal}"),
        user=str(holder.get("user") or ""),
        url=auth.ui_url(client.app, details),
        kind=str(details.get("accountType") or ""),
    )


def _holder(client: Client) -> dict[str, Any]:
    """The token's owner. A static token (service key) cannot be introspected: nobody is named then."""
    tokens = client.tokens.current()
    if not tokens.refresh_token:
        return {}
    client.calls += 1
    return auth.introspect(client.session, client.app, tokens)


def check(client: Client, mapped: Mapping[str, Sequence[str]]) -> list[Check]:
    """The lines of the connection check, the account first."""
    details = client.get(client.paths.account).body
    holder = _holder(client)
    who = _account(client, details if isinstance(details, dict) else {}, holder)
    told = holder.get("scopes")
    scopes = set(map(str, told if isinstance(told, list) else client.tokens.current().scopes))
    lines = [
        Check("Signed in", True, f"{who.user or 'A service key'} at {who.name}, account {who.id}."),
        Check("API version", True, client.app.api_version),
    ]
    for name in (CONTACTS, COMPANIES):
        lines += _object(client, name, scopes, list(mapped.get(name, ())))
    lines += [_scopes("Static lists", LIST, scopes), _scopes("Marketing events", EVENT, scopes)]
    if client.daily_left is not None:
        left = client.daily_left
        lines.append(
            Check(
                "API calls left today",
                left > 0,
                f"{left:,}.",
                "" if left else "They are back at midnight of your HubSpot account.",
            )
        )
    return lines


def _scopes(title: str, part: str, scopes: set[str]) -> Check:
    missing = [scope for scope in NEEDED[part] if scopes and scope not in scopes]
    if missing:
        return Check(title, False, f"Not granted: {', '.join(missing)}.", RECONNECT)
    return Check(title, True, "Can be read and changed.")


def _object(client: Client, name: str, scopes: set[str], mapped: Sequence[str]) -> list[Check]:
    plural = LABELS[name][1]
    verbs = (("read", "read"), ("create", "write"), ("edit", "write"))
    lines = []
    for word, verb in verbs:
        scope = f"{SCOPE_OF[name]}.{verb}"
        ok = not scopes or scope in scopes
        lines.append(
            Check(f"{plural}: can {word}", ok, "" if ok else f"Not granted: {scope}.", "" if ok else RECONNECT)
        )
    try:
        rows = {str(row.get("name")): row for row in client.get(client.paths.properties(name)).rows("results")}
    except Refused as refused:
        wanted = errors.missing_scopes(refused.reply.body) if isinstance(refused, errors.Rejected) else []
        detail = f"Not granted: {', '.join(wanted)}." if wanted else refused.fault.message
        return [*lines, Check(f"{plural}: properties can be read", False, detail, RECONNECT)]
    if mapped:
        lines.append(_mapped(plural, rows, mapped))
    return lines


def _mapped(plural: str, rows: Mapping[str, Mapping[str, Any]], mapped: Sequence[str]) -> Check:
    gone = [name for name in mapped if name not in rows or rows[name].get("archived")]
    kept = [name for name in mapped if name in rows and name not in gone and read_only(dict(rows[name]))]
    if not gone and not kept:
        return Check(f"{plural}: mapped properties", True, f"All {len(mapped)} can be written.")
    parts = [f"No longer in HubSpot: {', '.join(gone)}."] if gone else []
    parts += [f"Read-only in HubSpot: {', '.join(kept)}."] if kept else []
    fix = "Choose another property for them on the Mapping tab, or restore them in HubSpot under Settings, Properties."
    return Check(f"{plural}: mapped properties", False, " ".join(parts), fix)
