"""The recommended mapping: for each Mobly field the properties to try in order, HubSpot's own or recommended ones.

Left out on purpose: `industry` of companies and `numemployees` of contacts are pick lists with HubSpot's own options,
which free text seldom meets; mapping them by default would make leads fail.
"""

from integrations.contract import Default
from integrations.providers.hubspot.schema import COMPANIES, CONTACTS

_CONTACTS: dict[str, tuple[str, ...]] = {
    "first_name": ("firstname",),
    "last_name": ("lastname",),
    "email": ("email",),
    "personal_email": ("mobly_personal_email",),
    "personal_address": ("mobly_personal_address",),
    "linkedin": ("hs_linkedin_url", "mobly_linkedin"),
    "facebook": ("mobly_facebook",),
    "x_twitter": ("twitterhandle", "mobly_x_twitter"),
    "profile_picture": ("mobly_profile_picture",),
    "job_title": ("jobtitle",),
    "phone_number": ("phone", "mobilephone"),
    "other_phone_numbers": ("mobly_other_phone_numbers",),
    "company_name": ("company",),
    "company_website": ("website",),
    "company_industry": ("industry", "mobly_company_industry"),
    "company_size": ("mobly_company_size",),
    "company_linkedin": ("mobly_company_linkedin",),
    "company_street_address": ("address", "mobly_company_address"),
    "company_city": ("city",),
    "company_state": ("state",),
    "company_zip_code": ("zip",),
    "company_country": ("country",),
    "description": ("mobly_description", "message"),
    "number_of_scans": ("mobly_number_scans",),
    "first_scanned_by": ("mobly_first_scanned_by",),
    "last_scanned_by": ("mobly_last_scanned_by",),
    "last_scanned_event": ("mobly_last_scanned_event",),
    "all_scanned_events": ("mobly_all_events",),
    "most_recent_campaign": ("mobly_most_recent_campaign",),
    "all_campaigns": ("mobly_all_campaigns",),
    "mobly_lead_id": ("mobly_lead_id",),
}

_COMPANIES: dict[str, tuple[str, ...]] = {
    "company_name": ("name",),
    # Not `domain`: that is the key companies are found by, and is filled from the website by itself.
    "company_website": ("website",),
    "company_industry": ("mobly_company_industry",),
    "company_size": ("numberofemployees",),
    "company_linkedin": ("linkedin_company_page",),
    "company_street_address": ("address", "mobly_company_address"),
    "company_city": ("city",),
    "company_state": ("state",),
    "company_zip_code": ("zip",),
    "company_country": ("country",),
}

_ALL = {CONTACTS: _CONTACTS, COMPANIES: _COMPANIES}


def defaults(object_name: str) -> tuple[Default, ...]:
    return tuple(Default(mobly, remote) for mobly, remote in _ALL.get(object_name, {}).items())
