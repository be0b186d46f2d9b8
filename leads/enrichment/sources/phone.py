from __future__ import annotations

import phonenumbers

from leads.enrichment.sources.country import country_code
from leads.enrichment.view import Context, Found, LeadView


class Phone:
    """The international form (E.164) of the numbers that were said, beside them: what was said stays.

    A number without a country code is read as one of the lead's country, else of the organization's own.
    """

    key = "phone"

    def find(self, lead: LeadView, context: Context) -> Found:
        country = country_code(lead.get("company_country")) or context.default_country
        normal = {}
        if number := e164(lead.get("phone_number"), country):
            normal["phone_number"] = {"e164": number}
        others = (e164(said, country) for said in lead.get("other_phone_numbers").split(";"))
        if numbers := "; ".join(filter(None, others)):
            normal["other_phone_numbers"] = {"e164": numbers}
        return Found(normal=normal)


def e164(said: str, country: str) -> str:
    """`country` is an ISO code. Returns '' for what is no valid number."""
    said = said.strip()
    attempts = [said, f"+{said[2:]}"] if said.startswith("00") else [said]
    for attempt in attempts:
        try:
            number = phonenumbers.parse(attempt, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""
