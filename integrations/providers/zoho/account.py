"""Who is connected, and whether it can do what we need: the connection check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from integrations.contract import Account, Cause, Check, Fault, ProviderError, Refused, Step
from integrations.providers.zoho import places, schema
from integrations.providers.zoho.auth import SCOPES
from integrations.providers.zoho.client import Client
from integrations.providers.zoho.settings import object_names

PROFILE = "In Zoho CRM open Setup, Security Control, Profiles, the profile of the connected user, and switch it on."
RECONNECT = "Click Connect again and accept everything Zoho asks for."
# API credits in 24 hours by edition: base, per user, the most of it. Source: API limits page, v8.
CREDITS: Mapping[str, tuple[int, int, int | None]] = {
    "free": (5_000, 0, 5_000),
    "standard": (50_000, 250, 100_000),
    "professional": (50_000, 500, 3_000_000),
    "enterprise": (50_000, 1_000, 5_000_000),
    "ultimate": (50_000, 2_000, None),
}


def account(client: Client) -> Account:
    """Raises `AuthenticationFailed`, `Throttled`, `Unavailable`, `Refused`."""
    organization = _organization(client)
    return Account(
        id=str(organization.get("zgid") or organization["id"]),
        name=str(organization.get("company_name") or "Zoho CRM"),
        user=_user(client),
        url=_web_address(client, organization),
        kind=str(organization.get("type") or ""),
    )


def _organization(client: Client) -> dict[str, Any]:
    row = next(iter(client.get("org").rows("org")), {})
    if not row.get("id") and not row.get("zgid"):
        message = "Zoho CRM does not tell the connected user which organization it belongs to."
        raise Refused(Fault(Cause.PERMISSION, message, Step.PLAN, object="org"))
    client.credits_allowed = credits_of(row)
    client.tell_usage()
    return row


def reckon_credits(client: Client) -> None:
    """How many credits there are, once Zoho began to say what is left of them. One call per connection, for the screens
    alone: where it fails, nothing is shown.
    """
    if client.credits_left is None or client.credits_allowed is not None:
        return
    try:
        _organization(client)
    except ProviderError:
        client.credits_allowed = 0


def _user(client: Client) -> str:
    row = next(iter(client.get("users", {"type": "CurrentUser"}).rows("users")), {})
    return str(row.get("email") or row.get("full_name") or "")


def _web_address(client: Client, organization: Mapping[str, Any]) -> str:
    server = client.tokens.current().extra.get("accounts_server", "")
    zgid = str(organization.get("zgid") or "")
    return f"{places.web_address(server)}/crm{f'/org{zgid}' if zgid else ''}" if server else ""


def credits_of(organization: Mapping[str, Any]) -> int:
    """The credits of 24 hours that the organization's edition and users give, without bought ones; 0 if unknown."""
    details = organization.get("license_details")
    if not isinstance(details, dict):
        return 0
    said = CREDITS.get(str(details.get("paid_type") or "").lower())
    users = details.get("users_license_purchased")
    if said is None or not isinstance(users, int):
        return 0
    base, each, most = said
    return min(base + each * users, most) if most else base + each * users


# --- The check ------------------------------------------------------------------------------------------------------


def check(client: Client, options: Mapping[str, str], mapped: Mapping[str, Sequence[str]]) -> list[Check]:
    """The lines of the connection check, the account first."""
    who = account(client)
    tokens = client.tokens.current()
    lines = [
        Check("Signed in", True, f"{who.user or 'Somebody'} at {who.name}, organization {who.id}."),
        Check("Data centre", True, f"{urlsplit(tokens.api_url).netloc}{f', {who.kind}' if who.kind else ''}."),
        Check("API version", True, client.app.api_version),
        _scopes(tokens.scopes),
    ]
    modules = schema.modules_of(client)
    for name, _ in object_names(options):
        lines += _module(client, name, modules, list(mapped.get(name, ())))
    lines.append(_can("Campaigns", "read", "viewable", modules.get("Campaigns"), bool(modules)))
    lines.append(_credits(client))
    return lines


def _scopes(granted: Sequence[str]) -> Check:
    """Zoho repeats what was granted; narrower and wider forms of a scope are told by its beginning."""
    held = {scope.lower() for scope in granted}
    missing = [
        scope
        for scope in SCOPES
        if held and scope.lower() not in held and not any(wider in held for wider in _wider(scope))
    ]
    if missing:
        return Check("Permissions granted", False, f"Not granted: {', '.join(missing)}.", RECONNECT)
    return Check("Permissions granted", True, "All that Mobly asks for.")


def _wider(scope: str) -> list[str]:
    parts = scope.lower().split(".")[:-1]
    return [f"{'.'.join(parts[:length])}.all" for length in range(2, len(parts) + 1)]


def _module(client: Client, name: str, modules: Mapping[str, Mapping[str, Any]], mapped: Sequence[str]) -> list[Check]:
    row = modules.get(name)
    plural = str((row or {}).get("plural_label") or name)
    verbs = (("read", "viewable"), ("create", "creatable"), ("edit", "editable"))
    lines = [_can(plural, word, key, row, bool(modules)) for word, key in verbs]
    if not mapped:
        return lines
    try:
        fields = {str(field["api_name"]): field for field in schema.field_rows(client, name)}
    except Refused as refused:
        return [*lines, Check(f"{plural}: fields can be read", False, refused.fault.message, RECONNECT)]
    return [*lines, _mapped(plural, fields, mapped)]


def _can(plural: str, word: str, key: str, row: Mapping[str, Any] | None, known: bool) -> Check:
    title = f"{plural}: can {word}"
    if row is None and known:
        return Check(title, False, "The module is hidden from the connected user, or switched off.", PROFILE)
    if row is not None and row.get(key) is False:
        return Check(title, False, f"The profile of the connected user may not {word} {plural}.", PROFILE)
    return Check(title, True)


def _mapped(plural: str, fields: Mapping[str, Mapping[str, Any]], mapped: Sequence[str]) -> Check:
    gone = [name for name in mapped if name not in fields or not schema.is_shown(fields[name])]
    kept = [name for name in mapped if name not in gone and not schema.is_writable(fields[name], "api_update")]
    if not gone and not kept:
        return Check(f"{plural}: mapped fields", True, f"All {len(mapped)} can be written.")
    parts = [f"No longer in Zoho CRM: {', '.join(gone)}."] if gone else []
    parts += [f"Read-only in Zoho CRM: {', '.join(kept)}."] if kept else []
    fix = "Choose another field for them on the Mapping tab, or change the field's permission in Zoho CRM."
    return Check(f"{plural}: mapped fields", False, " ".join(parts), fix)


def _credits(client: Client) -> Check:
    """Zoho says what is left only after half of it is used."""
    left, allowed = client.credits_left, client.credits_allowed
    of = f" of about {allowed:,}" if allowed else ""
    if left is None:
        return Check("API credits left", True, f"More than half{of} for 24 hours.")
    fix = "" if left else "They come back hour by hour. More can be bought in Zoho CRM under Setup, API usage."
    return Check("API credits left", left > 0, f"{left:,}{of} for 24 hours.", fix)
