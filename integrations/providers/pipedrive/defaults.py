"""The recommended mapping: Pipedrive's own fields by name, custom ones by their label, which differ only there.

Job title, notes and the like of Contact Sync come after custom fields are looked for by name only where the account has
them; an account without Contact Sync does not list them.
"""

from integrations.contract import RECOMMENDED, Default
from integrations.providers.pipedrive.schema import (
    ADDRESS,
    EMAILS,
    EMAILS_HOME,
    FIRST_NAME,
    LAST_NAME,
    NAME,
    ORGANIZATIONS,
    PERSONS,
    PHONES,
    PHONES_OTHER,
)

# Mobly field -> names of Pipedrive's own, then labels people give such a field. What is known of a company stands on
# its organization; a person's own fields for it can be mapped by hand.
_PERSONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "first_name": ((FIRST_NAME,), ()),
    "last_name": ((LAST_NAME,), ()),
    "email": ((EMAILS,), ()),
    "personal_email": ((EMAILS_HOME,), ()),
    "personal_address": ((), ("Personal Address", "Home Address")),
    "linkedin": ((), ("LinkedIn", "LinkedIn Profile", "LinkedIn URL")),
    "facebook": ((), ("Facebook",)),
    "x_twitter": ((), ("X (Twitter)", "X", "Twitter")),
    "profile_picture": ((), ("Profile Picture URL",)),
    "job_title": (("job_title",), ("Job Title", "Title", "Position")),
    "phone_number": ((PHONES,), ()),
    "other_phone_numbers": ((PHONES_OTHER,), ()),
    "description": ((), ("Description",)),
    "number_of_scans": ((), ()),
    "first_scanned_by": ((), ()),
    "last_scanned_by": ((), ()),
    "last_scanned_event": ((), ()),
    "all_scanned_events": ((), ()),
    "most_recent_campaign": ((), ()),
    "all_campaigns": ((), ()),
    "mobly_lead_id": ((), ()),
}

_ORGANIZATIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "company_name": ((NAME,), ()),
    "company_website": (("website",), ("Website", "Company Website", "Domain")),
    "company_industry": (("industry",), ("Industry", "Company Industry")),
    "company_size": (("employee_count",), ("Company Size", "Number of Employees", "Employees")),
    "company_linkedin": (("linkedin",), ("LinkedIn", "Company LinkedIn", "LinkedIn Profile")),
    "company_street_address": ((ADDRESS,), ("Street Address",)),
    "company_city": ((), ("City", "Company City")),
    "company_state": ((), ("State", "Company State")),
    "company_zip_code": ((), ("Zip Code", "Postal Code", "Company Zip Code")),
    "company_country": ((), ("Country", "Company Country")),
}

_ALL = {PERSONS: _PERSONS, ORGANIZATIONS: _ORGANIZATIONS}


def defaults(object_name: str) -> tuple[Default, ...]:
    return tuple(
        Default(mobly, names, labels=(*_recommended(mobly), *labels))
        for mobly, (names, labels) in _ALL.get(object_name, {}).items()
    )


def _recommended(mobly: str) -> tuple[str, ...]:
    """The label and the name of the field we would make: people make it under either."""
    new = RECOMMENDED.get(mobly)
    return (new.label, new.name) if new else ()
