"""What Pipedrive can do, in the words of the comparison page, and the ways to connect."""

from integrations.contract import Capabilities, ConnectMethod, EngagementKind, Feature, sign_in_window

CAPABILITIES = Capabilities(
    has={
        Feature.COMPANIES: "Organization, found by its exact name; the person is linked to it.",
        Feature.MOBLY_KEY: "A text field of yours, or the e-mail: Mobly looks before it sends again.",
        Feature.ENGAGEMENTS: "Activities, and notes where Pipedrive has no type of activity.",
        Feature.MULTI_SELECT: "Multiple options; what is ticked in Pipedrive stays ticked.",
        Feature.CREATE_FIELDS: "As custom fields of persons and organizations.",
        Feature.FIELD_LENGTHS: "Texts of one line hold 255 characters; longer texts have no limit.",
        Feature.RECORD_OWNER: "The connected user, or the rep who met the lead.",
        Feature.DAILY_LIMIT: "In tokens of your company’s daily budget.",
        Feature.REVOKE: "The tokens are revoked, and an uninstalled app pauses itself.",
    },
    lacks={
        Feature.FURTHER_OBJECTS: "Persons, organizations, activities and notes; leads and deals stay alone.",
        Feature.BATCHES: "Pipedrive takes one record a request; Mobly sends several at once.",
        Feature.CAMPAIGNS: "Pipedrive has no campaigns. Labels and multiple-option fields take their place.",
        Feature.CAMPAIGN_STATUSES: "A label or option is ticked or not; there is no status.",
        Feature.ARCHIVED_CAMPAIGNS: "Options are not archived; one that was removed is reported.",
        Feature.REQUIRED_FIELDS: "Pipedrive’s required fields bind its own screens; a person needs a name.",
        Feature.CONVERSION: "Persons are not converted.",
        Feature.DUPLICATE_RULES: "Pipedrive takes the same person twice; Mobly looks before it creates.",
    },
    engagements={
        EngagementKind.NOTE: "Note",
        EngagementKind.CALL: "Activity (call)",
        EngagementKind.EMAIL: "Activity (email)",
        EngagementKind.TEXT: "Note, or an activity type of yours named SMS",
        EngagementKind.LINKEDIN: "Note, or an activity type of yours named LinkedIn",
        EngagementKind.FACEBOOK: "Note, or an activity type of yours named Facebook",
        EngagementKind.X: "Note, or an activity type of yours named X",
        EngagementKind.CALENDAR_INVITE: "Activity (meeting)",
    },
    campaign_word="Label or option",
    usage_word="tokens",
    names_fields=False,
    campaigns_notice=(
        "Pipedrive has no campaigns. Choose a label, or an option of a multiple-option field such as Events attended: "
        "Mobly ticks it on every person the lead becomes."
    ),
)

METHODS: tuple[ConnectMethod, ...] = (
    sign_in_window(
        "A window opens at Pipedrive. Choose the company and allow what Mobly asks for.",
        "Sign in to Pipedrive as a user who may install apps and see and edit the contacts leads go to.",
        "Choose the company account in the window that opens, and allow and install the app.",
    ),
)
