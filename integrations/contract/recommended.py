"""The fields we recommend to make in a CRM: one per Mobly field that CRMs have no place of their own for.

Names and kinds are the owner's guide's where it has them. A provider picks from these what its objects lack.
"""

from __future__ import annotations

from collections.abc import Mapping

from integrations.contract.schema import NewField
from integrations.contract.words import FieldType

LINE = 255
PAGES = 32_768


def _line(mobly_field: str, name: str, label: str, help: str = "") -> NewField:
    return NewField(mobly_field, name, label, FieldType.TEXT, LINE, help=help)


def _pages(mobly_field: str, name: str, label: str, help: str = "") -> NewField:
    return NewField(mobly_field, name, label, FieldType.LONG_TEXT, PAGES, help=help)


def _url(mobly_field: str, name: str, label: str) -> NewField:
    return NewField(mobly_field, name, label, FieldType.URL, LINE)


_ALL = (
    _pages("description", "mobly_description", "Mobly Description", "Notes about the lead from the event."),
    NewField(
        "number_of_scans",
        "mobly_number_scans",
        "Mobly Number of Scans",
        FieldType.NUMBER,
        help="Scans of the lead across all events.",
    ),
    _line("first_scanned_by", "mobly_first_scanned_by", "Mobly First Scanned By", "E-mail of the first scanner."),
    _line("last_scanned_by", "mobly_last_scanned_by", "Mobly Last Scanned By", "E-mail of the last scanner."),
    _line(
        "last_scanned_event",
        "mobly_last_scanned_event",
        "Mobly Last Scanned Event",
        "Uploads and manual entries do not count.",
    ),
    _pages("all_scanned_events", "mobly_all_events", "Mobly All Events", "Every event the lead was scanned at."),
    _line(
        "most_recent_campaign",
        "mobly_most_recent_campaign",
        "Mobly Most Recent Campaign",
        "The Mobly label put on the lead last.",
    ),
    _pages("all_campaigns", "mobly_all_campaigns", "Mobly All Campaigns", "Every Mobly label on the lead."),
    NewField(
        "mobly_lead_id",
        "mobly_lead_id",
        "Mobly Lead ID",
        FieldType.TEXT,
        LINE,
        unique=True,
        help="Our own stable id: the safest key to find the record by.",
    ),
    NewField("personal_email", "mobly_personal_email", "Mobly Personal Email", FieldType.EMAIL),
    _line("personal_address", "mobly_personal_address", "Mobly Personal Address"),
    _url("linkedin", "mobly_linkedin", "Mobly LinkedIn"),
    _url("facebook", "mobly_facebook", "Mobly Facebook"),
    _url("x_twitter", "mobly_x_twitter", "Mobly X (Twitter)"),
    _url("profile_picture", "mobly_profile_picture", "Mobly Profile Picture"),
    _line("job_title", "mobly_job_title", "Mobly Job Title"),
    _pages("other_phone_numbers", "mobly_other_phone_numbers", "Mobly Other Phone Numbers", "Separated by semicolons."),
    _line("company_name", "mobly_company_name", "Mobly Company Name"),
    _url("company_website", "mobly_company_website", "Mobly Company Website"),
    _line("company_industry", "mobly_company_industry", "Mobly Company Industry"),
    NewField("company_size", "mobly_company_size", "Mobly Company Size", FieldType.NUMBER),
    _url("company_linkedin", "mobly_company_linkedin", "Mobly Company LinkedIn"),
    _line("company_street_address", "mobly_company_address", "Mobly Company Address"),
    _line("company_city", "mobly_company_city", "Mobly Company City"),
    _line("company_state", "mobly_company_state", "Mobly Company State"),
    _line("company_zip_code", "mobly_company_zip_code", "Mobly Company Zip Code"),
    _line("company_country", "mobly_company_country", "Mobly Company Country"),
)

RECOMMENDED: Mapping[str, NewField] = {field.mobly_field: field for field in _ALL}

# What only Mobly knows: no CRM has a field of its own for these.
MOBLY_ONLY = (
    "description",
    "number_of_scans",
    "first_scanned_by",
    "last_scanned_by",
    "last_scanned_event",
    "all_scanned_events",
    "most_recent_campaign",
    "all_campaigns",
    "mobly_lead_id",
)


def recommended(*mobly_fields: str) -> tuple[NewField, ...]:
    """The recommended fields for these Mobly fields, in the order given."""
    return tuple(RECOMMENDED[key] for key in mobly_fields)
