from __future__ import annotations

from functools import lru_cache

import pycountry

from leads.enrichment.view import Context, Found, LeadView

# Names people write that ISO 3166 does not list.
ALSO = {
    "uk": "GB",
    "u.k.": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "great britain": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "america": "US",
    "united states of america": "US",
    "deutschland": "DE",
    "österreich": "AT",
    "oesterreich": "AT",
    "schweiz": "CH",
    "suisse": "CH",
    "svizzera": "CH",
    "españa": "ES",
    "espana": "ES",
    "italia": "IT",
    "holland": "NL",
    "the netherlands": "NL",
    "nederland": "NL",
    "belgië": "BE",
    "belgique": "BE",
    "danmark": "DK",
    "sverige": "SE",
    "norge": "NO",
    "suomi": "FI",
    "polska": "PL",
    "czech republic": "CZ",
    "türkiye": "TR",
    "turkey": "TR",
    "brasil": "BR",
    "méxico": "MX",
    "south korea": "KR",
    "korea": "KR",
    "russia": "RU",
    "vietnam": "VN",
    "taiwan": "TW",
    "iran": "IR",
    "uae": "AE",
    "macedonia": "MK",
    "ivory coast": "CI",
}


class Country:
    """The ISO code and the name of the country that was said, beside it: what was said stays."""

    key = "country"

    def find(self, lead: LeadView, context: Context) -> Found:
        code = country_code(lead.get("company_country"))
        return Found(normal={"company_country": {"iso": code, "name": country_name(code)}} if code else {})


def country_code(said: str) -> str:
    """The ISO 3166 alpha-2 code of a name or a code in any case, '' when unknown."""
    return _codes().get(" ".join(said.casefold().split()), "")


def country_name(code: str) -> str:
    """The name in common use of an ISO 3166 alpha-2 code, the code itself when there is none."""
    country = pycountry.countries.get(alpha_2=code)
    return getattr(country, "common_name", country.name) if country else code


@lru_cache
def _codes() -> dict[str, str]:
    codes = dict(ALSO)
    for country in pycountry.countries:
        for attribute in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            name = getattr(country, attribute, None)
            if name:
                codes.setdefault(name.casefold(), country.alpha_2)
    return codes
