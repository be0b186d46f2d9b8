"""Carrying a batch of leads to HubSpot: contacts, their companies, memberships, engagements, in a handful of calls.

Contacts come before companies, unlike the contract's usual order: a company is created with the links to its contacts
in one request, which is what makes a lost answer recognisable (see `companies`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.contract import Delivery, Match, RemoteRef, Result, Step
from integrations.providers.hubspot import campaigns, engagements
from integrations.providers.hubspot.client import Client
from integrations.providers.hubspot.companies import deliver_companies, find_company
from integrations.providers.hubspot.errors import Rejected
from integrations.providers.hubspot.matching import deliver_people, find_person, sent_values
from integrations.providers.hubspot.reply import properties_of
from integrations.providers.hubspot.run import Run, Work
from integrations.providers.hubspot.schema import COMPANIES, CONTACTS


def deliver(client: Client, deliveries: Sequence[Delivery], options: Mapping[str, str]) -> dict[str, Result]:
    """A Result per delivery. Raises `AuthenticationFailed`, `Throttled`, `Unavailable` only if nothing was written."""
    run = Run(client, [Work.of(delivery) for delivery in deliveries], options)
    deliver_people(run, run.works)
    there = [work for work in run.works if work.id and (work.result.person_written or work.unchanged)]
    deliver_companies(run, there)
    # A lead whose company failed is written all the same; so are its memberships and engagements.
    campaigns.join(run, there)
    engagements.log(run, there)
    for work in run.works:
        # The engine takes `person_written` as: person and company need not be sent again.
        if work.result.fault is not None and work.result.fault.step in (Step.COMPANY, Step.LINK):
            work.result.person_written = False
    return {work.delivery.key: work.result for work in run.works}


def find(client: Client, delivery: Delivery, options: Mapping[str, str]) -> Match:
    """The looks of `deliver` for one lead, all of them. Raises `ProviderError`."""
    work = Work.of(delivery)
    run = Run(client, [work], options)
    find_person(run, work)
    party = find_company(run, work) if work.result.fault is None else None
    sends = {CONTACTS: {} if work.unchanged else sent_values(run, work)}
    if party:
        sends[COMPANIES] = party.changes() if party.id else party.for_create()
    return Match(
        CONTACTS,
        run.ref(CONTACTS, work.id) if work.id else None,
        COMPANIES if party else "",
        run.ref(COMPANIES, party.id) if party and party.id else None,
        sends if work.result.fault is None else {},
        work.result.fault,
        tuple(work.result.warnings),
    )


def look(client: Client, ref: RemoteRef, fields: Sequence[str]) -> dict[str, Any] | None:
    """The present values of one record, None when it is gone; read from the store."""
    body = {"properties": list(fields), "inputs": [{"id": ref.id}]}
    try:
        found = client.read(client.paths.objects(ref.object, "/batch/read"), body).records
    except Rejected as rejected:
        if rejected.reply.status == 404 and rejected.reply.readable:
            return None
        raise
    if not found:
        return None
    present = properties_of(found[0])
    return {name: present.get(name) for name in fields}
