"""What HubSpot can do, in the words of the comparison page, and the ways to connect."""

from integrations.contract import Capabilities, ConnectMethod, EngagementKind, Feature, sign_in_window

CAPABILITIES = Capabilities(
    has={
        Feature.COMPANIES: "Company, found by domain and associated with the contact.",
        Feature.MOBLY_KEY: "A unique property, or the e-mail: a lost answer is repeated without a second record.",
        Feature.BATCHES: "100 leads in one request.",
        Feature.CAMPAIGNS: "Marketing events and static lists.",
        Feature.CAMPAIGN_STATUSES: "Registered, attended or cancelled, on marketing events.",
        Feature.ARCHIVED_CAMPAIGNS: "A deleted list or cancelled event takes no new members.",
        Feature.ENGAGEMENTS: "Notes, calls, e-mails, meetings and communications.",
        Feature.MULTI_SELECT: "Multiple checkboxes, joined with semicolons.",
        Feature.CREATE_FIELDS: "As contact and company properties, in the group Mobly.",
        Feature.DAILY_LIMIT: "For apps that HubSpot tells it to.",
        Feature.REVOKE: "The refresh token is deleted.",
    },
    lacks={
        Feature.FURTHER_OBJECTS: "Contacts, companies, lists, events, engagements; no deals, no custom objects.",
        Feature.CONVERSION: "HubSpot converts no contacts. A merged contact leads to the one that remained.",
        Feature.REQUIRED_FIELDS: "HubSpot requires none but the key.",
        Feature.FIELD_LENGTHS: "HubSpot states none; a text may have 65,536 characters.",
        Feature.RECORD_OWNER: "Owners are set by HubSpot’s own rules and workflows.",
        Feature.DUPLICATE_RULES: "HubSpot has none: e-mail and unique properties are the keys.",
    },
    engagements={
        EngagementKind.NOTE: "Note",
        EngagementKind.CALL: "Call",
        EngagementKind.EMAIL: "E-mail",
        EngagementKind.TEXT: "Communication (SMS)",
        EngagementKind.LINKEDIN: "Communication (LinkedIn)",
        EngagementKind.FACEBOOK: "Note",
        EngagementKind.X: "Note",
        EngagementKind.CALENDAR_INVITE: "Meeting",
    },
    campaign_word="List or marketing event",
)

METHODS: tuple[ConnectMethod, ...] = (
    sign_in_window(
        "A window opens at HubSpot. Choose the account and approve what Mobly asks for.",
        "Sign in as a Super Admin, or as a user who may install apps: only they can approve the permissions.",
        "Choose the account that leads shall go to; a user may have several.",
        "Approve what Mobly asks for. What each permission is for stands in the setup guide.",
    ),
)
