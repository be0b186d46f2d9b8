"""What Zoho CRM can do, in the words of the comparison page, and the ways to connect."""

from integrations.contract import Capabilities, ConnectMethod, EngagementKind, Feature, sign_in_window

CAPABILITIES = Capabilities(
    has={
        Feature.COMPANIES: "Account, found by name, with the setting Contacts with Accounts; else a field of the lead.",
        Feature.MOBLY_KEY: "A unique field, or the e-mail: a lost answer is repeated without a second record.",
        Feature.BATCHES: "100 leads in one request.",
        Feature.CAMPAIGNS: "Campaigns.",
        Feature.CAMPAIGN_STATUSES: "The organization’s own list of member statuses.",
        Feature.ARCHIVED_CAMPAIGNS: "A campaign whose status is Inactive takes no new members.",
        Feature.ENGAGEMENTS: "A note each.",
        Feature.MULTI_SELECT: "Multi-select fields.",
        Feature.CREATE_FIELDS: "As custom fields; labels are cut to 25 characters.",
        Feature.REQUIRED_FIELDS: "Those of the module and of its layouts; layout rules show only when they refuse.",
        Feature.FIELD_LENGTHS: "From the field’s metadata.",
        Feature.RECORD_OWNER: "CRM default, or the rep who captured the lead.",
        Feature.CONVERSION: "A converted lead goes on as its contact.",
        Feature.DUPLICATE_RULES: "A unique value that is taken names the record that has it.",
        Feature.DAILY_LIMIT: "Once half of the API credits of 24 hours are used.",
        Feature.REVOKE: "The refresh token is revoked.",
    },
    lacks={Feature.FURTHER_OBJECTS: "Leads, contacts, accounts, campaigns and notes; custom modules stay alone."},
    usage_word="API credits",
    engagements=dict.fromkeys(EngagementKind, "Note"),
)

METHODS: tuple[ConnectMethod, ...] = (
    sign_in_window(
        "A window opens at Zoho. Sign in, choose the organization and accept what Mobly asks for.",
        "Sign in to Zoho CRM as the user Mobly shall act as.",
        "Give that user’s profile API access, and the right to view, create and edit the modules leads go to.",
        "Choose Connect and accept what Zoho shows. Your data centre is found by itself.",
    ),
)
