"""What the waterfall reads: the leads as sources see them, and in one query what earlier leads said of their
companies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q

from leads.enrichment.free_mail import company_domain
from leads.enrichment.sources.earlier_leads import ADDRESS, SINGLE, folded
from leads.enrichment.view import Colleague, Context, LeadView
from leads.fields import BY_KEY, EDITABLE
from leads.models import Lead
from leads.models.lead import CompanyName, EmailDomain
from leads.provenance import CLEARED

COMPANY = (*SINGLE, *ADDRESS)
# A company with more leads than this is known well enough from its newest.
MOST = 5_000


def view_of(lead: Lead) -> LeadView:
    """What is known and not blank. Earlier findings count as known: a later run fills what is still missing."""
    values = {entry.key: value for entry in EDITABLE if (value := getattr(lead, entry.key))}
    cleared = frozenset(key for key, mark in lead.provenance.items() if key in BY_KEY and mark["source"] == CLEARED)
    return LeadView(lead.pk, values, cleared)


def contexts_of(leads: Sequence[Lead]) -> dict[int, Context]:
    """One context per organization of the leads, whose organizations are loaded already. One query."""
    domains = {view_of(lead).company_domain for lead in leads} - {""}
    names = {lead.company_name[: CompanyName.LENGTH].lower() for lead in leads} - {""}
    organizations = {lead.organization_id: lead.organization for lead in leads}
    colleagues: dict[int, list[Colleague]] = defaultdict(list)
    if domains or names:
        earlier = (
            Lead.objects.annotate(domain=EmailDomain(), known_company=CompanyName())
            .filter(Q(domain__in=domains) | Q(known_company__in=names), organization__in=organizations)
            .filter(pk__lt=max(lead.pk for lead in leads))
            .order_by("-last_captured_at", "-pk")
            .only("organization_id", "email", "provenance", *COMPANY)
        )
        for lead in earlier[:MOST]:
            colleagues[lead.organization_id].append(_colleague(lead))
    return {pk: _context(organization.default_country, colleagues[pk]) for pk, organization in organizations.items()}


def _colleague(lead: Lead) -> Colleague:
    """Only what was said: what enrichment found there would otherwise be passed on and on."""
    said = {key: value for key in COMPANY if (value := getattr(lead, key)) and key not in lead.provenance}
    return Colleague(lead.pk, company_domain(lead.email), said)


def _context(default_country: str, colleagues: Iterable[Colleague]) -> Context:
    by_domain: dict[str, list[Colleague]] = defaultdict(list)
    by_company: dict[str, list[Colleague]] = defaultdict(list)
    for colleague in colleagues:
        if colleague.domain:
            by_domain[colleague.domain].append(colleague)
        if name := folded(colleague.company.get("company_name", "")):
            by_company[name].append(colleague)
    return Context(default_country, by_domain, by_company)
