"""Which person record a lead belongs to: stored id, our own id, e-mail, in the order of the matching strategy.

SOQL reads what was committed a moment ago, so the same look serves a first try and one after a lost answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from integrations.contract import Cause, Fault, RemoteRef, Step
from integrations.providers.salesforce import fingerprint, soql
from integrations.providers.salesforce.client import SalesforceClient
from integrations.providers.salesforce.jobs import Hit, Job, Look

# Salesforce's e-mail fields hold 80 characters: a longer one cannot be there.
EMAIL_LENGTH = 80
ORDER = ("Contact", "Lead")
_OWN = {
    "Lead": ("Id", "Email", "CreatedDate", "IsConverted", "ConvertedContactId"),
    "Contact": ("Id", "Email", "CreatedDate", "AccountId"),
}
_CONVERTED = (
    "This lead was converted to a contact in Salesforce, and a converted lead can no longer be changed. With the "
    "matching strategy “Leads and Contacts” the contact is updated instead."
)


class Persons:
    """Finds the persons of a batch. `objects` are the strategy's person objects; `ask` is the admin's wish to decide
    between several matches; `verify` looks stored ids up instead of trusting them."""

    def __init__(
        self, client: SalesforceClient, objects: Sequence[str], *, ask: bool, with_account: bool, verify: bool
    ) -> None:
        self.client = client
        self.objects = [name for name in ORDER if name in objects]
        self.created = "Lead" if "Lead" in self.objects else "Contact"
        self.ask_admin = ask
        self.with_account = with_account
        self.verify = verify
        self._by_id: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._by_key: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)

    # Asking

    def ask(self, look: Look, jobs: Sequence[Job]) -> None:
        looked = [job for job in jobs if self._must_look(job)]
        for name in self.objects:
            fields = self._fields(name, jobs)
            ids = [job.delivery.known.id for job in looked if _is_known(job, name) and job.delivery.known]
            look.ask((name, "Id"), soql.selects(fields, name, "Id", ids))
            look.ask((name, "keys"), soql.selects_any(fields, name, self._keys(name, looked)))
        unsure = [job for job in looked if self._is_keyless(job) and job.delivery.in_doubt]
        look.ask("fingerprint", fingerprint.statements(self.created, unsure))

    def _must_look(self, job: Job) -> bool:
        delivery = job.delivery
        known = delivery.known
        if known is None or known.object not in self.objects:
            return True
        if not soql.is_id(known.id) or self.verify or delivery.person_unchanged:
            return True
        lacks_company = self.with_account and delivery.company is not None and delivery.known_company is None
        write = job.write_of(known.object)
        return lacks_company or bool(write and write.if_blank)

    def _keys(self, name: str, jobs: Iterable[Job]) -> dict[str, list[str]]:
        wanted: dict[str, list[str]] = defaultdict(list)
        for job in jobs:
            keys = job.delivery.keys
            field = keys.mobly_field.get(name, "")
            if field and keys.mobly_id:
                wanted[field].append(keys.mobly_id)
            if keys.email and len(keys.email) <= EMAIL_LENGTH:
                wanted["Email"].append(keys.email)
        return wanted

    def _fields(self, name: str, jobs: Iterable[Job]) -> list[str]:
        fields = list(_OWN[name])
        if self.with_account and name == "Contact":
            fields += ["Account.Name", "Account.Website"]
        for job in jobs:
            write = job.write_of(name)
            fields += [*(write.if_blank if write else ()), job.delivery.keys.mobly_field.get(name, "")]
        return [field for field in dict.fromkeys(fields) if field]

    def _is_keyless(self, job: Job) -> bool:
        keys = job.delivery.keys
        by_own_id = keys.mobly_id and keys.mobly_field.get(self.created)
        return not by_own_id and not (keys.email and len(keys.email) <= EMAIL_LENGTH)

    # Choosing

    def choose(self, look: Look, jobs: Sequence[Job]) -> None:
        """Put the person each job belongs to into `job.person`, or its fault. Raises `ProviderError`."""
        self._read(look, jobs)
        for job in jobs:
            if self._must_look(job):
                self._choose(job, look)
            elif job.delivery.known:
                known = job.delivery.known
                job.person = Hit(known.object, known.id)
                job.note(Step.MATCH, f"The stored {known.object} {known.id} is used.", {"id": known.id})

    def _read(self, look: Look, jobs: Sequence[Job]) -> None:
        for name in self.objects:
            for record in look.records((name, "Id")):
                self._keep(name, record)
            fields = list(self._keys(name, jobs))
            for record in look.records((name, "keys")):
                self._keep(name, record)
                for field in fields:
                    found = self._by_key[name, field, str(record.get(field) or "").casefold()]
                    if all(one["Id"] != record["Id"] for one in found):
                        found.append(record)
        self._read_conversions(jobs)

    def _read_conversions(self, jobs: Sequence[Job]) -> None:
        """The contacts that converted leads became: a lead goes on naming one that was deleted since."""
        converted = [lead for lead in self._by_id["Lead"].values() if lead.get("IsConverted")]
        contacts = {lead["ConvertedContactId"] for lead in converted if lead.get("ConvertedContactId")}
        unread = sorted(contact for contact in contacts if soql.key(contact) not in self._by_id["Contact"])
        if unread and "Contact" in self.objects:
            look = Look(self.client)
            look.ask("converted", soql.selects(self._fields("Contact", jobs), "Contact", "Id", unread))
            look.run()
            for record in look.records("converted"):
                self._keep("Contact", record)

    def _keep(self, name: str, record: dict[str, Any]) -> None:
        self._by_id[name][soql.key(record["Id"])] = record

    def _choose(self, job: Job, look: Look) -> None:
        for how, sent, records in self._in_order(job):
            if not records:
                continue
            job.note(Step.MATCH, _found_words(how, records), sent, [_told(name, record) for name, record in records])
            self._decide(job, how, records)
            if job.person:
                job.unchanged = job.delivery.person_unchanged and _is_hit(job.delivery.known, job.person)
            if job.person or not job.open:
                return
        if self._is_keyless(job) and job.delivery.in_doubt:
            fingerprint.settle(self.client, self.created, job, look.records("fingerprint"))
            return
        job.note(Step.MATCH, f"No record has its e-mail or id; a {self.created} is created.", _told_keys(job), [])

    def _in_order(self, job: Job) -> Iterable[tuple[str, dict[str, str], list[tuple[str, dict[str, Any]]]]]:
        delivery, keys = job.delivery, job.delivery.keys
        if delivery.known and delivery.known.object in self.objects:
            name, known = delivery.known.object, delivery.known.id
            record = self._by_id[name].get(soql.key(known))
            yield "stored id", {"id": known}, [(name, record)] if record else []
        for name in self.objects:
            field = keys.mobly_field.get(name, "")
            if field and keys.mobly_id:
                found = self._by_key[name, field, keys.mobly_id.casefold()]
                yield "Mobly Lead ID", {field: keys.mobly_id}, [(name, record) for record in found]
        for name in self.objects:
            if keys.email:
                found = self._by_key[name, "Email", keys.email.casefold()]
                yield "e-mail", {"Email": keys.email}, [(name, record) for record in found]

    def _decide(self, job: Job, how: str, records: list[tuple[str, dict[str, Any]]]) -> None:
        """Follow conversions, then take the one record, the oldest of several, or ask. Neither a person nor a fault
        when all were converted to contacts that are gone."""
        usable: dict[tuple[str, str], Hit] = {}
        locked: list[RemoteRef] = []
        for name, record in sorted(records, key=_age):
            if name != "Lead" or not record.get("IsConverted"):
                usable.setdefault((name, soql.key(record["Id"])), Hit(name, record["Id"], record))
            elif not record.get("ConvertedContactId") or "Contact" not in self.objects:
                locked.append(self.client.ref(name, record["Id"]))
            elif hit := self._followed(job, record):
                usable.setdefault((hit.object, soql.key(hit.id)), hit)
        if usable:
            hits = list(usable.values())
            job.person = choose_oldest(self.client, job, hits, how, ask=self.ask_admin, step=Step.MATCH)
        elif locked:
            job.fail(Fault(Cause.RECORD_LOCKED, _CONVERTED, Step.MATCH, object="Lead", candidates=tuple(locked)))

    def _followed(self, job: Job, lead: Mapping[str, Any]) -> Hit | None:
        """A converted lead is its contact; None when that was deleted since."""
        contact = lead["ConvertedContactId"]
        present = self._by_id["Contact"].get(soql.key(contact))
        said = "its Contact {} is used" if present else "its Contact {} is gone"
        job.note(Step.MATCH, f"The Lead {lead['Id']} was converted; {said.format(contact)}.")
        return Hit("Contact", contact, present) if present else None


def choose_oldest(
    client: SalesforceClient, job: Job, hits: Sequence[Hit], how: str, *, ask: bool, step: Step
) -> Hit | None:
    """The first of the hits, which come oldest first, with a warning; or AMBIGUOUS_MATCH where the admin decides."""
    first = hits[0]
    if len(hits) == 1:
        return first
    kind = first.object
    if ask:
        message = f"{len(hits)} records in Salesforce match by {how}. Choose the one that is meant."
        candidates = tuple(client.ref(hit.object, hit.id) for hit in hits)
        job.fail(Fault(Cause.AMBIGUOUS_MATCH, message, step, object=kind, candidates=candidates))
        return None
    others = ", ".join(hit.id for hit in hits[1:6])
    job.warn(
        f"{len(hits)} records in Salesforce match by {how}. The oldest, {first.id}, is updated; there is also {others}."
    )
    return first


def _age(item: tuple[str, Mapping[str, Any]]) -> tuple[str, str]:
    return str(item[1].get("CreatedDate") or "9999"), str(item[1].get("Id"))


def _is_known(job: Job, name: str) -> bool:
    known = job.delivery.known
    return known is not None and known.object == name and soql.is_id(known.id)


def _is_hit(known: RemoteRef | None, hit: Hit) -> bool:
    return known is not None and known.object == hit.object and soql.same(known.id, hit.id)


def _told(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "object": name,
        **{key: record[key] for key in ("Id", "Email", "CreatedDate", "IsConverted") if key in record},
    }


def _told_keys(job: Job) -> dict[str, str]:
    keys = job.delivery.keys
    told = {"Email": keys.email, "id": job.delivery.known.id if job.delivery.known else ""}
    if keys.mobly_field:
        told["Mobly Lead ID"] = keys.mobly_id
    return {name: value for name, value in told.items() if value}


def _found_words(how: str, records: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    name, record = records[0]
    if len(records) == 1:
        return f"Found the {name} {record['Id']} by {how}."
    return f"Found {len(records)} records of {name} by {how}."
