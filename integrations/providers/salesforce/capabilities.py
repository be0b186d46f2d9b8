"""What Salesforce can do, in the words of the comparison page, and the ways to connect."""

from integrations.contract import Capabilities, ConnectMethod, EngagementKind, Feature, sign_in_window
from integrations.providers.salesforce import client_credentials, soap

_TASK = "Task, done"

CAPABILITIES = Capabilities(
    has={
        Feature.COMPANIES: "Account, found by website, then name; or Company as a field of the Lead.",
        Feature.MOBLY_KEY: "An external id field: a lost answer is repeated without a second record.",
        Feature.BATCHES: "Up to 400 leads in one request.",
        Feature.CAMPAIGNS: "Campaigns and their members.",
        Feature.CAMPAIGN_STATUSES: "The statuses each campaign defines.",
        Feature.ARCHIVED_CAMPAIGNS: "An inactive campaign takes no new members.",
        Feature.ENGAGEMENTS: "Tasks, and an Event for a calendar invite.",
        Feature.MULTI_SELECT: "Multi-select picklists, joined with semicolons.",
        Feature.CREATE_FIELDS: "On Lead, Contact and Account, with access for the connected user.",
        Feature.REQUIRED_FIELDS: "From the object’s description; validation rules speak when a lead is sent.",
        Feature.FIELD_LENGTHS: "From the object’s description.",
        Feature.RECORD_OWNER: "The org’s default, its assignment rules, or the rep who captured the lead.",
        Feature.CONVERSION: "A converted Lead leads to its Contact.",
        Feature.DUPLICATE_RULES: "The record that collides is named and linked.",
        Feature.DAILY_LIMIT: "API calls used and left, with a reserve for single pushes.",
        Feature.REVOKE: "The refresh token is revoked.",
        Feature.FURTHER_OBJECTS: "Custom objects with a lookup to Lead, Contact or Account: one record for each lead.",
    },
    lacks={},
    engagements={kind: "Event" if kind is EngagementKind.CALENDAR_INVITE else _TASK for kind in EngagementKind},
    campaign_word="Campaign",
    pkce=True,
)

METHODS: tuple[ConnectMethod, ...] = (
    sign_in_window(
        "Sign in at Salesforce and approve. Works with single sign-on and MFA.",
        "Create or choose the user Mobly acts as. A standard user with the Sales role is the simplest.",
        "Sign in as that user in the window that opens.",
        "Approve “Manage user data via APIs (api)” and “Perform requests at any time (refresh_token)”.",
    ),
    ConnectMethod(
        "sandbox_window",
        "Sign-in window of a sandbox org",
        "For an org that signs in at test.salesforce.com.",
        (
            "Sign in with the user of the sandbox: its name ends with the sandbox's name.",
            "Approve the same as above. A sandbox that is refreshed forgets it; connect again then.",
        ),
        elsewhere=True,
    ),
    client_credentials.WAY,
    soap.WAY,
)
