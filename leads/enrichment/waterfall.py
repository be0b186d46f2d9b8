"""The waterfall: ask each source in turn, take what fills a blank, remember where it came from.

What a person said is never overwritten and never reformatted. What a source finds about the form of a said value
(E.164, ISO) stands beside it in the provenance.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads import provenance
from leads.bulk import rewrite
from leads.changes import announce
from leads.enrichment.reading import contexts_of, view_of
from leads.enrichment.sources import SOURCES
from leads.enrichment.view import Context, LeadView, Source
from leads.fields import BY_KEY, EDITABLE
from leads.identity import name_key
from leads.models import Lead

logger = logging.getLogger(__name__)

WRITTEN = (*(entry.key for entry in EDITABLE), "name_key", "provenance", "enrichment")


@dataclass(slots=True)
class Outcome:
    """`values` by field with the key of the source that found each; `normal` forms by field; `problems` by source."""

    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    normal: dict[str, Mapping[str, str]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def pour(lead: LeadView, context: Context, sources: Sequence[Source]) -> Outcome:
    """Ask the sources in order. One that fails is recorded and the next is asked."""
    outcome = Outcome()
    for source in sources:
        try:
            found = source.find(lead, context)
        except Exception as problem:
            logger.exception("Enrichment source %s failed for lead %s", source.key, lead.pk)
            outcome.problems[source.key] = f"{type(problem).__name__}: {problem}"[:300]
            continue
        fresh = {key: value for key, value in found.values.items() if value and _fillable(key) and lead.lacks(key)}
        lead = lead.with_values(fresh)
        outcome.values |= {key: (value, source.key) for key, value in fresh.items()}
        outcome.normal |= found.normal
    return outcome


def _fillable(key: str) -> bool:
    """Never the e-mail: it is the lead's identity, and only a person says who somebody is."""
    return key in BY_KEY and BY_KEY[key].editable and key != "email"


@transaction.atomic
def enrich(*, lead_ids: Iterable[int], sources: Sequence[Source] = SOURCES) -> int:
    """Enrich those of the leads that wait for it, all in one go, and announce them. Returns how many.

    A lead that somebody is writing at this moment is left to the sweep.
    """
    leads = list(_held(Lead.objects.filter(pk__in=list(lead_ids))))
    if not leads:
        return 0
    now = timezone.now()
    contexts = contexts_of(leads)
    for lead in leads:
        _take(lead, pour(view_of(lead), contexts[lead.organization_id], sources), now)
    _finish(leads)
    return len(leads)


@transaction.atomic
def let_go(*, now: datetime, limit: int = 1000) -> int:
    """Finish leads whose patience has run out as they are, and announce them. Returns how many."""
    leads = list(_held(Lead.objects.filter(enrich_until__lte=now))[:limit])
    for lead in leads:
        _take(lead, Outcome(problems={"patience": "Enrichment did not end in time."}), now)
    _finish(leads)
    return len(leads)


def _held(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Those that wait for enrichment and are not being written by somebody else, locked."""
    waiting = leads.filter(enrichment=Lead.Enrichment.PENDING).select_related("organization").order_by("pk")
    return waiting.select_for_update(of=("self",), no_key=True, skip_locked=True)


def _take(lead: Lead, outcome: Outcome, now: datetime) -> None:
    for key, (value, source) in outcome.values.items():
        setattr(lead, key, value)
        provenance.found(lead.provenance, key, source, now)
    lead.name_key = name_key(lead.first_name, lead.last_name, lead.company_name)
    provenance.put(lead.provenance, provenance.NORMALISED, outcome.normal)
    problems = [{"source": key, "problem": problem, "at": now.isoformat()} for key, problem in outcome.problems.items()]
    provenance.put(lead.provenance, provenance.PROBLEMS, problems)
    lead.enrichment = Lead.Enrichment.DONE


def _finish(leads: Sequence[Lead]) -> None:
    if leads:
        rewrite(leads, WRITTEN)
        announce(leads=leads, fresh=False)
