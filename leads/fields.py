"""The catalogue of Mobly fields: what can be mapped, how it is called, its type and where it is read from.

`MOBLY_FIELDS` is in the order of the Mapping tab. A qualifier is a further field with the key `qualifier:<id>`; those
are not listed here but made per organization by `integrations`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leads.models.lead import Lead


class Type(enum.StrEnum):
    """The badge beside a Mobly field."""

    TEXT = "TEXT"
    EMAIL = "EMAIL"
    URL = "URL"
    PHONE = "PHONE"
    NUMBER = "NUMBER"
    DATE = "DATE"
    BOOLEAN = "BOOLEAN"
    LIST = "LIST"


class Group(enum.StrEnum):
    BASIC = "Basic"
    COMPANY = "Company"
    MOBLY = "Mobly"


@dataclass(frozen=True, slots=True)
class MoblyField:
    """`recommended` is the name of the field we suggest to create in the CRM, empty where the CRM has its own.
    `editable` fields are what a person may say at capture; the others are computed."""

    key: str
    label: str
    type: Type
    group: Group
    editable: bool = True
    recommended: str = ""
    long: bool = False

    def read(self, lead: Lead) -> Any:
        """The lead's value: a str (blank when unknown) or an int."""
        return str(lead.uid) if self.key == "mobly_lead_id" else getattr(lead, self.key)


def _basic(key: str, label: str, type: Type = Type.TEXT) -> MoblyField:
    return MoblyField(key, label, type, Group.BASIC)


def _company(key: str, label: str, type: Type = Type.TEXT) -> MoblyField:
    return MoblyField(key, label, type, Group.COMPANY)


def _computed(key: str, label: str, recommended: str, type: Type = Type.TEXT, *, long: bool = False) -> MoblyField:
    return MoblyField(key, label, type, Group.MOBLY, editable=False, recommended=recommended, long=long)


MOBLY_FIELDS: tuple[MoblyField, ...] = (
    _basic("first_name", "First Name"),
    _basic("last_name", "Last Name"),
    _basic("email", "Email", Type.EMAIL),
    _basic("personal_email", "Personal Email", Type.EMAIL),
    _basic("personal_address", "Personal Address"),
    _basic("linkedin", "LinkedIn", Type.URL),
    _basic("facebook", "Facebook", Type.URL),
    _basic("x_twitter", "X (Twitter)", Type.URL),
    _basic("profile_picture", "Profile Picture", Type.URL),
    _basic("job_title", "Job Title"),
    _basic("phone_number", "Phone Number", Type.PHONE),
    MoblyField(
        "other_phone_numbers",
        "Other Phone Numbers",
        Type.LIST,
        Group.BASIC,
        recommended="mobly_other_phone_numbers",
        long=True,
    ),
    _company("company_name", "Company Name"),
    _company("company_website", "Company Website/Domain", Type.URL),
    _company("company_industry", "Company Industry"),
    _company("company_size", "Company Size", Type.NUMBER),
    _company("company_linkedin", "Company LinkedIn", Type.URL),
    MoblyField(
        "company_street_address",
        "Company Street Address",
        Type.TEXT,
        Group.COMPANY,
        recommended="mobly_company_address",
    ),
    _company("company_city", "Company City"),
    _company("company_state", "Company State"),
    _company("company_zip_code", "Company Zip Code"),
    _company("company_country", "Company Country"),
    MoblyField("description", "Description", Type.TEXT, Group.MOBLY, recommended="mobly_description", long=True),
    _computed("number_of_scans", "Number of Scans", "mobly_number_scans", Type.NUMBER),
    _computed("first_scanned_by", "First Scanned By", "mobly_first_scanned_by", Type.EMAIL),
    _computed("last_scanned_by", "Last Scanned By", "mobly_last_scanned_by", Type.EMAIL),
    _computed("last_scanned_event", "Last Scanned Event", "mobly_last_scanned_event"),
    _computed("all_scanned_events", "All Scanned Events", "mobly_all_events", Type.LIST, long=True),
    _computed("most_recent_campaign", "Most Recent Mobly Campaign", "mobly_most_recent_campaign"),
    _computed("all_campaigns", "All Mobly Campaigns", "mobly_all_campaigns", Type.LIST, long=True),
    _computed("mobly_lead_id", "Mobly Lead ID", "mobly_lead_id"),
)

BY_KEY: Mapping[str, MoblyField] = {entry.key: entry for entry in MOBLY_FIELDS}
EDITABLE: tuple[MoblyField, ...] = tuple(entry for entry in MOBLY_FIELDS if entry.editable)


def values_of(lead: Lead) -> dict[str, Any]:
    """Every Mobly field of a lead by key; reads no other table."""
    return {entry.key: entry.read(lead) for entry in MOBLY_FIELDS}
