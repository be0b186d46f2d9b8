"""The sources in the order they are asked. What an earlier one found, a later one sees and does not replace."""

from __future__ import annotations

from leads.enrichment.sources.country import Country
from leads.enrichment.sources.earlier_leads import EarlierLeads
from leads.enrichment.sources.email_domain import EmailDomain
from leads.enrichment.sources.phone import Phone
from leads.enrichment.view import Source

SOURCES: tuple[Source, ...] = (EarlierLeads(), EmailDomain(), Country(), Phone())
