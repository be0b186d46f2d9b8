"""Companies: which one each contact belongs to, created once, updated, and linked.

HubSpot has no unique key for a company and its search lags seconds behind writes, so search alone would create doubles.
The strongly consistent way to a company is over its contact: a new company is created together with the links to its
contacts in one request, and before anything is searched the contacts' links are read from the store. A create whose
answer was lost is therefore found at the next try, and so is a company that HubSpot made by itself for a new contact.
That is why contacts are written before their companies. A lead that was not sent with it finds no link: while a lost
company may hide from the search (`Delivery.company_in_doubt`), it waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from integrations.contract import Cause, Fault, ProviderError, Step
from integrations.providers.hubspot import batches, errors, values
from integrations.providers.hubspot.batches import Row, chunks
from integrations.providers.hubspot.parties import Party, gather
from integrations.providers.hubspot.reply import Reply, linked_ids, next_page, properties_of
from integrations.providers.hubspot.run import Run, Work
from integrations.providers.hubspot.schema import COMPANIES, CONTACTS

CONTACT_TO_COMPANY, CONTACT_TO_PRIMARY = 279, 1
COMPANY_TO_CONTACT, PRIMARY_TO_CONTACT = 280, 2
LINKS_PER_CALL = 1000
VALUES_PER_SEARCH = 100
PAGE = 200
# Beyond this many pages somebody has thousands of companies with one domain; the oldest are on the first page.
PAGES = 10

SEVERAL_MATCHES, OLDEST, ASK = "several_matches", "oldest", "ask"


def deliver_companies(run: Run, works: Sequence[Work]) -> None:
    """Give each lead that has a company its company, written and linked, or a fault at that step."""
    wanted = [work for work in works if _wanted(work)]
    if not wanted:
        return
    if not _guarded(run, wanted, Step.LINK, partial(_read_links, run, wanted)):
        return
    parties = gather(wanted)
    _carry(run, parties)
    again = [party for party in parties if party.again and party.going]
    if again:
        for party in again:
            party.again = False
        _carry(run, again)
    _link(run, [work for party in parties for work in party.works if party.id])


def find_company(run: Run, work: Work) -> Party | None:
    """The lead's company as it stands, `id` empty for a new one; None where none is written. Writes nothing."""
    if work.unchanged or not _names_one(work):
        return None
    if work.id and not _guarded(run, [work], Step.LINK, partial(_read_links, run, [work])):
        return None
    (party,) = gather([work])
    for _ in range(2):
        party.again = False
        _find(run, [party])
        if party.id and party.present is None and party.going:
            _guarded(run, [work], Step.COMPANY, partial(_read_present, run, [party]))
        if not party.again:
            break
    return party if party.going else None


def _wanted(work: Work) -> bool:
    return bool(work.id) and not work.unchanged and work.result.fault is None and _names_one(work)


def _names_one(work: Work) -> bool:
    delivery = work.delivery
    if delivery.company is None:
        return False
    return bool(delivery.known_company) or not delivery.company_keys.empty


def _guarded(run: Run, works: Iterable[Work], step: Step, call: Callable[[], None]) -> bool:
    """Make a call for these leads; a failure becomes their fault. False when it failed."""
    try:
        call()
    except ProviderError as error:
        fault = run.absorb(error)
        for work in works:
            work.fail(replace(fault, object=COMPANIES), step)
        return False
    return True


# --- Looking --------------------------------------------------------------------------------------------------------


def _read_links(run: Run, works: Sequence[Work]) -> None:
    """Which companies each contact belongs to now, from the store."""
    linked: dict[str, list[str]] = {}
    path = run.client.paths.associations(CONTACTS, COMPANIES, "read")
    for chunk in chunks(list(dict.fromkeys(work.id for work in works)), LINKS_PER_CALL):
        linked |= linked_ids(run.read(path, {"inputs": [{"id": contact} for contact in chunk]}))
    for work in works:
        work.links = linked.get(work.id, [])


def _carry(run: Run, parties: Sequence[Party]) -> None:
    _find(run, parties)
    _update(run, [party for party in parties if party.id and party.going])
    new = [party for party in parties if not party.id and party.going and not party.again]
    for party in new:
        if party.in_doubt:
            party.fail(_hidden(party))
    _create(run, [party for party in new if party.going])


def _hidden(party: Party) -> Fault:
    """The company is on no contact of these leads and not yet in the search; one more would be one too many."""
    name = party.keys.name or party.keys.domain
    message = (
        f"HubSpot’s answer to creating the company “{name}” was lost, and its search may not show it yet. "
        "The lead is sent again when it must."
    )
    return Fault(Cause.UNCONFIRMED, message, transient=True, wait=party.in_doubt, held=True)


def _find(run: Run, parties: Sequence[Party]) -> None:
    """Stored, linked, just created by this connection, found by search: in this order."""
    open_parties = [party for party in parties if not party.id and party.going]
    linked = {company for party in open_parties for work in party.works for company in work.links or ()}
    if linked:
        _guarded(run, _works(open_parties), Step.COMPANY, partial(_by_link, run, open_parties, linked))
    for party in parties:
        if not party.id:
            party.id = run.client.companies.get(party.keys.identity, "")
    _search(run, [party for party in parties if not party.id and party.works and not _stopped(party)])
    seen = [party for party in parties if party.id and party.present is None and any(w.if_blank for w in party.writes)]
    if seen:
        _guarded(run, _works(seen), Step.COMPANY, partial(_read_present, run, seen))
    for party in parties:
        party.works = [work for work in party.works if work.result.fault is None]


def _works(parties: Iterable[Party]) -> list[Work]:
    return [work for party in parties for work in party.works]


def _stopped(party: Party) -> bool:
    return all(work.result.fault is not None for work in party.works)


def _by_link(run: Run, parties: Sequence[Party], linked: Iterable[str]) -> None:
    path = run.client.paths.objects(COMPANIES, "/batch/read")
    names = {"domain", "name", "createdate"} | {
        name for party in parties for write in party.writes for name in write.if_blank
    }
    companies = batches.read(run, path, linked, names)
    for party in parties:
        own = {company for work in party.works for company in work.links or ()}
        matching = [
            companies[company] for company in sorted(own) if company in companies and party.matches(companies[company])
        ]
        if matching:
            oldest = min(matching, key=_age)
            party.id, party.present = str(oldest["id"]), properties_of(oldest)
            party.note(f"The contact belongs to company {party.id} already.", answer=oldest)


def _read_present(run: Run, parties: Sequence[Party]) -> None:
    names = {name for party in parties for write in party.writes for name in write.if_blank}
    path = run.client.paths.objects(COMPANIES, "/batch/read")
    companies = batches.read(run, path, [party.id for party in parties], names)
    for party in parties:
        company = companies.get(party.id)
        if company is None:
            _lost(run, party)
        else:
            party.id, party.present = str(company["id"]), properties_of(company)


def _search(run: Run, parties: Sequence[Party]) -> None:
    by_domain = {party.keys.domain: party for party in parties if party.keys.domain}
    by_name = {party.keys.name.lower(): party for party in parties if not party.keys.domain and party.keys.name}
    for name, wanted in (("domain", by_domain), ("name", by_name)):
        for chunk in chunks(sorted(wanted), VALUES_PER_SEARCH):
            asked = [wanted[value] for value in chunk]
            _guarded(run, _works(asked), Step.COMPANY, partial(_found, run, name, asked, chunk))


def _found(run: Run, name: str, parties: Sequence[Party], wanted: Sequence[str]) -> None:
    hits = list(_hits(run, name, wanted))
    for party in parties:
        matching = sorted((hit for hit in hits if party.matches(hit)), key=_age)
        what = f"{name} {party.keys.domain or party.keys.name}"
        if not matching:
            party.note(f"No company with {what}.", sent={name: party.keys.domain or party.keys.name})
            continue
        if len(matching) > 1 and run.options.get(SEVERAL_MATCHES) == ASK:
            _ambiguous(run, party, what, matching)
            continue
        if len(matching) > 1:
            for work in party.works:
                work.result.warnings.append(
                    f"{len(matching)} companies in HubSpot have the {what}; the oldest one was used."
                )
        party.id = str(matching[0]["id"])
        party.note(f"Found company {party.id} by {name}.", sent={name: what}, answer=matching[0])


def _hits(run: Run, name: str, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    body: dict[str, Any] = {
        "filterGroups": [{"filters": [{"propertyName": name, "operator": "IN", "values": list(wanted)}]}],
        "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
        "properties": ["name", "domain", "createdate"],
        "limit": PAGE,
    }
    for _ in range(PAGES):
        reply = run.search(run.client.paths.objects(COMPANIES, "/search"), body)
        yield from reply.records
        after = next_page(reply)
        if not after:
            return
        body = {**body, "after": after}


def _ambiguous(run: Run, party: Party, what: str, matching: Sequence[Mapping[str, Any]]) -> None:
    refs = tuple(run.ref(COMPANIES, str(hit["id"]), hit.get("url")) for hit in matching)
    message = f"{len(matching)} companies in HubSpot have the {what}. Choose the one this lead belongs to."
    party.fail(
        Fault(
            Cause.AMBIGUOUS_MATCH, message, field=what.partition(" ")[0], value=what.partition(" ")[2], candidates=refs
        )
    )


def _age(company: Mapping[str, Any]) -> tuple[str, int]:
    """Oldest first; HubSpot's ids grow."""
    since = values.moment_of(properties_of(company).get("createdate") or company.get("createdAt"))
    said = str(company.get("id", ""))
    return (values.iso(since) if since else "9999", int(said) if said.isdigit() else 0)


# --- Writing --------------------------------------------------------------------------------------------------------


def _update(run: Run, parties: Sequence[Party]) -> None:
    for party in parties:
        for work in party.works:
            run.company(work, party.id)
    rows: dict[str, tuple[Row, list[Party]]] = {}
    for party in parties:
        properties = party.changes()
        if properties:
            row, owners = rows.setdefault(party.id, (Row({"id": party.id, "properties": {}}), []))
            row.input["properties"] = {**row.properties, **properties}
            owners.append(party)
    if rows:
        batches.write(run, run.client.paths.objects(COMPANIES, "/batch/update"), [row for row, _ in rows.values()])
    for row, owners in rows.values():
        for party in owners:
            _updated(run, party, row)


def _updated(run: Run, party: Party, row: Row) -> None:
    if row.record is not None:
        party.id = str(row.record["id"])
        for work in party.works:
            run.company(work, party.id, row.record.get("url"))
        party.note(
            f"Updated company {party.id}.", sent={"properties": row.properties}, answer=row.said, reply=row.reply
        )
        return
    fault = row.fault or batches.unsaid(row.reply)
    party.note(fault.message, sent={"properties": row.properties}, answer=row.said, reply=row.reply)
    if fault.code == "OBJECT_NOT_FOUND":
        _lost(run, party)
        return
    party.fail(fault)


def _lost(run: Run, party: Party) -> None:
    """The company is gone: look by its keys, or create it anew. A lead that names no company goes on without one."""
    run.client.companies.pop(party.keys.identity, None)
    for work in party.works:
        work.company_id, work.result.company = "", None
        if party.keys.empty:
            work.result.warnings.append(
                f"Company {party.id} is no longer in HubSpot; the contact was not linked to one."
            )
    party.id, party.present, party.again = "", None, not party.keys.empty
    party.works = [] if party.keys.empty else party.works


def _create(run: Run, parties: Sequence[Party]) -> None:
    """Create with the links to the contacts in the same request; leads with a bad value do not hold up the others."""
    while parties:
        rows = [(party, Row({"properties": party.for_create(), "associations": _inline(party)})) for party in parties]
        batches.write(run, run.client.paths.objects(COMPANIES, "/batch/create"), [row for _, row in rows])
        parties = [party for party, row in rows if _created(run, party, row)]


def _inline(party: Party) -> list[dict[str, Any]]:
    linked: dict[str, list[int]] = {}
    for work in party.works:
        linked[work.id] = [COMPANY_TO_CONTACT] if work.links else [COMPANY_TO_CONTACT, PRIMARY_TO_CONTACT]
    return [{"to": {"id": contact}, "types": [_type(number) for number in types]} for contact, types in linked.items()]


def _type(number: int) -> dict[str, Any]:
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}


def _created(run: Run, party: Party, row: Row) -> bool:
    """Settle one create. True when it is worth sending again, without the leads that spoiled it."""
    if row.record is not None:
        party.id = str(row.record["id"])
        if party.keys.identity:
            run.client.companies[party.keys.identity] = party.id
        for work in party.works:
            run.company(work, party.id, row.record.get("url"))
            work.links = [*(work.links or ()), party.id]
        party.note(
            f"Created company {party.id}.", sent={"properties": row.properties}, answer=row.said, reply=row.reply
        )
        return False
    fault = row.fault or batches.unsaid(row.reply)
    party.note(fault.message, sent={"properties": row.properties}, answer=row.said, reply=row.reply)
    spoilers = [work for work in party.works if _sent_by(work, fault)]
    party.fail(fault, spoilers or None)
    return party.going


def _sent_by(work: Work, fault: Fault) -> bool:
    """Whether the value a refusal names came from this lead."""
    write = work.delivery.company
    sent = values.properties(write.for_create()) if write and fault.field else {}
    return fault.field in sent and (not fault.value or sent[fault.field] == fault.value)


# --- Linking --------------------------------------------------------------------------------------------------------


def _link(run: Run, works: Sequence[Work]) -> None:
    """Link contacts to companies that existed before. A company becomes the primary one only where there was none."""
    open_links = {(work.id, work.company_id): work for work in works if work.company_id not in (work.links or ())}
    path = run.client.paths.associations(CONTACTS, COMPANIES, "create")
    for chunk in chunks(list(open_links), LINKS_PER_CALL):
        inputs = {pair: _link_input(pair, primary=not open_links[pair].links) for pair in chunk}
        asked = [work for work in works if (work.id, work.company_id) in inputs]
        _guarded(run, asked, Step.LINK, partial(_send_links, run, path, inputs, asked))


def _send_links(run: Run, path: str, inputs: Mapping[tuple[str, str], Any], works: Sequence[Work]) -> None:
    _linked(run.write(path, {"inputs": [*inputs.values()]}), inputs, works)


def _link_input(pair: tuple[str, str], *, primary: bool) -> dict[str, Any]:
    types = [CONTACT_TO_COMPANY, CONTACT_TO_PRIMARY] if primary else [CONTACT_TO_COMPANY]
    return {"from": {"id": pair[0]}, "to": {"id": pair[1]}, "types": [_type(number) for number in types]}


def _linked(reply: Reply, inputs: Mapping[tuple[str, str], Any], works: Iterable[Work]) -> None:
    entries = reply.rows("errors")
    done = {(str(row.get("fromObjectId")), str(row.get("toObjectId"))) for row in reply.rows("results")}
    for work in works:
        pair = (work.id, work.company_id)
        named = [entry for entry in entries if _names(entry, pair)]
        bad = named or ([] if pair in done else entries)
        if bad:
            fault = errors.fault_of(bad[0], reply, status=400)
            work.fail(replace(fault, object=COMPANIES), Step.LINK)
        answer = bad[0] if bad else {"fromObjectId": work.id, "toObjectId": work.company_id}
        summary = errors.message_of(bad[0]) if bad else f"Linked contact {work.id} to company {work.company_id}."
        work.note(Step.LINK, summary, sent=inputs[pair], answer=answer, reply=reply)


def _names(entry: Mapping[str, Any], pair: tuple[str, str]) -> bool:
    context = entry.get("context")
    named = (
        {str(value) for listed in context.values() if isinstance(listed, list) for value in listed}
        if isinstance(context, dict)
        else set()
    )
    return bool(named & set(pair))
