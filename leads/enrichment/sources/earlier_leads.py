from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from leads.enrichment.view import Colleague, Context, Found, LeadView

# Each stands for itself …
SINGLE = ("company_name", "company_website", "company_industry", "company_size", "company_linkedin")
# … and these five only together: a street of one office with the city of another is no address.
ADDRESS = (
    "company_street_address",
    "company_city",
    "company_state",
    "company_zip_code",
    "company_country",
)
# So many colleagues are asked at most.
ENOUGH = 50


class EarlierLeads:
    """What earlier leads of the same company said about it; the newest that said something wins.

    The same company: the same e-mail domain, unless it is a free-mail one; else the same company name, as long as both
    do not have different domains of their own.
    """

    key = "earlier_leads"

    def find(self, lead: LeadView, context: Context) -> Found:
        known = [colleague.company for colleague in islice(_colleagues(lead, context), ENOUGH)]
        found = {field: value for field in SINGLE if lead.lacks(field) and (value := _first(field, known))}
        if all(lead.lacks(field) for field in ADDRESS):
            found |= next((address for company in known if (address := _address(company))), {})
        return Found(found)


def _colleagues(lead: LeadView, context: Context) -> Iterator[Colleague]:
    """By domain first, then by name."""
    if lead.company_domain:
        for other in context.by_domain.get(lead.company_domain, ()):
            if other.pk < lead.pk:
                yield other
    for other in context.by_company.get(folded(lead.get("company_name")), ()):
        if other.pk < lead.pk and not (other.domain and lead.company_domain):
            yield other


def folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _first(field: str, companies: Iterable[Mapping[str, str]]) -> str:
    return next((company[field] for company in companies if company.get(field)), "")


def _address(company: Mapping[str, str]) -> dict[str, str]:
    return {field: company[field] for field in ADDRESS if company.get(field)}
