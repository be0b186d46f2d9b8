"""Carrying a batch of leads to Zoho CRM: accounts, people, memberships, notes, a hundred records a call.

Two rounds at most. The first trusts stored ids; leads whose membership, note or account says that a stored record is
not there any more go through a second one that finds out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations.contract import Delivery, Match, ProviderError, RemoteRef, Result, Step
from integrations.providers.zoho import campaigns, coql, engagements, errors, owners
from integrations.providers.zoho.account import reckon_credits
from integrations.providers.zoho.batches import FIELDS
from integrations.providers.zoho.client import Client
from integrations.providers.zoho.companies import deliver_companies, find_company
from integrations.providers.zoho.matching import changes, deliver_people, find_person
from integrations.providers.zoho.reply import refusal_of
from integrations.providers.zoho.run import Run, Work
from integrations.providers.zoho.settings import ACCOUNTS, with_accounts
from integrations.providers.zoho.values import chunks, spoken


def deliver(client: Client, deliveries: Sequence[Delivery], options: Mapping[str, str]) -> dict[str, Result]:
    """A Result per delivery. Raises `AuthenticationFailed`, `Throttled`, `Unavailable` only if nothing was written."""
    run = Run.of(client, deliveries, options)
    owners.assign(run, run.works)
    _carry(run, run.works)
    stale = [work for work in run.works if work.stale]
    for work in stale:
        _reopen(work)
    if stale:
        try:
            _carry(run, stale)
        except ProviderError as error:  # only a fault of the whole connection, before anything was written
            for work in stale:
                work.fail(error.fault, Step.PERSON)
    reckon_credits(client)
    return {work.delivery.key: work.result for work in run.works}


def _carry(run: Run, works: Sequence[Work]) -> None:
    if with_accounts(run.options):
        deliver_companies(run, works)
    deliver_people(run, [work for work in works if work.open])
    there = [work for work in works if work.id and (work.result.person_written or work.unchanged)]
    campaigns.join(run, there)
    engagements.log(run, there)


def _reopen(work: Work) -> None:
    """Once more, with nothing taken for granted but the record that may have been converted."""
    work.stale, work.result.fault, work.result.person_written = False, None, False
    if work.company_lost:
        work.id = ""
        return
    if not work.rematched:
        work.refusal = {"code": "INVALID_DATA", "message": "the id given seems to be invalid"}
    work.delivery = replace(work.delivery, person_unchanged=False)


def find(client: Client, delivery: Delivery, options: Mapping[str, str]) -> Match:
    """The looks of `deliver` for one lead, also those an upsert spares. Raises `ProviderError`."""
    run = Run.of(client, [delivery], options)
    (work,) = run.works
    work.only_looking = True
    find_person(run, work)
    party = find_company(run, work) if with_accounts(run.options) else None
    sent = changes(work) if work.id else spoken(work.write.for_create())
    sends = {work.module: {} if work.unchanged else sent}
    if party:
        sends[ACCOUNTS] = party.changes() if party.id else party.for_create()
    return Match(
        work.module,
        run.ref(work.module, work.id) if work.id else None,
        ACCOUNTS if party else "",
        run.ref(ACCOUNTS, party.id) if party and party.id else None,
        sends if work.open else {},
        work.result.fault,
        tuple(work.result.warnings),
    )


def look(client: Client, ref: RemoteRef, fields: Sequence[str]) -> dict[str, Any] | None:
    """The present values of one record, None when it is gone. Raises `ProviderError`."""
    if not coql.is_id(ref.id):
        return None
    found: dict[str, Any] = {}
    for some in chunks(fields, FIELDS) or [["id"]]:
        try:
            records = client.get(f"{ref.object}/{ref.id}", {"fields": ",".join(some)}).records
        except errors.Rejected as rejected:
            if errors.is_gone(refusal_of(rejected.reply.body)):
                return None
            raise
        if not records:
            return None
        found.update(records[0])
    return {name: found.get(name) for name in fields}
