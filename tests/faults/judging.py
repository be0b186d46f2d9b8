"""The judgement over a history: what stands at the vendor against what planning says should stand there now."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from integrations.contract import Cause, Delivery, Refusal
from integrations.planning import Standing, plan
from integrations.setup import setup_of
from reconciliation.models import SyncAttempt, SyncRecord
from reconciliation.snapshots import Load, load_batch
from tests.crm import Hanging, Member, Person, named
from tests.faults.ground import Ground
from tests.faults.world import World

LOST, DOUBLED, STUCK, WRONG = "lost", "doubled", "stuck", "wrong"
VERDICTS = (LOST, DOUBLED, STUCK, WRONG)
# How long a worker that finds nothing to do may have the lane, in seconds.
LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Problem:
    """`verdict` is lost, doubled, stuck or wrong."""

    verdict: str
    words: str


def judged(ground: Ground, world: World) -> list[Problem]:
    return [*_Judge(world).verdict(), *leaked(ground, world)]


class _Judge:
    def __init__(self, world: World) -> None:
        self.world = world
        self.setup = setup_of(world.fresh())
        self.persons: list[Person] = world.vendor.persons()
        self.members: list[Member] = world.vendor.members()
        self.talks = Counter(
            (activity.person, mark)
            for activity in world.vendor.activities(self.persons)
            for mark in re.findall(r"talk \w+", activity.text)
        )
        self.hanging: list[Hanging] = world.vendor.hanging()
        self.companies = Counter(name.casefold() for name in world.vendor.companies())
        self.with_companies = world.vendor.has_companies(world.integration.options)

    def verdict(self) -> list[Problem]:
        return [*self._records(), *self._companies(), *self._memberships(), *self._at_rest()]

    @cached_property
    def loads(self) -> list[Load]:
        return load_batch(list(self.world.records().values_list("id", flat=True)))

    # One lead after the other

    def _records(self) -> Iterable[Problem]:
        leads = {lead.pk: lead for lead in self.world.organization.leads.all()}
        for load in self.loads:
            lead = leads.pop(load.record.lead_id)
            yield from self._record(load, str(lead.last_name))
        for lead in leads.values():
            yield Problem(LOST, f"{lead.last_name} has no sync record.")

    def _record(self, load: Load, mark: str) -> Iterable[Problem]:
        record = load.record
        there = named(self.persons, mark)
        if len(there) > 1:
            yield Problem(DOUBLED, f"{mark} is there {len(there)} times: {', '.join(person.id for person in there)}.")
        planned = plan(load.lead, self.setup, Standing(person=load.standing.person, company=load.standing.company))
        if record.state == "waiting":
            yield Problem(STUCK, f"{mark} waits: {record.cause} {record.message}")
        elif record.state == "failed":
            yield from self._failed(record, mark, planned)
        elif isinstance(planned, Refusal):
            yield Problem(WRONG, f"{mark} is Cleared, but planning refuses it: {planned.message}")
        elif not there:
            yield Problem(LOST, f"{mark} is Cleared as {record.remote_object} {record.remote_id}, and is not there.")
        else:
            yield from self._cleared(load, mark, planned, there[0])

    def _failed(self, record: SyncRecord, mark: str, planned: Delivery | Refusal) -> Iterable[Problem]:
        """A failure is right where planning refuses the lead now, where somebody converted what may not change, and
        where a person saw it and dismissed it.
        """
        if record.dismissed_at:
            return
        if isinstance(planned, Refusal) and planned.cause == record.cause:
            return
        converted = record.lead_id in self.world.touched and "converted" in record.message
        if converted and record.cause == Cause.RECORD_LOCKED:
            return
        yield Problem(WRONG, f"{mark} is Failed: {record.cause}, {record.message}")

    def _cleared(self, load: Load, mark: str, planned: Delivery, there: Person) -> Iterable[Problem]:
        record = load.record
        if record.remote_id != there.id:
            yield Problem(WRONG, f"{mark} is remembered as {record.remote_id} and is {there.id}.")
        write = planned.persons.get(there.object)
        shown = self.world.vendor.shown
        for name, value in (write.values if write else {}).items():
            if not self.world.vendor.holds(there.values, name, value):
                said = f"{there.object} {there.id}: {name} is {there.values.get(name)!r} and should be {value!r}"
                yield Problem(WRONG, f"{mark}, {said}.")
        for name in write.if_blank if write else ():
            if not shown(there.values.get(name)):
                yield Problem(WRONG, f"{mark}: {name} is blank and should be filled.")
        for entry in load.lead.engagements:
            count = self.talks[there.id, entry.body]
            if count > 1:
                yield Problem(DOUBLED, f"{mark}: “{entry.body}” ({entry.kind}) is there {count} times.")
            elif not count and record.lead_id not in self.world.touched:
                yield Problem(LOST, f"{mark}: “{entry.body}” ({entry.kind}) is not there.")
        for wanted in planned.memberships if record.lead_id not in self.world.touched else ():
            found = [member for member in self.members if (member.campaign, member.person) == (wanted.key, there.id)]
            if not found:
                yield Problem(LOST, f"{mark} is no member of {wanted.name}.")
            elif wanted.status and found[0].status and found[0].status != wanted.status:
                yield Problem(WRONG, f"{mark} is {found[0].status} in {wanted.name} and should be {wanted.status}.")
        yield from self._further(record, mark, planned, there)
        identity = planned.company_keys.name.casefold()
        if self.with_companies and planned.company and not self.companies[identity] and not self._is_touched(record):
            yield Problem(LOST, f"{mark}: its company {planned.company_keys.name} is not there.")

    def _further(self, record: SyncRecord, mark: str, planned: Delivery, there: Person) -> Iterable[Problem]:
        """Exactly one of each further object: on the person, and of this lead anywhere. One that was orphaned with a
        person somebody deleted may be left over.
        """
        for wanted in planned.further:
            label, text = wanted.label, self.world.vendor.further_text
            own = [one for one in self.hanging if there.id in one.persons]
            marked = own if self._is_touched(record) else [one for one in self.hanging if one.values.get(text) == mark]
            if max(len(own), len(marked)) > 1:
                ids = ", ".join(sorted({one.id for one in [*own, *marked]}))
                yield Problem(DOUBLED, f"{mark}: its {label} is there more than once: {ids}.")
            elif not own:
                yield Problem(LOST, f"{mark}: no {label} hangs on {there.id}.")
            for name, value in wanted.write.values.items() if len(own) == 1 else ():
                if not self.world.vendor.holds(own[0].values, name, value):
                    said = f"{name} of the {label} {own[0].id} is {own[0].values.get(name)!r}"
                    yield Problem(WRONG, f"{mark}: {said} and should be {value!r}.")

    def _is_touched(self, record: SyncRecord) -> bool:
        return record.lead_id in self.world.touched

    # What belongs to several

    def _companies(self) -> Iterable[Problem]:
        if not self.with_companies:
            return
        ours = {load.lead.values["company_name"].casefold() for load in self.loads} - {""}
        for name in sorted(ours):
            if self.companies[name] > 1:
                yield Problem(DOUBLED, f"The company {name} is there {self.companies[name]} times.")

    def _memberships(self) -> Iterable[Problem]:
        for (campaign, person), count in Counter((one.campaign, one.person) for one in self.members).items():
            if count > 1:
                yield Problem(DOUBLED, f"{person} is a member of {campaign} {count} times.")

    def _at_rest(self) -> Iterable[Problem]:
        flying = self.world.records().in_flight().count()
        if flying:
            yield Problem(STUCK, f"{flying} records are in flight.")
        # Those who follow the last hints look one after the other whether there is anything to do; nobody stays.
        holder, until = self.world.holder(), time.monotonic() + LOOK_SECONDS
        while holder and holder == self.world.holder():
            if time.monotonic() > until:
                yield Problem(STUCK, f"The lane is held by {holder}.")
                break
            time.sleep(0.05)
        integration = self.world.fresh()
        if not integration.is_connected:
            yield Problem(WRONG, f"The integration is {integration.status}: {integration.status_reason}")


# --- Secrets --------------------------------------------------------------------------------------------------------

_read_to: dict[str, int] = {}
_issued_before: dict[str, set[str]] = {}


def leaked(ground: Ground, world: World) -> list[Problem]:
    """Where a secret stands that must not: the new part of any log, and this history's attempts and records."""
    secrets = world.secrets | _issued(ground.folder / "sandbox" / f"{world.vendor.name}.sqlite3")
    secrets |= {str(settings.PROVIDERS[world.vendor.name]["client_secret"])}
    texts = {path.name: _new_text(str(path), path.stat().st_size) for path in ground.logs()}
    attempts = SyncAttempt.objects.filter(record__integration=world.integration).values_list("message", "notes")
    texts["an attempt"] = json.dumps(list(attempts), default=str)
    records = world.records().values_list("message", "value", "warnings", "collides_with")
    texts["a sync record"] = json.dumps([*records, world.fresh().status_reason], default=str)
    return [
        Problem(WRONG, f"A secret stands in {where}.")
        for where, text in texts.items()
        if any(secret in text for secret in secrets)
    ]


def _issued(kept: Path) -> set[str]:
    """Every token the vendor gave and knows, also one that died on its way to us; not its own fixed ones."""
    with closing(sqlite3.connect(f"file:{kept}?mode=ro", uri=True, timeout=10)) as database:
        rows = database.execute("SELECT id FROM records WHERE object = '_token'").fetchall()
    known = _issued_before.setdefault(str(kept), set())
    fresh = {str(token) for (token,) in rows} - known
    known |= fresh
    return fresh


def _new_text(path: str, size: int) -> str:
    start = _read_to.get(path, 0)
    _read_to[path] = size
    with open(path, "rb") as file:
        file.seek(start if start <= size else 0)
        return file.read().decode("utf-8", "replace")


def sums(problems: Iterable[Problem]) -> dict[str, Any]:
    counted = Counter(problem.verdict for problem in problems)
    return {verdict: counted[verdict] for verdict in VERDICTS}
