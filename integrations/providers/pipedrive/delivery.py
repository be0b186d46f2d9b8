"""Carrying a batch of leads to Pipedrive: organizations, persons with their labels, engagements.

Reads go a hundred or five hundred records a call; writes one record a call, several on their way at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.contract import Delivery, Match, RemoteRef, Result, Step
from integrations.providers.pipedrive import engagements, matching, people
from integrations.providers.pipedrive.campaigns import Ticks
from integrations.providers.pipedrive.client import Client
from integrations.providers.pipedrive.directory import read_one
from integrations.providers.pipedrive.draft import Draft, plain
from integrations.providers.pipedrive.organizations import deliver_organizations, find_organization
from integrations.providers.pipedrive.run import Run, Work
from integrations.providers.pipedrive.schema import ORGANIZATIONS, PERSONS


def deliver(client: Client, deliveries: Sequence[Delivery], options: Mapping[str, str]) -> dict[str, Result]:
    """A Result per delivery. Raises `AuthenticationFailed`, `Throttled`, `Unavailable` only if nothing was written."""
    run = Run(client, [Work.of(delivery) for delivery in deliveries], options)
    matching.match(run, run.works)
    deliver_organizations(run, run.works)
    ticks = Ticks()
    ticks.gather(run, run.works)
    people.write(run, run.works, ticks)
    engagements.log(run, [work for work in run.works if work.id and (work.result.person_written or work.unchanged)])
    for work in run.works:
        for fault in work.late if work.id else ():
            work.fail(fault, Step.MEMBERSHIP)
        # The engine takes `person_written` as: person and company need not be sent again.
        if work.result.fault is not None and work.result.fault.step in (Step.COMPANY, Step.LINK):
            work.result.person_written = False
    return {work.delivery.key: work.result for work in run.works}


def find(client: Client, delivery: Delivery, options: Mapping[str, str]) -> Match:
    """The looks of `deliver` for one lead. Raises `ProviderError`."""
    work = Work.of(delivery)
    run = Run(client, [work], options)
    matching.match(run, [work])
    party = find_organization(run, work)
    sends: dict[str, Mapping[str, Any]] = {}
    if work.going:
        draft = Draft(PERSONS, run.definitions(PERSONS, people.custom(work.person.for_create())), work.present)
        draft.put(work.person)
        sends[PERSONS] = {} if work.unchanged else draft.outcome(work.person)
        if party and party.draft:
            sends[ORGANIZATIONS] = party.outcome(work)
    return Match(
        PERSONS,
        run.ref(PERSONS, work.id) if work.id else None,
        ORGANIZATIONS if party else "",
        run.ref(ORGANIZATIONS, party.id) if party and party.id else None,
        sends,
        work.result.fault,
        tuple(work.result.warnings),
    )


def look(client: Client, ref: RemoteRef, fields: Sequence[str]) -> dict[str, Any] | None:
    """The present values of one record by our field names, None when it is gone; read from the store."""
    record = read_one(Run(client, [], {}), ref.object, ref.id)
    return None if record is None else {name: plain(ref.object, record, name) for name in fields}
