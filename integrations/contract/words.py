"""The words the engine, the providers and the screens share."""

from __future__ import annotations

import enum


class Category(enum.StrEnum):
    CRM = "crm"
    MARKETING = "marketing"
    WEBHOOK = "webhook"


class Role(enum.StrEnum):
    """What a remote object is to a mapping."""

    PERSONA = "persona"
    COMPANY = "company"
    OTHER = "other"


class FieldType(enum.StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    URL = "url"
    PHONE = "phone"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    PICKLIST = "picklist"
    MULTI_PICKLIST = "multi_picklist"
    REFERENCE = "reference"
    OTHER = "other"


class Cause(enum.StrEnum):
    """Why a lead is not Cleared. Their words, help and fixes are in `reconciliation/causes.py`."""

    AUTHENTICATION = "AUTHENTICATION"
    RATE_LIMITED = "RATE_LIMITED"
    REMOTE_UNAVAILABLE = "REMOTE_UNAVAILABLE"
    RECORD_LOCKED = "RECORD_LOCKED"
    PERMISSION = "PERMISSION"
    NO_TAG_MAPPING = "NO_TAG_MAPPING"
    MISSING_REMOTE_FIELD = "MISSING_REMOTE_FIELD"
    REQUIRED_FIELD_MISSING = "REQUIRED_FIELD_MISSING"
    DATA_VALUE_VALIDATION = "DATA_VALUE_VALIDATION"
    DUPLICATE_RECORD = "DUPLICATE_RECORD"
    AMBIGUOUS_MATCH = "AMBIGUOUS_MATCH"
    CAMPAIGN_NOT_FOUND = "CAMPAIGN_NOT_FOUND"
    CAMPAIGN_STATUS_INVALID = "CAMPAIGN_STATUS_INVALID"
    REMOTE_RULE = "REMOTE_RULE"
    UNCONFIRMED = "UNCONFIRMED"
    INTERNAL = "INTERNAL"


class WriteBehaviour(enum.StrEnum):
    OVERWRITE = "overwrite"
    IF_BLANK = "if_blank"


class Step(enum.StrEnum):
    """The parts of one lead's delivery, in order."""

    PLAN = "plan"
    MATCH = "match"
    COMPANY = "company"
    PERSON = "person"
    LINK = "link"
    MEMBERSHIP = "membership"
    ENGAGEMENT = "engagement"
    FURTHER = "further"


class EngagementKind(enum.StrEnum):
    NOTE = "note"
    CALL = "call"
    EMAIL = "email"
    TEXT = "text"
    LINKEDIN = "linkedin"
    FACEBOOK = "facebook"
    X = "x"
    CALENDAR_INVITE = "calendar_invite"


class Feature(enum.StrEnum):
    """What CRM integrations are compared by. The value is the row's heading on the comparison page."""

    COMPANIES = "Companies"
    MOBLY_KEY = "Safe repeat by Mobly Lead ID"
    BATCHES = "Many leads in one request"
    CAMPAIGNS = "Campaigns"
    CAMPAIGN_STATUSES = "Member status"
    ARCHIVED_CAMPAIGNS = "Archived campaigns are recognised"
    ENGAGEMENTS = "Engagements on the timeline"
    MULTI_SELECT = "Several qualifier values in one field"
    CREATE_FIELDS = "Create recommended fields"
    REQUIRED_FIELDS = "Required fields are known before sending"
    FIELD_LENGTHS = "Field lengths are known before sending"
    RECORD_OWNER = "Record owner"
    CONVERSION = "Converted leads are followed"
    DUPLICATE_RULES = "Duplicate rules name the record"
    DAILY_LIMIT = "Daily limit shown"
    REVOKE = "Disconnect takes our access back"
    FURTHER_OBJECTS = "Further objects"
