"""The connection check: who we are, calls left today, what the user may do and what its mapping may write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from integrations.contract import Cause, Check, Refused, RemoteField, RemoteObject, Role
from integrations.providers.salesforce import schema
from integrations.providers.salesforce.account import account
from integrations.providers.salesforce.client import PartAnswer, SalesforceClient

OLDEST_VERSION = 60.0
# Under this share of the day's calls a push of an event may run dry.
_LITTLE = 0.05
_WHERE = "In Salesforce open Setup, Permission Sets, the set of the integration user, Object Settings, {plural}."
# What memberships and engagements need beside the strategy's objects: (read, create, edit).
_BESIDE: Mapping[str, tuple[bool, bool, bool]] = {
    "Campaign": (True, False, False),
    "CampaignMember": (True, True, True),
    "Task": (True, True, False),
    "Event": (True, True, False),
}
# A mapping of the strategy before may stand there still.
_PERSONS = ("Lead", "Contact", "Account")


def check(client: SalesforceClient, options: Mapping[str, str], mapped: Mapping[str, Sequence[str]]) -> list[Check]:
    """A line per thing that must be right; three calls. Raises `ProviderError` when nothing can be asked at all."""
    names = schema.object_names(options)
    # Whatever else is mapped is a further object.
    known = {*(name for name, _ in names), *_PERSONS, *_BESIDE}
    names += [(name, Role.OTHER) for name in mapped if name not in known]
    who = account(client)
    answers = client.composite([schema.describe_part(name) for name in [*(name for name, _ in names), *_BESIDE]])
    lines = [
        Check(f"Signed in as {who.user or 'a user whose name is hidden'}", True, f"{who.name} ({who.id})"),
        _version(client.app.api_version),
        _calls_left(client),
    ]
    for (name, role), answer in zip(names, answers, strict=False):
        lines += _object(name, role, answer, mapped.get(name, ()))
    for (name, needs), answer in zip(_BESIDE.items(), answers[len(names) :], strict=True):
        lines.append(_rights(name, schema.remote_object(name, Role.OTHER, answer), needs))
    return lines


def _version(version: str) -> Check:
    try:
        recent = float(version) >= OLDEST_VERSION
    except ValueError:
        recent = False
    return Check(
        f"API version {version}",
        recent,
        f"Mobly needs {OLDEST_VERSION} or later.",
        "" if recent else f"Set SALESFORCE_API_VERSION to {OLDEST_VERSION} or later.",
    )


def _calls_left(client: SalesforceClient) -> Check:
    """By `/limits`; by the header of the last answer for a user who may not read it. Raises `ProviderError`."""
    left = _limits(client)
    if left is None:
        return Check(
            "API calls left today are not shown to this user", True, "Salesforce tells them to users with View Setup."
        )
    remaining, most = left
    ok = remaining > most * _LITTLE
    fix = "" if ok else "Wait until calls are free again (Salesforce counts the last 24 hours), or buy more."
    return Check(f"API calls left today: {remaining:,}", ok, f"{most - remaining:,} of {most:,} used.", fix)


def _limits(client: SalesforceClient) -> tuple[int, int] | None:
    try:
        said = client.get("limits")
    except Refused as refused:
        if refused.fault.cause is not Cause.PERMISSION:
            raise
        said = {}
    daily = said.get("DailyApiRequests") if isinstance(said, Mapping) else None
    if isinstance(daily, Mapping) and isinstance(daily.get("Max"), int) and isinstance(daily.get("Remaining"), int):
        return daily["Remaining"], daily["Max"]
    return (client.usage[1] - client.usage[0], client.usage[1]) if client.usage else None


def _object(name: str, role: Role, answer: PartAnswer, mapped: Sequence[str]) -> list[Check]:
    remote = schema.remote_object(name, role, answer)
    lines = [_rights(name, remote, (True, True, True))]
    if remote is not None and mapped:
        lines.append(_mapped(remote, mapped))
    return lines


def _rights(name: str, remote: RemoteObject | None, needs: tuple[bool, bool, bool]) -> Check:
    label = remote.label if remote else _spaced(name)
    plural = remote.plural if remote else f"{label}s"
    has = (remote.readable, remote.creatable, remote.updatable) if remote else (False, False, False)
    words = ("read", "create", "edit")
    needed = [word for word, need in zip(words, needs, strict=True) if need]
    lacking = [word for word, need, may in zip(words, needs, has, strict=True) if need and not may]
    if not lacking:
        return Check(f"{label}: can {_listed(needed)}", True)
    rights = _listed(word.capitalize() for word in lacking)
    fix = f"{_WHERE.format(plural=plural)} Give {rights}, save, and run the check again."
    if name == "CampaignMember":
        fix += " The user also needs the Marketing User right in many orgs."
    return Check(f"{label}: cannot {_listed(lacking, 'or')}", False, "The connected user lacks the right.", fix)


def _mapped(remote: RemoteObject, mapped: Sequence[str]) -> Check:
    names = list(dict.fromkeys(mapped))
    gone = [name for name in names if name not in remote.fields]
    read_only = [name for name in names if name in remote.fields and not _is_writable(remote.fields[name])]
    if not gone and not read_only:
        return Check(f"{remote.label}: all {len(names)} mapped fields can be written", True)
    count = len(gone) + len(read_only)
    told = [f"{name} is gone or hidden from this user" for name in gone]
    told += [f"{_named(remote.fields[name])} is read-only for this user" for name in read_only]
    where = _WHERE.format(plural=remote.plural)
    names_to_fix = _listed([*gone, *read_only])
    fix = f"{where} Under Field Permissions give Read and Edit Access to {names_to_fix}, or map another field."
    title = f"{remote.label}: {count} of {len(names)} mapped fields cannot be written"
    return Check(title, False, f"{'; '.join(told)}.", fix)


def _named(remote: RemoteField) -> str:
    return remote.name if remote.label == remote.name else f"{remote.label} ({remote.name})"


def _is_writable(remote: RemoteField) -> bool:
    """Both: a record is created once and updated ever after."""
    return remote.creatable and remote.updatable


def _listed(words: Iterable[str], last: str = "and") -> str:
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def _spaced(name: str) -> str:
    return "Campaign Member" if name == "CampaignMember" else name
