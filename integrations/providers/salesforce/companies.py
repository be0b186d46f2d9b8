"""Which account a lead's company is: stored id, the contact's own account, website host, name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from integrations.contract import CompanyKeys, Step
from integrations.providers.salesforce import soql
from integrations.providers.salesforce.client import SalesforceClient
from integrations.providers.salesforce.jobs import Hit, Job, Look, is_blank
from integrations.providers.salesforce.matching import choose_oldest

_OWN = ("Id", "Name", "Website", "CreatedDate")
# Ten spellings a company: the length of the statement is what bounds them.
_HOSTS = 5000


def host_of(website: Any) -> str:
    """The bare lower-case host of what somebody typed as a website; empty when there is none in it."""
    said = str(website or "").strip().lower()
    if not said:
        return ""
    try:
        host = urlsplit(said if "://" in said else f"//{said}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.").rstrip(".")


def spellings(domain: str) -> list[str]:
    """How people write a website: Website is free text and SOQL compares it whole."""
    hosts = (domain, f"www.{domain}")
    addresses = [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
    return [*hosts, *addresses, *(f"{address}/" for address in addresses)]


class Companies:
    """Finds the accounts of a batch and folds new ones: two leads of one company share one account."""

    def __init__(self, client: SalesforceClient, *, ask: bool, verify: bool) -> None:
        self.client = client
        self.ask_admin = ask
        self.verify = verify
        self._by_id: dict[str, dict[str, Any]] = {}
        self._by_host: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)

    # Asking

    def ask(self, look: Look, jobs: Sequence[Job]) -> None:
        wanted = [job for job in jobs if has_company(job)]
        fields = fields_of(wanted)
        searched = [job.delivery.company_keys for job in wanted if not self._is_trusted(job)]
        ids = [
            job.delivery.known_company.id for job in wanted if job.delivery.known_company and not self._is_trusted(job)
        ]
        hosts = [spelling for keys in searched if keys.domain for spelling in spellings(keys.domain)]
        names = [keys.name for keys in searched if keys.name]
        look.ask("Account.Id", soql.selects(fields, "Account", "Id", [one for one in ids if soql.is_id(one)]))
        look.ask("Account.Website", soql.selects(fields, "Account", "Website", hosts, most=_HOSTS))
        look.ask("Account.Name", soql.selects(fields, "Account", "Name", names))

    def _is_trusted(self, job: Job) -> bool:
        known, company = job.delivery.known_company, job.delivery.company
        if known is None or self.verify or not soql.is_id(known.id):
            return False
        return not (company and company.if_blank)

    # Choosing

    def choose(self, look: Look, jobs: Sequence[Job]) -> None:
        """Put the account each open job belongs to into `job.account`; None: it is to be created. Raises `Refused`."""
        for name in ("Account.Id", "Account.Website", "Account.Name"):
            for record in sorted(
                look.records(name), key=lambda one: (str(one.get("CreatedDate") or "9999"), one["Id"])
            ):
                self._keep(record)
        for job in jobs:
            if has_company(job) and job.open and not job.unchanged:
                self._choose(job)

    def _keep(self, record: dict[str, Any]) -> None:
        if soql.key(record["Id"]) in self._by_id:
            return
        self._by_id[soql.key(record["Id"])] = record
        self._by_host[host_of(record.get("Website"))].append(record)
        self._by_name[_name(record.get("Name"))].append(record)

    def _choose(self, job: Job) -> None:
        own = _own_account(job)
        if own:
            self._take_own(job, own)
            return
        known = job.delivery.known_company
        if known and self._is_trusted(job):
            job.account = Hit("Account", known.id)
            return
        if known and soql.key(known.id) in self._by_id:
            job.account = Hit("Account", known.id, self._by_id[soql.key(known.id)])
            return
        keys = job.delivery.company_keys
        for how, sent, records in (
            ("website", {"Website": keys.domain}, self._by_host[keys.domain] if keys.domain else []),
            ("name", {"Name": keys.name}, self._by_name[_name(keys.name)] if keys.name else []),
        ):
            if records:
                told = [
                    {"Id": one["Id"], "Name": one.get("Name"), "Website": one.get("Website")} for one in records[:10]
                ]
                job.note(Step.COMPANY, f"Found the Account {records[0]['Id']} by {how}.", sent, told)
                hits = [Hit("Account", one["Id"], one) for one in records]
                job.account = choose_oldest(self.client, job, hits, how, ask=self.ask_admin, step=Step.COMPANY)
                return
        job.note(Step.COMPANY, "No Account has this website or name; one is created.", _told(keys), [])

    def _take_own(self, job: Job, own: str) -> None:
        """A contact is never moved to another account, and an account is not renamed because of one of its people."""
        present = self._by_id.get(soql.key(own))
        known = job.delivery.known_company
        there = (job.person.present or {}).get("Account") if job.person else None
        record = present or (there if isinstance(there, Mapping) else {})
        keys = job.delivery.company_keys
        is_same = (known is not None and soql.same(known.id, own)) or bool(
            (keys.domain and host_of(record.get("Website")) == keys.domain)
            or (keys.name and _name(record.get("Name")) == _name(keys.name))
        )
        job.account = Hit("Account", own, present, untouched=not is_same)
        if not is_same:
            name = record.get("Name") or own
            said = keys.name or keys.domain
            job.warn(
                f"The contact belongs to the account {name} in Salesforce, so the company {said} was not written to it."
            )


def has_company(job: Job) -> bool:
    return job.delivery.company is not None and not (
        job.delivery.company_keys.empty and job.delivery.known_company is None
    )


def fields_of(jobs: Sequence[Job]) -> list[str]:
    fields = list(_OWN)
    for job in jobs:
        fields += job.delivery.company.if_blank if job.delivery.company else ()
    return list(dict.fromkeys(fields))


def folded(jobs: Sequence[Job]) -> list[list[Job]]:
    """The jobs by account: those of one found account, and those whose new company has the same host or name.

    The host says more than the name, but a lead that tells only the name joins the company of that name.
    """
    groups: list[list[Job]] = []
    by_key: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        keys = job.delivery.company_keys
        names = (
            [("host", keys.domain), ("name", _name(keys.name))]
            if job.account is None
            else [("id", soql.key(job.account.id))]
        )
        marks = [mark for mark in names if mark[1]]
        group = next((by_key[mark] for mark in marks if mark in by_key), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(job)
        for mark in marks:
            by_key.setdefault(mark, group)
    return groups


def _own_account(job: Job) -> str:
    present = job.person.present if job.person else None
    own = (present or {}).get("AccountId")
    return "" if is_blank(own) else str(own)


def _name(value: Any) -> str:
    return " ".join(str(value or "").split()).casefold()


def _told(keys: CompanyKeys) -> dict[str, str]:
    return {name: value for name, value in (("Website", keys.domain), ("Name", keys.name)) if value}
