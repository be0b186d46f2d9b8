"""Where a lead's values came from: the marks in `Lead.provenance`.

`{"company_website": {"source": "email_domain", "at": "2026-11-19T14:20:00+00:00"}}`: a field without a mark was said.
Two keys are no field's: `normalised` holds the normal forms of said values by field
(`{"phone_number": {"e164": "+15045550123"}, "company_country": {"iso": "US", "name": "United States"}}`), `problems`
what went wrong (`[{"source": "phone", "problem": "…", "at": "…"}]`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

# The mark of a field that a person emptied: enrichment does not fill it again.
CLEARED = "cleared"
NORMALISED = "normalised"
PROBLEMS = "problems"

Provenance = dict[str, Any]


def said(provenance: Provenance, fields: Collection[str], changed: Collection[str]) -> None:
    """These fields were said now; the normal forms of the changed ones are no longer theirs."""
    for key in fields:
        provenance.pop(key, None)
    normal = {key: form for key, form in provenance.get(NORMALISED, {}).items() if key not in changed}
    put(provenance, NORMALISED, normal)


def found(provenance: Provenance, field: str, source: str, at: datetime) -> None:
    provenance[field] = {"source": source, "at": at.isoformat()}


def put(provenance: Provenance, key: str, note: Any) -> None:
    """Keep a note under one of the keys that are no field's, or nothing when it is empty."""
    provenance.pop(key, None)
    if note:
        provenance[key] = note
