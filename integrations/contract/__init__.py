"""What a provider is: the values that cross the line between the engine and one vendor, and the errors it may answer
with.

Pure Python, no Django: planning, policy, providers and their tests share these words. A provider folder implements
`Provider` and imports nothing else of the project but this module and `mobly_sync.http`. The file-by-file checklist for
writing one is `docs/adding-a-provider.md`.
"""

from integrations.contract.carrying import Carried, Carrying
from integrations.contract.connection import (
    WINDOW,
    Account,
    App,
    Check,
    ConnectField,
    ConnectMethod,
    SignIn,
    Tokens,
    TokenSource,
    sign_in_window,
)
from integrations.contract.delivery import (
    Campaign,
    CompanyKeys,
    Delivery,
    EngagementWrite,
    Fault,
    Match,
    Membership,
    Note,
    PersonKeys,
    RecordWrite,
    Refusal,
    RemoteRef,
    Result,
    new_record,
)
from integrations.contract.errors import (
    AuthenticationFailed,
    AuthorizationRefused,
    ProviderError,
    Refused,
    Throttled,
    Unavailable,
)
from integrations.contract.provider import (
    AuthorizationRequest,
    Capabilities,
    Choice,
    Client,
    Default,
    Provider,
    Setting,
)
from integrations.contract.recommended import MOBLY_ONLY, RECOMMENDED, recommended
from integrations.contract.schema import MadeField, NewField, Option, RemoteField, RemoteObject
from integrations.contract.words import Category, Cause, EngagementKind, Feature, FieldType, Role, Step, WriteBehaviour

__all__ = [
    "MOBLY_ONLY",
    "RECOMMENDED",
    "WINDOW",
    "Account",
    "App",
    "AuthenticationFailed",
    "AuthorizationRefused",
    "AuthorizationRequest",
    "Campaign",
    "Capabilities",
    "Carried",
    "Carrying",
    "Category",
    "Cause",
    "Check",
    "Choice",
    "Client",
    "CompanyKeys",
    "ConnectField",
    "ConnectMethod",
    "Default",
    "Delivery",
    "EngagementKind",
    "EngagementWrite",
    "Fault",
    "Feature",
    "FieldType",
    "MadeField",
    "Match",
    "Membership",
    "NewField",
    "Note",
    "Option",
    "PersonKeys",
    "Provider",
    "ProviderError",
    "RecordWrite",
    "Refusal",
    "Refused",
    "RemoteField",
    "RemoteObject",
    "RemoteRef",
    "Result",
    "Role",
    "Setting",
    "SignIn",
    "Step",
    "Throttled",
    "TokenSource",
    "Tokens",
    "Unavailable",
    "WriteBehaviour",
    "new_record",
    "recommended",
    "sign_in_window",
]
