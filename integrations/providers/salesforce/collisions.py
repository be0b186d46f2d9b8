"""Which record a duplicate rule meant, where its refusal does not say: rows of a collection come without details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from integrations.contract import Cause, ProviderError, RemoteRef
from integrations.providers.salesforce import soql
from integrations.providers.salesforce.client import SalesforceClient
from integrations.providers.salesforce.jobs import Look
from integrations.providers.salesforce.writing import Row

_CODE = "DUPLICATES_DETECTED"


def name_them(client: SalesforceClient, rows: Sequence[Row]) -> None:
    """Put the contact, or else the lead, of the same e-mail into the faults of refused rows; one call for all.

    The fault stands as it is where nobody has that e-mail, or where Salesforce cannot be asked just now.
    """
    refused = [row for row in rows if _is_unnamed(row)]
    if not refused:
        return
    try:
        found = _found(client, [str(row.values["Email"]) for row in refused])
    except ProviderError:
        return  # the fault is true without it, and the outage will show at the next call
    for row in refused:
        there = found.get(str(row.values["Email"]).casefold())
        if there and row.fault:
            row.fault = replace(row.fault, collides_with=there)


def _is_unnamed(row: Row) -> bool:
    fault = row.fault
    duplicate = fault is not None and fault.cause is Cause.DUPLICATE_RECORD and fault.code == _CODE
    return duplicate and fault is not None and fault.collides_with is None and bool(row.values.get("Email"))


def _found(client: SalesforceClient, emails: Sequence[str]) -> dict[str, RemoteRef]:
    look = Look(client)
    for object_name in ("Lead", "Contact"):
        look.ask(object_name, soql.selects(("Id", "Email", "CreatedDate"), object_name, "Email", emails))
    look.run()
    found: dict[str, RemoteRef] = {}
    # What is read last stays: contacts over leads, older over younger.
    for object_name in ("Lead", "Contact"):
        records: list[dict[str, Any]] = look.records(object_name) if look.refusal(object_name) is None else []
        for record in sorted(records, key=lambda one: str(one.get("CreatedDate")), reverse=True):
            found[str(record.get("Email") or "").casefold()] = client.ref(object_name, record["Id"])
    return found
