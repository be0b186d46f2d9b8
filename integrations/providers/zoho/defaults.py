"""Set Defaults: where Zoho CRM has a place for a Mobly field. A field that was made for it wins, found by its label.

Left out on purpose: `Industry` is a picklist with Zoho's own options, which free text seldom meets; mapping it by
default would make leads fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from integrations.contract import MOBLY_ONLY, Default, NewField, recommended
from integrations.providers.zoho.settings import ACCOUNTS, CONTACTS, LEADS

# Zoho takes labels of at most 25 characters and makes the API name of them.
LABEL = 25
_SHORT = {"most_recent_campaign": "Mobly Recent Campaign"}

_PERSON = (
    *MOBLY_ONLY,
    "personal_address",
    "linkedin",
    "facebook",
    "x_twitter",
    "profile_picture",
    "other_phone_numbers",
)
RECOMMENDED: Mapping[str, tuple[str, ...]] = {
    LEADS: (*_PERSON, "company_industry", "company_linkedin"),
    CONTACTS: _PERSON,
    ACCOUNTS: ("company_industry", "company_linkedin"),
}

_OWN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    LEADS: {
        "first_name": ("First_Name",),
        "last_name": ("Last_Name",),
        "email": ("Email",),
        "personal_email": ("Secondary_Email",),
        "personal_address": (),
        "linkedin": (),
        "facebook": (),
        "x_twitter": ("Twitter",),
        "profile_picture": (),
        "job_title": ("Designation",),
        "phone_number": ("Phone", "Mobile"),
        "other_phone_numbers": (),
        "company_name": ("Company",),
        "company_website": ("Website",),
        "company_industry": (),
        "company_size": ("No_of_Employees",),
        "company_linkedin": (),
        "company_street_address": ("Street",),
        "company_city": ("City",),
        "company_state": ("State",),
        "company_zip_code": ("Zip_Code",),
        "company_country": ("Country",),
        "description": ("Description",),
    },
    CONTACTS: {
        "first_name": ("First_Name",),
        "last_name": ("Last_Name",),
        "email": ("Email",),
        "personal_email": ("Secondary_Email",),
        "personal_address": ("Other_Street",),
        "linkedin": (),
        "facebook": (),
        "x_twitter": ("Twitter",),
        "profile_picture": (),
        "job_title": ("Title",),
        "phone_number": ("Phone", "Mobile"),
        "other_phone_numbers": (),
        "company_street_address": ("Mailing_Street",),
        "company_city": ("Mailing_City",),
        "company_state": ("Mailing_State",),
        "company_zip_code": ("Mailing_Zip",),
        "company_country": ("Mailing_Country",),
        "description": ("Description",),
    },
    ACCOUNTS: {
        "company_name": ("Account_Name",),
        "company_website": ("Website",),
        "company_industry": (),
        "company_size": ("Employees",),
        "company_linkedin": (),
        "company_street_address": ("Billing_Street",),
        "company_city": ("Billing_City",),
        "company_state": ("Billing_State",),
        "company_zip_code": ("Billing_Code",),
        "company_country": ("Billing_Country",),
    },
}


def recommended_fields(object_name: str) -> tuple[NewField, ...]:
    """What is worth making on a module, named as Zoho will name it."""
    return tuple(_named(field) for field in recommended(*RECOMMENDED.get(object_name, ())))


def _named(field: NewField) -> NewField:
    label = _SHORT.get(field.mobly_field, field.label)[:LABEL].rstrip()
    return replace(field, label=label, name="_".join("".join(c if c.isalnum() else " " for c in label).split()))


def defaults(object_name: str) -> tuple[Default, ...]:
    return tuple(_defaults(object_name))


def _defaults(object_name: str) -> Iterator[Default]:
    own = _OWN.get(object_name, {})
    made = {field.mobly_field: field for field in recommended_fields(object_name)}
    for mobly_field in dict.fromkeys([*own, *made]):
        field = made.get(mobly_field)
        # Labels are tried last, so a made field goes first by the name Zoho gives it.
        names = ((field.name,) if field else ()) + own.get(mobly_field, ())
        yield Default(mobly_field, names, labels=(field.label,) if field else ())
