"""One batch on its way: look, write companies, write persons, then memberships and engagements together.

Two rounds at most. The first trusts stored ids; leads whose record turned out to be deleted, merged or converted go
through a second one that looks everything up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations.contract import (
    Cause,
    Delivery,
    Fault,
    Match,
    ProviderError,
    Refused,
    Result,
    Role,
    Step,
    Unavailable,
    new_record,
)
from integrations.providers.salesforce import collisions, errors, schema, soql
from integrations.providers.salesforce.activities import Engagements
from integrations.providers.salesforce.campaigns import CAMPAIGN_LOOKS, Memberships
from integrations.providers.salesforce.client import SalesforceClient
from integrations.providers.salesforce.companies import Companies, folded, has_company
from integrations.providers.salesforce.further import Furthers
from integrations.providers.salesforce.jobs import Hit, Job, Look, changed_values, is_blank
from integrations.providers.salesforce.matching import Persons
from integrations.providers.salesforce.owners import OWNER_LOOK, Owners
from integrations.providers.salesforce.writing import Row, Writer


def deliver(client: SalesforceClient, deliveries: Sequence[Delivery], options: Mapping[str, str]) -> dict[str, Result]:
    """A Result per delivery. Raises `ProviderError` only while nothing was written."""
    jobs = [Job(delivery, Result(delivery.key)) for delivery in deliveries]
    Batch(client, options).carry(jobs)
    return {job.delivery.key: job.result for job in jobs}


def find(client: SalesforceClient, delivery: Delivery, options: Mapping[str, str]) -> Match:
    """The first half of `deliver` for one lead, with everything looked up. Raises `ProviderError`."""
    asked = replace(delivery, memberships=(), engagements=())
    job = Job(asked, Result(delivery.key))
    return Batch(client, options).find(job)


class Batch:
    """The work of one `deliver`."""

    def __init__(self, client: SalesforceClient, options: Mapping[str, str]) -> None:
        names = schema.object_names(options)
        self.client = client
        self.writer = Writer(client)
        self.memberships = Memberships(client)
        self.owners = Owners(client, options)
        self.persons = [name for name, role in names if role is Role.PERSONA]
        self.with_account = any(role is Role.COMPANY for _, role in names)
        self.ask_admin = schema.chosen(options, schema.SEVERAL_MATCHES) == "ask"
        self._campaigns_known = False

    def carry(self, jobs: Sequence[Job]) -> None:
        """Deliver the jobs. Raises `ProviderError` while nothing was written; later it is the jobs' fault."""
        waiting = list(jobs)
        for again in (False, True):
            try:
                waiting = self._round(waiting, again)
            except ProviderError as error:
                self._told(waiting, error, Step.MATCH)
                waiting = []
            if not waiting:
                break
        there = [job for job in jobs if job.open and job.result.person]
        try:
            self._join_and_log(there)
        except ProviderError as error:
            self._told(there, error, Step.MEMBERSHIP)

    def find(self, job: Job) -> Match:
        """Match as a second round does, and say what it would write. Raises `ProviderError`."""
        self._match([job], True)
        company = has_company(job) and self.with_account and not job.unchanged
        company = company and not (job.account and job.account.untouched)
        person = job.person.object if job.person else self._created
        rows = {person: self._person_row([job]), **({"Account": self._company_row([job])} if company else {})}
        found = {person: job.person, **({"Account": job.account} if company else {})}
        further, goes_on = Furthers(self.client, ask=self.ask_admin), job.open
        if goes_on:
            further.gather([job], [name for name, hit in found.items() if hit is None])
            further.look_again()
        refs, sends = further.found()
        return Match(
            person,
            self.client.ref(person, job.person.id) if job.person else None,
            "Account" if company else "",
            self.client.ref("Account", job.account.id) if company and job.account else None,
            {**{name: row.values if row else {} for name, row in rows.items()}, **sends} if goes_on else {},
            job.result.fault,
            tuple(job.result.warnings),
            refs,
        )

    @property
    def _created(self) -> str:
        return "Lead" if "Lead" in self.persons else "Contact"

    def _told(self, jobs: Sequence[Job], error: ProviderError, step: Step) -> None:
        """Raise what concerns the whole batch alike, as long as nothing was written; tell the rest lead by lead."""
        if not self.writer.wrote and not _is_for_each(error, jobs):
            raise error
        for job in jobs:
            if job.open and not _is_done(job):
                job.fail(error.fault, step)

    # Persons and companies

    def _round(self, jobs: list[Job], again: bool) -> list[Job]:
        """Match and write; answers the jobs that must be matched again."""
        for job in jobs:
            job.again()
        self._match(jobs, again)
        stale = self._write_companies([job for job in jobs if job.open], again)
        moved = [job for job in jobs if job.open and job not in stale]
        return stale + self._write_persons(moved, again)

    def _match(self, jobs: Sequence[Job], verify: bool) -> None:
        """Find what each job belongs to. A field of a mapping that is gone is the fault of the leads that have it."""
        open_jobs = list(jobs)
        while open_jobs:
            try:
                self._look(open_jobs, verify)
            except Refused as refused:
                guilty = [job for job in open_jobs if _reads(job, refused.fault.field, refused.fault.object)]
                if not guilty:
                    raise
                for job in guilty:
                    job.fail(refused.fault, Step.MATCH)
                open_jobs = [job for job in open_jobs if job not in guilty]
            else:
                return

    def _look(self, jobs: Sequence[Job], verify: bool) -> None:
        look = Look(self.client)
        persons = Persons(self.client, self.persons, ask=self.ask_admin, with_account=self.with_account, verify=verify)
        companies = Companies(self.client, ask=self.ask_admin, verify=verify)
        persons.ask(look, jobs)
        if self.with_account:
            companies.ask(look, jobs)
        if not self._campaigns_known:
            self.memberships.ask(look, jobs)
        self.owners.ask(look, [job for job in jobs if verify or _may_create(job)])
        look.run()
        look.raise_refusal(besides=(*CAMPAIGN_LOOKS, OWNER_LOOK))
        self.owners.read(look)
        persons.choose(look, jobs)
        if self.with_account:
            companies.choose(look, jobs)
        if not self._campaigns_known:
            self.memberships.read(look)
            self._campaigns_known = True
        self._read_present([job for job in jobs if job.open and not job.unchanged])

    def _read_present(self, jobs: Sequence[Job]) -> None:
        """Present values of records that were reached by a detour, where Write if Blank asks for them."""
        wanting = [
            *((job.person, job.write_of(job.person.object)) for job in jobs if job.person),
            *((job.account, job.delivery.company) for job in jobs if job.account and not job.account.untouched),
        ]
        missing = [(hit, write) for hit, write in wanting if hit.present is None and write and write.if_blank]
        look = Look(self.client)
        for name in {hit.object for hit, _ in missing}:
            fields = ["Id", *(field for hit, write in missing if hit.object == name for field in write.if_blank)]
            ids = [hit.id for hit, _ in missing if hit.object == name]
            look.ask(name, soql.selects(list(dict.fromkeys(fields)), name, "Id", ids))
        look.run()
        for hit, _ in missing:
            found = [one for one in look.records(hit.object) if soql.same(one["Id"], hit.id)]
            hit.present = found[0] if found else None

    def _write_companies(self, jobs: Sequence[Job], again: bool) -> list[Job]:
        wanted = [job for job in jobs if self.with_account and has_company(job) and not job.unchanged]
        groups = [(group, self._company_row(group)) for group in folded(wanted)]
        self.writer.write([row for _, row in groups if row])
        stale: list[Job] = []
        for group, row in groups:
            if row is None:
                self._keep_company(group, group[0].account)
            elif row.fault and not again and errors.is_stale(row.fault):
                stale += _put_back(group, row)
            else:
                self._settle_company(group, row)
        return stale

    def _company_row(self, group: Sequence[Job]) -> Row | None:
        account = _best_known([job.account for job in group])
        writes = [job.delivery.company for job in group if not (job.account and job.account.untouched)]
        if account is None:
            return self._new_row(group, "Account", new_record(writes), Step.COMPANY)
        values = changed_values(writes, account.present)
        return Row("Account", values, Step.COMPANY, id=account.id) if values else None

    def _new_row(self, group: Sequence[Job], object_name: str, values: dict[str, Any], step: Step) -> Row:
        """A row to create, with its owner. Rules that assign would take the record from the rep again."""
        owner = self.owners.values(group)
        return Row(object_name, {**values, **owner}, step, assigned=self.owners.assigns and not owner)

    def _settle_company(self, group: Sequence[Job], row: Row) -> None:
        done = f"{'Created' if row.created else 'Updated'} the Account {row.record_id}."
        for job in group:
            if job.account and job.account.untouched:
                continue
            words = row.fault.message if row.fault else done
            job.note(Step.COMPANY, words, row.body, row.answer, row.status, row.request_id)
            if row.fault:
                job.fail(row.fault)
        self._keep_company([job for job in group if job.account], group[0].account)
        if row.written:
            self._keep_company(group, Hit("Account", row.record_id))

    def _keep_company(self, group: Sequence[Job], account: Hit | None) -> None:
        for job in group:
            if account:
                job.account = account
                job.result.company = self.client.ref("Account", account.id)

    def _write_persons(self, jobs: Sequence[Job], again: bool) -> list[Job]:
        groups = [(group, self._person_row(group)) for group in self._folded(jobs)]
        rows = [row for _, row in groups if row]
        self.writer.write(rows)
        collisions.name_them(self.client, rows)
        stale: list[Job] = []
        for group, row in groups:
            if row is not None and row.fault and not again and _leads_elsewhere(group, row, row.fault):
                stale += _put_back(group, row)
            else:
                self._settle_person(group, row)
        return stale

    def _folded(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """The jobs by record: of one found record, and of one new e-mail. Leads without either stand alone."""
        groups: dict[Any, list[Job]] = {}
        there = {job.delivery.keys.email: job.person for job in jobs if job.person and job.delivery.keys.email}
        for job in jobs:
            email = job.delivery.keys.email
            # A record this very batch gives the e-mail to is the one a search would find a moment later.
            job.person = job.person or there.get(email)
            key: Any = (
                (job.person.object, soql.key(job.person.id)) if job.person else (("new", email) if email else job)
            )
            groups.setdefault(key, []).append(job)
        return list(groups.values())

    def _person_row(self, group: Sequence[Job]) -> Row | None:
        """None when there is nothing to send. The last of several leads wins where they differ."""
        hit = _best_known([job.person for job in group])
        writing = [job for job in group if not job.unchanged]
        if hit is None:
            values = new_record([job.write_of(self._created) for job in writing])
            return self._new_row(group, self._created, {**values, **_link(group, None)}, Step.PERSON)
        values = {**changed_values([job.write_of(hit.object) for job in writing], hit.present), **_link(group, hit)}
        return Row(hit.object, values, Step.PERSON, id=hit.id) if values else None

    def _settle_person(self, group: Sequence[Job], row: Row | None) -> None:
        for position, job in enumerate(group):
            if row is None:
                self._untouched(job)
                continue
            words = "Created" if row.created else "Updated"
            summary = row.fault.message if row.fault else f"{words} the {row.object} {row.record_id}."
            job.note(Step.PERSON, summary, row.body, row.answer, row.status, row.request_id)
            if row.fault:
                job.fail(row.fault)
                continue
            job.result.person = self.client.ref(row.object, row.record_id)
            job.result.person_written = True
            job.result.created = row.created and position == 0
            if len(group) > 1:
                whose = f"{row.object} {row.record_id}"
                job.warn(f"{len(group)} leads of this push belong to the {whose}; the last one’s values stand.")
            if "AccountId" in row.values:
                linked = row.values["AccountId"]
                job.note(Step.LINK, f"Linked to the Account {linked}.", {"AccountId": linked})

    def _untouched(self, job: Job) -> None:
        """The record is there and has what it should."""
        if job.person:
            job.result.person = self.client.ref(job.person.object, job.person.id)
            job.result.person_written = not job.unchanged
            write = job.write_of(job.person.object)
            if write is None or write.empty:
                kind = job.person.object
                job.warn(f"The lead belongs to a {kind}, and no field is mapped for that; nothing was written to it.")
            elif not job.unchanged:
                job.note(Step.PERSON, "Nothing to change: every value to write if blank is filled in Salesforce.")

    # Memberships and engagements

    def _join_and_log(self, jobs: Sequence[Job]) -> None:
        """Everything that hangs on the person, in as few calls as the rows allow."""
        if not any(job.delivery.memberships or job.delivery.engagements or job.open_further for job in jobs):
            return
        engagements, further, look = Engagements(), Furthers(self.client, ask=self.ask_admin), Look(self.client)
        further.gather(jobs)
        engagements.gather(jobs)
        engagements.ask(look)
        further.ask(look)
        look.run()
        further.choose(look)
        activities = engagements.rows(look)
        members = self.memberships.rows(jobs)
        answers = self.writer.write([*members, *activities, *further.rows()], self.memberships.read_back())
        changes = self.memberships.settle(answers)
        engagements.settle(activities)
        stale = further.settle()
        if stale:
            further.look_again(stale)
        self.writer.write([*changes, *further.rows(stale)])
        self.memberships.settle_changes(changes)
        further.settle(last=True)


def _best_known(hits: Sequence[Hit | None]) -> Hit | None:
    """Of several hits on one record, one whose present values were read."""
    return next((hit for hit in hits if hit and hit.present is not None), hits[0])


def _may_create(job: Job) -> bool:
    return job.delivery.known is None or (has_company(job) and job.delivery.known_company is None)


def _link(group: Sequence[Job], hit: Hit | None) -> dict[str, str]:
    """The account of a new contact, or of one that has none; nobody is moved."""
    account = next((job.account for job in reversed(group) if job.account), None)
    if account is None or (hit and (hit.object != "Contact" or hit.present is None)):
        return {}
    if hit and hit.present is not None and not is_blank(hit.present.get("AccountId")):
        return {}
    return {"AccountId": account.id}


def _leads_elsewhere(group: Sequence[Job], row: Row, fault: Fault) -> bool:
    """Whether the row is about another record: ours is gone or converted, or one with our own id was made meanwhile."""
    ours = {job.delivery.keys.mobly_field.get(row.object, "") for job in group} - {""}
    taken = fault.code == errors.DUPLICATE_VALUE and any(field in fault.message for field in ours)
    return errors.is_stale(fault) or taken


def _put_back(group: Sequence[Job], row: Row) -> list[Job]:
    """A record that is gone or was converted: its jobs are matched again."""
    said = row.fault.message if row.fault else ""
    for job in group:
        job.note(row.step, f"{said} It is matched again.", row.body, row.answer, row.status, row.request_id)
    return list(group)


def _reads(job: Job, field: str, object_name: str) -> bool:
    """Whether matching this job reads the object's field: as its own id, or to see whether it is blank."""
    delivery = job.delivery
    writes = [*delivery.persons.values(), *([delivery.company] if delivery.company else [])]
    blanks = any(field in write.if_blank for write in writes if write.object == object_name)
    return bool(field) and (blanks or delivery.keys.mobly_field.get(object_name) == field)


def _is_for_each(error: ProviderError, jobs: Sequence[Job]) -> bool:
    """Whether each lead has to hear it: a lead in doubt stays in doubt through an outage, and a refusal of rights,
    objects or the version is the same for one lead as for all, so trying them in smaller batches is of no use."""
    if isinstance(error, Unavailable):
        return any(job.delivery.in_doubt for job in jobs)
    if isinstance(error, Refused):
        return len(jobs) == 1 or error.fault.cause is not Cause.INTERNAL or error.fault.status in (404, 410)
    return False


def _is_done(job: Job) -> bool:
    delivery, result = job.delivery, job.result
    memberships = all(one.key in result.memberships for one in delivery.memberships)
    engagements = all(one.uid in result.engagements for one in delivery.engagements)
    further = all(one.object in result.further for one in job.open_further)
    return result.person is not None and memberships and engagements and further
