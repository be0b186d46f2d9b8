"""Who changed what, and when: the service that writes it down, and how it is read.

Every service that changes a mapping, a connection, a setting or who may do so ends with `note`, in its transaction:
the change and its entry stand or fall together. Entries are texts as people read them; a secret is never part of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from leads.models import Change, Organization, User
from mobly_sync import spreadsheet

PAGE = 50
# A tab shows this many; the page of changes shows all.
RECENT = 10
# Set Defaults on the largest object fits; what is longer is cut with an ellipsis.
LONGEST = 4000

HEADER = ["When", "Who", "Email", "Area", "Integration", "What", "Before", "After"]

_providers: Callable[[], Mapping[str, str]] = dict


def name_providers(names: Callable[[], Mapping[str, str]]) -> None:
    """Tell what the integrations are called: a function that answers provider key -> name, asked at each use."""
    global _providers  # noqa: PLW0603 -- process-wide by intention, written once at start
    _providers = names


def provider_names() -> Mapping[str, str]:
    return _providers()


# --- Writing ----------------------------------------------------------------------------------------------------------


def note(
    *,
    organization: Organization,
    by: User | None,
    area: Change.Area,
    subject: str,
    before: str = "",
    after: str = "",
    provider: str = "",
) -> Change | None:
    """Write down one change; `by` is None where Mobly itself did it. What is the same as before is no change: None.

    `provider` is the key of the integration it belongs to. Raises `TransactionManagementError` outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A change is written down in the transaction that makes it.")
    if before == after:
        return None
    return Change.objects.create(
        organization=organization,
        actor=by,
        actor_name=str(by)[:310] if by else "",
        area=area,
        provider=provider,
        subject=_cut(subject, 300),
        before=_cut(before, LONGEST),
        after=_cut(after, LONGEST),
    )


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, str]:
    """The two texts of an entry for a thing of many parts (label -> value): only the parts that differ.

    >>> differing({"Status": "Draft", "Kind": "Note"}, {"Status": "Active", "Kind": "Note"})
    ('Status: Draft', 'Status: Active')
    """
    labels = [label for label in {**before, **after} if before.get(label) != after.get(label)]
    return _told(before, labels), _told(after, labels)


def counted(one: str, many: str, entries: Iterable[str]) -> str:
    """`2 fields: Email, Phone`; empty for none."""
    told = list(entries)
    return f"{len(told)} {one if len(told) == 1 else many}: {'; '.join(told)}" if told else ""


def _told(parts: Mapping[str, str], labels: Iterable[str]) -> str:
    return "; ".join(f"{label}: {parts[label] or 'none'}" for label in labels if label in parts)


def _cut(text: str, longest: int) -> str:
    text = text.replace("\x00", "")
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


# --- Reading ----------------------------------------------------------------------------------------------------------


def page_of(changes: QuerySet[Change], after: str = "") -> tuple[list[Change], str]:
    """One page, newest first, and the key of the next one (empty: this was the last). A key that is none is page 1."""
    found = changes.newest_first()  # type: ignore[attr-defined]
    if key := _page_key(after):
        found = found.older_than(*key)
    rows = list(found[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], f"{last.at.isoformat()}~{last.pk}" if last else ""


def place_of(change: Change) -> str:
    """`Mapping, Salesforce`."""
    name = provider_names().get(change.provider, change.provider)
    return ", ".join(filter(None, [change.get_area_display(), name]))


def lines(changes: QuerySet[Change]) -> Iterator[str]:
    """The changes as lines of a spreadsheet, newest first, one at a time however many there are."""
    names = provider_names()
    found = changes.newest_first()  # type: ignore[attr-defined]
    return spreadsheet.lines(HEADER, (_cells(change, names) for change in found.iterator(chunk_size=1000)))


def _cells(change: Change, names: Mapping[str, str]) -> list[str]:
    return [
        timezone.localtime(change.at).isoformat(timespec="seconds"),
        change.who,
        change.actor.email if change.actor else "",
        change.get_area_display(),
        names.get(change.provider, change.provider),
        change.subject,
        change.before,
        change.after,
    ]


def _page_key(after: str) -> tuple[datetime, int] | None:
    when, _, pk = after.partition("~")
    try:
        moment = parse_datetime(when.replace(" ", "+"))
    except ValueError:
        return None
    known = moment is not None and timezone.is_aware(moment) and pk.isdecimal() and len(pk) < 18
    return (moment, int(pk)) if moment and known else None
