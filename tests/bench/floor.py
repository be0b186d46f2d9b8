"""The fewest calls that each vendor's API allows for a number of leads: the arithmetic of its documented limits.

Salesforce: a composite request holds five queries or collections, a query finds 500 e-mails, a collection writes 200
rows, and one request writes `rows` rows at most (the configured size). HubSpot: every batch endpoint takes 100 inputs,
a search 100 values, an association batch 2,000 pairs, and a list takes all its new members at once. Pipedrive: every
write is a call; what stands there already is listed, 500 a page, and a fresh account has nothing to list; a membership
rides in the person's own write. Zoho: every write takes 100 records and upserts, so that nothing has to be looked for.
"""

from __future__ import annotations

from math import ceil

from tests.bench.stage import Case

QUERIES = 5
EMAILS = 500
COLLECTION = 200
# Eight spellings of a website at about 28 bytes, 100 kB a statement; 500 names.
WEBSITES, NAMES = 400, 500
BATCH = 100


def fewest_calls(vendor: str, case: Case, leads: int, rows: int) -> int:
    """Calls of a first sync of `leads` new leads, companies included where the case has them."""
    by_vendor = {"salesforce": _salesforce, "hubspot": _hubspot, "pipedrive": _pipedrive, "zoho": _zoho}
    return by_vendor[vendor](case, leads, rows)


def _companies(case: Case, leads: int) -> int:
    return min(leads, case.companies) if case.companies else 0


def _salesforce(case: Case, leads: int, rows: int) -> int:
    collections = max(1, rows // COLLECTION)
    companies = _companies(case, leads)
    # Contacts and Leads by e-mail, or Contacts by e-mail and Accounts by website and name.
    queries = ceil(leads / EMAILS) * (1 if companies else 2)
    if companies:
        queries += ceil(companies / WEBSITES) + ceil(companies / NAMES)
    if case.with_extras:
        queries += 1
    calls = ceil(queries / QUERIES)
    calls += ceil(ceil(companies / COLLECTION) / collections)
    calls += ceil(ceil(leads / COLLECTION) / collections)
    if case.with_extras:
        calls += ceil(2 * ceil(leads / COLLECTION) / collections)
    return calls


def _hubspot(case: Case, leads: int, rows: int) -> int:
    companies = _companies(case, leads)
    calls = ceil(leads / BATCH)
    if companies:
        calls += 2 * ceil(companies / BATCH) + 1
    if case.with_extras:
        calls += 1 + ceil(leads / BATCH)
    return calls


def _pipedrive(case: Case, leads: int, rows: int) -> int:
    return leads + _companies(case, leads) + (leads if case.with_extras else 0)


def _zoho(case: Case, leads: int, rows: int) -> int:
    batch = min(BATCH, rows)
    calls = ceil(leads / batch) + ceil(_companies(case, leads) / batch)
    if case.with_extras:
        calls += 2 * ceil(leads / batch)
    return calls
