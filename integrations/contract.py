"""What a provider is: the values that cross the line between the engine and one vendor, and the errors it may answer
with.

Pure Python, no Django: planning, policy, providers and their tests share these words. A provider folder implements
`Provider` and imports nothing else of the project but this module and `mobly_sync.http`. The file-by-file checklist for
writing one is `docs/adding-a-provider.md`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from mobly_sync.http import Session

# --- Words ----------------------------------------------------------------------------------------------------------


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


class EngagementKind(enum.StrEnum):
    NOTE = "note"
    CALL = "call"
    EMAIL = "email"
    TEXT = "text"
    LINKEDIN = "linkedin"
    FACEBOOK = "facebook"
    X = "x"
    CALENDAR_INVITE = "calendar_invite"


# --- The remote schema ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a picklist: what is sent, and what people read."""

    value: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class RemoteField:
    """One field of a remote object, as the vendor's own describe tells it.

    `length` counts characters, None when the vendor states none. `required` means: a create without it is refused.
    `options` is empty for fields that are not picklists and for picklists whose options the vendor does not tell;
    `restricted` says whether a value outside `options` is refused.
    """

    name: str
    label: str
    type: FieldType
    vendor_type: str = ""
    length: int | None = None
    required: bool = False
    creatable: bool = True
    updatable: bool = True
    unique: bool = False
    custom: bool = False
    restricted: bool = False
    options: tuple[Option, ...] = ()
    group: str = ""
    help: str = ""

    @property
    def writable(self) -> bool:
        return self.creatable or self.updatable

    def option(self, value: str) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """One object of the vendor with its fields (`fields` by API name, in the vendor's order)."""

    name: str
    label: str
    plural: str
    role: Role
    fields: Mapping[str, RemoteField]
    readable: bool = True
    creatable: bool = True
    updatable: bool = True

    def required(self) -> list[RemoteField]:
        return [remote for remote in self.fields.values() if remote.required and remote.creatable]


# --- The connection -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class App:
    """Who we are to one vendor and where it lives; from `settings.PROVIDERS`."""

    client_id: str
    client_secret: str
    login_url: str
    api_url: str
    api_version: str
    rows_per_request: int
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an authorisation gave us. `expires_at` is None when the vendor does not say (Salesforce: learnt from a
    401).
    """

    access_token: str
    refresh_token: str = ""
    expires_at: datetime | None = None
    api_url: str = ""
    scopes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:  # a token never reaches a log by way of a repr
        return f"Tokens(api_url={self.api_url!r}, expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True)
class Account:
    """Who is connected: `id` is the vendor's own id of the organisation (org id, portal id)."""

    id: str
    name: str
    user: str = ""
    url: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the connection check. `fix` says what to do in the CRM when it is not ok."""

    title: str
    ok: bool
    detail: str = ""
    fix: str = ""


class TokenSource(Protocol):
    """Gives a usable access token and refreshes it once, single-flight across processes (`integrations.connect`)."""

    def current(self) -> Tokens: ...

    def renewed(self, rejected: Tokens) -> Tokens:
        """After a 401 for `rejected`: newer tokens, refreshed now or by somebody else. Raises
        `AuthenticationFailed`.
        """


# --- Delivery: what the engine asks for -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """One remote record."""

    object: str
    id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class RecordWrite:
    """The values for one remote object, by remote field name, already in the kind the vendor's field takes
    (str, int, float, bool, `YYYY-MM-DD` strings; multi picklists as a tuple of option values).

    `values` overwrite; `if_blank` are written only where the remote value is empty; `on_create` only into a new record
    (fallbacks for required fields). A blank value never appears here: blank never clears.
    """

    object: str
    values: Mapping[str, Any] = field(default_factory=dict)
    if_blank: Mapping[str, Any] = field(default_factory=dict)
    on_create: Mapping[str, Any] = field(default_factory=dict)

    def for_create(self) -> dict[str, Any]:
        return {**self.on_create, **self.if_blank, **self.values}

    @property
    def empty(self) -> bool:
        return not self.values and not self.if_blank


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """What a person is looked up by, besides the stored id. `email` is trimmed and lower-cased; may be empty.

    `mobly_id` is our own stable id, `mobly_field` the remote field it is mapped to per object (empty: not mapped)."""

    email: str = ""
    mobly_id: str = ""
    mobly_field: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompanyKeys:
    """What a company is looked up by: `domain` is the bare lower-case host without www, `name` the trimmed name."""

    domain: str = ""
    name: str = ""

    @property
    def empty(self) -> bool:
        return not self.domain and not self.name

    @property
    def identity(self) -> str:
        """Two leads with the same identity belong to the same company, also when it is new in this batch."""
        return self.domain or self.name.casefold()


@dataclass(frozen=True, slots=True)
class Membership:
    """One campaign the person shall join. `kind` is the provider's own word (campaign, list, marketing_event)."""

    campaign_id: str
    kind: str
    name: str = ""
    status: str = ""
    happened_at: datetime | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.campaign_id}"


@dataclass(frozen=True, slots=True)
class EngagementWrite:
    """One logged interaction for the person's timeline. `uid` is our stable id of it; times are aware, `ends_at` for
    invites.
    """

    uid: str
    kind: EngagementKind
    subject: str
    body: str
    happened_at: datetime
    ends_at: datetime | None = None
    author: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything one lead needs at one vendor, planned from one snapshot of mappings and schema.

    `persons` holds a write per persona object the provider may choose (Salesforce: Lead and Contact; HubSpot: one).
    `known` and `known_company` are the stored remote records. `memberships` and `engagements` are those not yet done.
    """

    key: str
    keys: PersonKeys
    persons: Mapping[str, RecordWrite]
    company: RecordWrite | None = None
    company_keys: CompanyKeys = CompanyKeys()
    known: RemoteRef | None = None
    known_company: RemoteRef | None = None
    memberships: tuple[Membership, ...] = ()
    engagements: tuple[EngagementWrite, ...] = ()
    # The last try ended without an answer: look by a strongly consistent read before creating anything.
    in_doubt: bool = False
    # The person's and company's values are acknowledged already: only memberships and engagements are open.
    person_unchanged: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Planning says no: nothing is sent. `subject` is the field or qualifier's label, `value` the lead's value in
    it.
    """

    cause: Cause
    message: str
    subject: str = ""
    value: str = ""
    remote_field: str = ""
    object: str = ""


# --- Results: what a provider answers -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one step of one lead did not work, in the vendor's own words plus our classification.

    `message` is the vendor's text, unescaped. `field` is the remote API name and `value` what we sent in it, where
    known. `ambiguous`: the write may have happened. `transient`: trying again may help. `wait` is how long, in
    seconds, if told. `collides_with` is the record a duplicate rule named; `candidates` are the records an ambiguous
    match found.
    """

    cause: Cause
    message: str
    step: Step = Step.PERSON
    code: str = ""
    field: str = ""
    value: str = ""
    object: str = ""
    status: int | None = None
    request_id: str = ""
    ambiguous: bool = False
    transient: bool = False
    wait: float | None = None
    collides_with: RemoteRef | None = None
    candidates: tuple[RemoteRef, ...] = ()

    def at(self, step: Step) -> Fault:
        return replace(self, step=step)


@dataclass(frozen=True, slots=True)
class Note:
    """One line of a lead's story: what was sent for this lead in one step and what the vendor answered, redacted."""

    step: Step
    summary: str
    sent: Any = None
    answer: Any = None
    status: int | None = None
    request_id: str = ""


@dataclass(slots=True)
class Result:
    """What became of one delivery. Done parts stay done even when a later step has a `fault`."""

    key: str
    person: RemoteRef | None = None
    company: RemoteRef | None = None
    created: bool = False
    person_written: bool = False
    memberships: dict[str, str] = field(default_factory=dict)  # Membership.key -> remote id or ""
    engagements: dict[str, str] = field(default_factory=dict)  # EngagementWrite.uid -> remote id or ""
    fault: Fault | None = None
    warnings: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.fault is None


# --- Campaigns ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Campaign:
    """A remote campaign people can join. `statuses` is empty where membership has none."""

    id: str
    name: str
    kind: str
    active: bool = True
    statuses: tuple[str, ...] = ()
    default_status: str = ""
    url: str = ""


# --- Errors of a whole call -----------------------------------------------------------------------------------------


class ProviderError(Exception):
    """A call failed as a whole. `fault` says how; the engine and the screens read only that."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class AuthenticationFailed(ProviderError):
    """The vendor no longer accepts our credentials: the integration pauses, not the lead."""


class Throttled(ProviderError):
    """A quota or rate limit said no; nothing was processed. `fault.wait` in seconds when the vendor tells."""


class Unavailable(ProviderError):
    """Outage, time-out, reset, 5xx. `fault.ambiguous` when the request may have been processed."""


class Refused(ProviderError):
    """The vendor understood and said no to the call itself (permission, unknown object, our own fault)."""


class AuthorizationRefused(ProviderError):
    """Connecting did not work: the person denied it, or the vendor refused our app."""


# --- The provider ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a setting an admin chooses on the Connect tab."""

    value: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """A provider's own setting on the Connect tab (Salesforce: the matching strategy). The first choice is the
    default.
    """

    key: str
    label: str
    help: str
    choices: tuple[Choice, ...]

    @property
    def default(self) -> str:
        return self.choices[0].value


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this vendor can do; declared, shown on the screens, never guessed."""

    campaigns: bool = True
    campaign_word: str = "Campaign"
    campaign_statuses: bool = False
    engagements: frozenset[EngagementKind] = frozenset(EngagementKind)
    companies: bool = True
    pkce: bool = False
    revoke: bool = True
    no_campaigns_because: str = ""


@dataclass(frozen=True, slots=True)
class Default:
    """One line of Set Defaults: candidates in order; the first that exists remotely and is writable wins."""

    mobly_field: str
    remote_fields: tuple[str, ...]
    behaviour: WriteBehaviour = WriteBehaviour.OVERWRITE


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """Where the popup goes, and the secret half of PKCE to keep until the callback (empty without PKCE)."""

    url: str
    code_verifier: str = ""


class Client(Protocol):
    """An open connection of one integration: a session, tokens and the app. Built by `Provider.client`."""

    calls: int  # HTTP requests made so far, as the vendor counts them
    usage: tuple[int, int] | None  # calls used and allowed a day, as the last answer told; None while nobody said


class Provider(Protocol):
    """One vendor. Everything above this line is the same for all of them."""

    key: str
    name: str
    monogram: str
    category: Category
    capabilities: Capabilities
    settings: tuple[Setting, ...]
    # How many leads one `deliver` takes at most.
    batch_size: int

    # -- connecting
    def authorization(self, app: App, *, redirect_uri: str, state: str) -> AuthorizationRequest: ...

    def exchange(self, session: Session, app: App, *, code: str, redirect_uri: str, code_verifier: str) -> Tokens:
        """Turn a code into tokens. Raises `AuthorizationRefused`, `Unavailable`."""

    def refresh(self, session: Session, app: App, tokens: Tokens) -> Tokens:
        """Raises `AuthenticationFailed` when it is final, `Unavailable` or `Throttled` when it may be tried again."""

    def revoke(self, session: Session, app: App, tokens: Tokens) -> None:
        """Tell the vendor to forget us. Raises `ProviderError` when it did not work."""

    def client(self, session: Session, app: App, tokens: TokenSource) -> Client: ...

    def account(self, client: Any) -> Account: ...

    def check(self, client: Any, options: Mapping[str, str], mapped: Mapping[str, Sequence[str]]) -> list[Check]:
        """The connection check. `mapped` is remote object -> mapped remote field names."""

    # -- schema
    def object_names(self, options: Mapping[str, str]) -> list[tuple[str, Role]]:
        """The objects of the Mapping tab in its order, for these settings: persona first, then company."""

    def describe(self, client: Any, options: Mapping[str, str]) -> list[RemoteObject]: ...

    def defaults(self, object_name: str) -> tuple[Default, ...]: ...

    def multi_value(self, values: Iterable[str]) -> str:
        """Several options of a multi picklist, joined the vendor's way."""

    # -- campaigns
    def campaigns(self, client: Any, *, query: str = "", limit: int = 50) -> list[Campaign]: ...

    def campaign(self, client: Any, *, campaign_id: str, kind: str) -> Campaign | None: ...

    # -- delivery
    def deliver(self, client: Any, deliveries: Sequence[Delivery], options: Mapping[str, str]) -> dict[str, Result]:
        """Match, write company, person, link, memberships, engagements for a whole batch in as few calls as possible.

        Answers a Result per delivery key. A call that fails as a whole is not raised once anything was written: it
        becomes the fault of each lead it concerned; before that a `ProviderError` may be raised for the whole batch.
        """

    def look(self, client: Any, ref: RemoteRef, fields: Sequence[str]) -> dict[str, Any] | None:
        """The record's present values by remote field name, or None when it is gone."""
