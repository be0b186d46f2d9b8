"""What a provider is and what it can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from integrations.contract.connection import Account, App, Check, ConnectMethod, Tokens, TokenSource
from integrations.contract.delivery import Campaign, Delivery, Match, RemoteRef, Result
from integrations.contract.schema import FurtherObject, MadeField, NewField, OfferedObject, RemoteObject
from integrations.contract.words import Category, EngagementKind, Feature, Role, WriteBehaviour
from mobly_sync.http import Session


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
    """What this vendor can do, declared and never guessed: the screens, the comparison page and the contract suite read
    it.

    `has` says how (a few words), `lacks` says why not and what is offered instead; every `Feature` stands in one of
    them. `engagements` is the record each kind becomes there.
    """

    has: Mapping[Feature, str]
    lacks: Mapping[Feature, str]
    engagements: Mapping[EngagementKind, str]
    campaign_word: str = "Campaign"
    # Shown above the campaigns where the vendor has something else in their place.
    campaigns_notice: str = ""
    # What the vendor's daily allowance counts, in the plural.
    usage_word: str = "API calls"
    # Whether a field we make gets the API name we ask for.
    names_fields: bool = True
    pkce: bool = False

    @property
    def campaigns(self) -> bool:
        """Whether people can join anything there: its campaigns, or what takes their place."""
        return Feature.CAMPAIGNS in self.has or bool(self.campaigns_notice)

    @property
    def campaign_statuses(self) -> bool:
        return Feature.CAMPAIGN_STATUSES in self.has

    @property
    def create_fields(self) -> bool:
        return Feature.CREATE_FIELDS in self.has

    @property
    def revoke(self) -> bool:
        return Feature.REVOKE in self.has

    @property
    def no_campaigns_because(self) -> str:
        return self.lacks.get(Feature.CAMPAIGNS, "")


@dataclass(frozen=True, slots=True)
class Default:
    """One line of Set Defaults: candidates in order; the first that exists remotely and is writable wins.

    `labels` are tried after the names, as people read them, for vendors that name custom fields differently in every
    account.
    """

    mobly_field: str
    remote_fields: tuple[str, ...]
    behaviour: WriteBehaviour = WriteBehaviour.OVERWRITE
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """Where the popup goes, and the secret half of PKCE to keep until the callback (empty without PKCE)."""

    url: str
    code_verifier: str = ""


class Client(Protocol):
    """An open connection of one integration: a session, tokens and the app. Built by `Provider.client`."""

    calls: int  # HTTP requests made so far, as the vendor counts them
    usage: tuple[int, int] | None  # calls used and allowed a day, as the last answer told; None while nobody said


class FurtherObjects(Protocol):
    """What a provider with `Feature.FURTHER_OBJECTS` knows beside persons and companies: objects an admin may add."""

    def offered(self, client: Any, options: Mapping[str, str]) -> list[OfferedObject]:
        """The objects that could be added, by label. Raises `ProviderError`."""

    def describe(self, client: Any, objects: Sequence[FurtherObject]) -> list[RemoteObject]:
        """These objects, in order; one that is gone or hidden comes without fields. Raises `ProviderError`."""


class Provider(Protocol):
    """One vendor. Everything above this line is the same for all of them."""

    key: str
    name: str
    monogram: str
    category: Category
    capabilities: Capabilities
    settings: tuple[Setting, ...]
    # The ways to connect, the sign-in window first.
    methods: tuple[ConnectMethod, ...]
    # None without `Feature.FURTHER_OBJECTS`.
    further: FurtherObjects | None
    # How many leads one `deliver` takes at most.
    batch_size: int

    def wrong_settings(self, app: App) -> Sequence[str]:
        """What an operator set for this vendor that can never take effect, a sentence each; asked at every start."""

    # -- connecting
    def authorization(self, app: App, *, redirect_uri: str, state: str) -> AuthorizationRequest: ...

    def exchange(
        self,
        session: Session,
        app: App,
        *,
        code: str,
        redirect_uri: str,
        code_verifier: str,
        callback: Mapping[str, str] | None = None,
    ) -> Tokens:
        """Turn a code into tokens. `callback` is all the vendor said when it came back, for vendors that say where to
        ask; it comes through the browser and must be checked. Raises `AuthorizationRefused`, `Unavailable`.
        """

    def refresh(self, session: Session, app: App, tokens: Tokens) -> Tokens:
        """Raises `AuthenticationFailed` when it is final, `Unavailable` or `Throttled` when it may be tried again."""

    def revoke(self, session: Session, app: App, tokens: Tokens) -> None:
        """Tell the vendor to forget us. Raises `ProviderError` when it did not work."""

    def uninstalled(self, app: App, *, authorization: str, body: bytes) -> str:
        """The account that took our app away at the vendor, as the vendor tells it at the callback address; empty for
        vendors that send no such message. Raises `AuthorizationRefused` when it is not the vendor who says so.
        """

    def client(self, session: Session, app: App, tokens: TokenSource) -> Client: ...

    def account(self, client: Any) -> Account: ...

    def check(self, client: Any, options: Mapping[str, str], mapped: Mapping[str, Sequence[str]]) -> list[Check]:
        """The connection check. `mapped` is remote object -> mapped remote field names."""

    # -- schema
    def object_names(self, options: Mapping[str, str]) -> list[tuple[str, Role]]:
        """The objects of the Mapping tab in its order, for these settings: persona first, then company; further objects
        come after them.
        """

    def describe(self, client: Any, options: Mapping[str, str]) -> list[RemoteObject]: ...

    def defaults(self, object_name: str) -> tuple[Default, ...]: ...

    def recommended_fields(self, object_name: str) -> tuple[NewField, ...]:
        """What we suggest to make on this object where it is not there yet."""

    def create_fields(self, client: Any, object_name: str, fields: Sequence[NewField]) -> list[MadeField]:
        """Make these fields so that our user can write them. One answer per field in order; a field that exists
        already counts as made. Raises `ProviderError` when nothing could be asked.
        """

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

    def find(self, client: Any, delivery: Delivery, options: Mapping[str, str]) -> Match:
        """Where `deliver` would write this lead and what it would send, by the same matching; writes nothing.

        Everything is looked up, stored ids too. Memberships and engagements are left out. Raises `ProviderError`.
        """

    def look(self, client: Any, ref: RemoteRef, fields: Sequence[str]) -> dict[str, Any] | None:
        """The record's present values by remote field name, or None when it is gone."""
