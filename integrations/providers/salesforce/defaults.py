"""Set Defaults: where Salesforce has a place for a Mobly field. A `mobly_*__c` field wins where an admin made one."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.contract import RECOMMENDED, Default, WriteBehaviour

_BLANK = WriteBehaviour.IF_BLANK

# The recommended custom fields, the same on every persona object.
_RECOMMENDED = (
    Default("personal_email", ("mobly_personal_email__c",)),
    Default("personal_address", ("mobly_personal_address__c",)),
    Default("linkedin", ("mobly_linkedin__c", "LinkedIn__c", "LinkedIn_URL__c")),
    Default("facebook", ("mobly_facebook__c", "Facebook__c")),
    Default("x_twitter", ("mobly_x_twitter__c", "Twitter__c")),
    Default("profile_picture", ("mobly_profile_picture__c",)),
    Default("company_linkedin", ("mobly_company_linkedin__c",)),
    Default("number_of_scans", ("mobly_number_scans__c",)),
    Default("first_scanned_by", ("mobly_first_scanned_by__c",)),
    Default("last_scanned_by", ("mobly_last_scanned_by__c",)),
    Default("last_scanned_event", ("mobly_last_scanned_event__c",)),
    Default("all_scanned_events", ("mobly_all_events__c",)),
    Default("most_recent_campaign", ("mobly_most_recent_campaign__c",)),
    Default("all_campaigns", ("mobly_all_campaigns__c",)),
    Default("mobly_lead_id", ("mobly_lead_id__c",)),
)

_LEAD = (
    Default("first_name", ("FirstName",)),
    Default("last_name", ("LastName",)),
    Default("email", ("Email",)),
    Default("job_title", ("Title",)),
    Default("phone_number", ("Phone",)),
    Default("other_phone_numbers", ("mobly_other_phone_numbers__c",)),
    Default("company_name", ("Company",)),
    Default("company_website", ("Website",)),
    Default("company_industry", ("Industry",)),
    Default("company_size", ("NumberOfEmployees",)),
    # Where state and country picklists are on, a code field beside each text knows the list: names become codes, and
    # what is not on the list is said before anything is sent.
    Default("company_street_address", ("mobly_company_address__c", "Street")),
    Default("company_city", ("City",)),
    Default("company_state", ("StateCode", "State")),
    Default("company_zip_code", ("PostalCode",)),
    Default("company_country", ("CountryCode", "Country")),
    Default("description", ("mobly_description__c", "Description")),
    *_RECOMMENDED,
)

_CONTACT = (
    Default("first_name", ("FirstName",)),
    Default("last_name", ("LastName",)),
    Default("email", ("Email",)),
    Default("job_title", ("Title",)),
    Default("phone_number", ("Phone",)),
    Default("other_phone_numbers", ("mobly_other_phone_numbers__c",)),
    Default("company_street_address", ("mobly_company_address__c", "MailingStreet")),
    Default("company_city", ("MailingCity",)),
    Default("company_state", ("MailingStateCode", "MailingState")),
    Default("company_zip_code", ("MailingPostalCode",)),
    Default("company_country", ("MailingCountryCode", "MailingCountry")),
    Default("description", ("mobly_description__c", "Description")),
    *_RECOMMENDED,
)

# An account is shared by its people: what one of them said fills gaps, it does not overwrite.
_ACCOUNT = (
    Default("company_name", ("Name",), _BLANK),
    Default("company_website", ("Website",), _BLANK),
    Default("company_industry", ("Industry",), _BLANK),
    Default("company_size", ("NumberOfEmployees",), _BLANK),
    Default("company_linkedin", ("mobly_company_linkedin__c", "LinkedIn__c"), _BLANK),
    Default("company_street_address", ("mobly_company_address__c", "BillingStreet"), _BLANK),
    Default("company_city", ("BillingCity",), _BLANK),
    Default("company_state", ("BillingStateCode", "BillingState"), _BLANK),
    Default("company_zip_code", ("BillingPostalCode",), _BLANK),
    Default("company_country", ("BillingCountryCode", "BillingCountry"), _BLANK),
)

DEFAULTS: Mapping[str, tuple[Default, ...]] = {"Lead": _LEAD, "Contact": _CONTACT, "Account": _ACCOUNT}

# Any other object: what its fields are called says where a value goes.
_NAMES = {"first_name": "First Name", "last_name": "Last Name", "email": "Email", "phone_number": "Phone"}
BY_NAME = (
    *(Default(key, (f"{name.replace(' ', '_')}__c",), labels=(name,)) for key, name in _NAMES.items()),
    *(
        Default(key, (f"{new.name}__c",), labels=(new.label, new.label.removeprefix("Mobly ")))
        for key, new in RECOMMENDED.items()
    ),
)
