"""Campaigns: static lists and marketing events, found for the picker and joined in delivery.

Contacts are not members of a HubSpot campaign; a list or a marketing event has the people and may be an asset of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from integrations.contract import Campaign, Cause, Fault, Membership, ProviderError, Step
from integrations.providers.hubspot import errors, values
from integrations.providers.hubspot.batches import chunks
from integrations.providers.hubspot.client import Client
from integrations.providers.hubspot.reply import Reply, next_page
from integrations.providers.hubspot.run import Run, Work

LIST, EVENT = "list", "marketing_event"
CONTACT_TYPE = "0-1"
TAKES_MEMBERS = ("MANUAL", "SNAPSHOT")
# Status of a membership in an event -> the word in the path. What is not here cannot be set over the API.
STATES = {"ATTENDED": "attend", "REGISTERED": "register", "CANCELLED": "cancel"}
PAGE = 100
PAGES = 20
# How many ids a list add takes is not documented for every account; the second number is what is safe.
ADD, ADD_SAFELY = 500, 100
ATTEND = 100

Joining = tuple[Work, Membership]


# --- Finding --------------------------------------------------------------------------------------------------------


def find(client: Client, *, query: str = "", limit: int = 50) -> list[Campaign]:
    """Static lists of contacts and marketing events whose name has the query in it.

    An account without the right to marketing events still has lists; the connection check names the missing scope.
    """
    found = _take(_lists(client, query), limit)
    try:
        found += _take(_events(client, query), limit)
    except errors.Rejected as rejected:
        if rejected.fault.cause is not Cause.PERMISSION:
            raise
    return sorted(found, key=lambda campaign: (campaign.name.casefold(), campaign.kind))[:limit]


def get(client: Client, *, campaign_id: str, kind: str) -> Campaign | None:
    if not campaign_id.isalnum():
        return None
    paths = client.paths
    try:
        if kind == LIST:
            body = client.get(paths.lists(f"/{campaign_id}")).body
            row = body.get("list") if isinstance(body, dict) else None
            return _list(row) if isinstance(row, dict) else None
        if kind == EVENT:
            row = client.get(paths.marketing_events(f"/{campaign_id}")).body
            return _event(row) if isinstance(row, dict) and row.get("objectId") else None
    except errors.Rejected as rejected:
        if not _gone(rejected):
            raise
    return None


def _take(campaigns: Iterator[Campaign], limit: int) -> list[Campaign]:
    return [campaign for campaign, _ in zip(campaigns, range(limit), strict=False)]


def _lists(client: Client, query: str) -> Iterator[Campaign]:
    offset = 0
    for _ in range(PAGES):
        body = {"query": query, "offset": offset, "count": PAGE, "processingTypes": list(TAKES_MEMBERS)}
        reply = client.read(client.paths.lists("/search"), body)
        yield from (_list(row) for row in reply.rows("lists") if row.get("objectTypeId") == CONTACT_TYPE)
        after = reply.body.get("offset") if isinstance(reply.body, dict) and reply.body.get("hasMore") else None
        if not isinstance(after, int) or after <= offset:
            return
        offset = after


def _list(row: Mapping[str, Any]) -> Campaign:
    takes = row.get("processingType") in TAKES_MEMBERS and row.get("objectTypeId", CONTACT_TYPE) == CONTACT_TYPE
    return Campaign(
        str(row.get("listId", "")), str(row.get("name", "")), LIST, active=takes and not row.get("deletedAt")
    )


def _events(client: Client, query: str) -> Iterator[Campaign]:
    params: dict[str, Any] = {"limit": PAGE}
    for _ in range(PAGES):
        reply = client.get(client.paths.marketing_events(), params)
        for row in reply.rows("results"):
            if row.get("objectId") and query.casefold() in str(row.get("eventName", "")).casefold():
                yield _event(row)
        after = next_page(reply)
        if not after:
            return
        params = {**params, "after": after}


def _event(row: Mapping[str, Any]) -> Campaign:
    return Campaign(
        id=str(row.get("objectId", "")),
        name=str(row.get("eventName", "")),
        kind=EVENT,
        active=not row.get("eventCancelled"),
        statuses=tuple(STATES),
        default_status="ATTENDED",
    )


def _gone(rejected: errors.Rejected) -> bool:
    """Lists say 404, or 400 “List does not exist …”; a wrong path is an HTML page and no answer about a campaign."""
    reply = rejected.reply
    said = errors.message_of(reply.body).lower()
    return reply.readable and (reply.status == 404 or (reply.status == 400 and "does not exist" in said))


# --- Joining --------------------------------------------------------------------------------------------------------


def join(run: Run, works: Sequence[Work]) -> None:
    """Make each lead's contact a member where it shall be one. Being one already is success."""
    groups: dict[tuple[str, str, str], list[Joining]] = {}
    for work in works:
        for membership in work.delivery.memberships if work.id else ():
            groups.setdefault((membership.kind, membership.campaign_id, membership.status), []).append(
                (work, membership)
            )
    for (kind, _, _), joining in groups.items():
        _attempt(run, joining, _add_to_list if kind == LIST else _attend)


def _attempt(run: Run, joining: Sequence[Joining], call: Callable[[Run, Sequence[Joining]], None]) -> None:
    try:
        call(run, joining)
    except errors.Rejected as rejected:
        fault = run.absorb(rejected)
        if _gone(rejected) or (joining[0][1].kind == LIST and fault.cause is Cause.REMOTE_RULE):
            # A list that became dynamic takes no members: for us it is gone as a campaign.
            fault = replace(fault, cause=Cause.CAMPAIGN_NOT_FOUND, transient=False)
        _fail(joining, fault, rejected.reply)
    except ProviderError as error:
        _fail(joining, run.absorb(error), None)


def _fail(joining: Sequence[Joining], fault: Fault, reply: Reply | None) -> None:
    for work, membership in joining:
        if membership.key in work.result.memberships:
            continue
        value = membership.name or membership.campaign_id
        work.fail(replace(fault, value=fault.value or value, object=membership.kind), Step.MEMBERSHIP)
        work.note(
            Step.MEMBERSHIP,
            fault.message,
            sent=_shown(work, membership),
            answer=reply.body if reply else None,
            reply=reply,
        )


def _shown(work: Work, membership: Membership) -> dict[str, str]:
    return {
        "contact": work.id,
        membership.kind: membership.campaign_id,
        "name": membership.name,
        "status": membership.status,
    }


def _add_to_list(run: Run, joining: Sequence[Joining], size: int = ADD) -> None:
    path = run.client.paths.lists(f"/{joining[0][1].campaign_id}/memberships/add")
    for chunk in chunks(joining, size):
        ids = list(dict.fromkeys(work.id for work, _ in chunk))
        try:
            reply = run.write(path, ids, "PUT")
        except errors.Rejected as rejected:
            too_many = rejected.reply.status in (400, 413, 414) and len(ids) > ADD_SAFELY and not _gone(rejected)
            if not too_many:
                raise
            _add_to_list(run, chunk, ADD_SAFELY)
            continue
        missing = {str(value) for value in _ids(reply, "recordIdsMissing")}
        for work, membership in chunk:
            _added(work, membership, reply, missing)


def _ids(reply: Reply, key: str) -> list[Any]:
    found = reply.body.get(key) if isinstance(reply.body, dict) else None
    return found if isinstance(found, list) else []


def _added(work: Work, membership: Membership, reply: Reply, missing: set[str]) -> None:
    name = membership.name or membership.campaign_id
    if work.id in missing:
        sentence = f"HubSpot has no contact {work.id} to add to the list {name}."
        work.fail(
            Fault(
                Cause.INTERNAL,
                sentence,
                code="OBJECT_NOT_FOUND",
                object=LIST,
                request_id=reply.request_id,
                transient=True,
            ),
            Step.MEMBERSHIP,
        )
        work.note(
            Step.MEMBERSHIP,
            sentence,
            sent=_shown(work, membership),
            answer={"recordIdsMissing": [work.id]},
            reply=reply,
        )
        return
    added = work.id in {str(value) for value in _ids(reply, "recordsIdsAdded")}
    work.result.memberships[membership.key] = ""
    summary = f"Added to the list {name}." if added else f"Is in the list {name} already."
    answer = {"recordsIdsAdded": [work.id] if added else []}
    work.note(Step.MEMBERSHIP, summary, sent=_shown(work, membership), answer=answer, reply=reply)


def _attend(run: Run, joining: Sequence[Joining]) -> None:
    first = joining[0][1]
    status = (first.status or "ATTENDED").upper()
    state = STATES.get(status)
    if first.kind != EVENT or state is None:
        known = ", ".join(STATES)
        sentence = f"“{first.status}” is not a status of a HubSpot marketing event. It can be {known}."
        cause = Cause.CAMPAIGN_STATUS_INVALID
        if first.kind != EVENT:
            sentence, cause = f"HubSpot has no campaigns of the kind {first.kind}.", Cause.CAMPAIGN_NOT_FOUND
        _fail(joining, Fault(cause, sentence, value=first.status), None)
        return
    if _is_cancelled(run, first.campaign_id):
        name = first.name or first.campaign_id
        sentence = f"The marketing event “{name}” was cancelled in HubSpot and takes no new members."
        _fail(joining, Fault(Cause.CAMPAIGN_NOT_FOUND, sentence, value=name), None)
        return
    path = run.client.paths.marketing_events(f"/{first.campaign_id}/attendance/{state}/create")
    for chunk in chunks(joining, ATTEND):
        inputs = {work.id: _participant(work, membership) for work, membership in chunk}
        reply = run.write(path, {"inputs": [*inputs.values()]})
        entries = reply.rows("errors")
        done = {str(row.get("vid")) for row in reply.rows("results")}
        for work, membership in chunk:
            _attended(work, membership, status, inputs[work.id], reply, entries if work.id not in done else [])


def _is_cancelled(run: Run, event_id: str) -> bool:
    """HubSpot itself lets people attend what was cancelled. Where the event cannot be read, HubSpot decides."""
    known = run.client.cancelled
    if event_id not in known:
        run.go_on()
        try:
            body = run.client.get(run.client.paths.marketing_events(f"/{event_id}")).body
        except errors.Rejected:
            return False
        known[event_id] = isinstance(body, dict) and bool(body.get("eventCancelled"))
    return known[event_id]


def _participant(work: Work, membership: Membership) -> dict[str, Any]:
    moment = membership.happened_at or datetime.now(UTC)
    return {"vid": int(work.id) if work.id.isdigit() else work.id, "interactionDateTime": values.milliseconds(moment)}


def _attended(
    work: Work, membership: Membership, status: str, sent: Any, reply: Reply, entries: Sequence[Mapping[str, Any]]
) -> None:
    """A 207 names who could not be set; a plain success is for all."""
    name = membership.name or membership.campaign_id
    if entries:
        fault = errors.fault_of(entries[0], reply, status=400)
        work.fail(replace(fault, object=EVENT), Step.MEMBERSHIP)
        work.note(Step.MEMBERSHIP, fault.message, sent=sent, answer=entries[0], reply=reply)
        return
    work.result.memberships[membership.key] = ""
    work.note(Step.MEMBERSHIP, f"{status.capitalize()} at {name}.", sent=sent, answer={"vid": work.id}, reply=reply)
