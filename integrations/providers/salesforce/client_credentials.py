"""OAuth client credentials: an app of the customer's own org, acting as the user its admin chose.

There is no refresh token: key and secret are kept, encrypted with the tokens, and asked with again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from integrations.contract import (
    App,
    AuthenticationFailed,
    AuthorizationRefused,
    ConnectField,
    ConnectMethod,
    Fault,
    Tokens,
    Unavailable,
)
from integrations.providers.salesforce import oauth
from integrations.providers.salesforce.addresses import EXAMPLE, address_of
from mobly_sync.http import Session

METHOD = "client_credentials"

# What to do about a refusal, and the input it is about. By error code, then by words in its description.
_CODES: Mapping[str, tuple[str, str]] = {
    "invalid_client_id": ("consumer_key", "Copy the Consumer Key of the app again."),
    "invalid_client": ("consumer_secret", "Copy the Consumer Secret of the app again."),
    "unsupported_grant_type": ("", "Turn on Enable Client Credentials Flow in the app’s settings."),
    "OAUTH_EC_APP_NOT_FOUND": ("consumer_key", "The app is not installed in this org."),
}
_WORDS: Mapping[str, tuple[str, str]] = {
    "no client credentials user": ("", "In the app’s policies choose the user Mobly acts as under Run As."),
    "not supported on this domain": ("domain", ""),
    "inactive user": ("", "Activate the user Mobly acts as, or choose another one under Run As."),
}


def sign_in(session: Session, app: App, values: Mapping[str, str]) -> Tokens:
    """See `integrations.contract.SignIn`."""
    domain = address_of(app, values["domain"], field="domain", shared=False)
    given = {
        "domain": domain,
        "consumer_key": values["consumer_key"].strip(),
        "consumer_secret": values["consumer_secret"].strip(),
    }
    try:
        return _granted(session, given, Tokens(access_token=""))
    except Unavailable as error:
        # Most often nothing is there because the address is misspelt.
        raise Unavailable(replace(error.fault, field="domain")) from error


def refresh(session: Session, app: App, tokens: Tokens) -> Tokens:
    """Raises `AuthenticationFailed` when it is final, `Unavailable` or `Throttled` when it may be tried again."""
    try:
        # The address was checked when it was given; the setup may have changed since.
        address_of(app, tokens.extra.get("domain", ""), field="domain", shared=False)
        return _granted(session, tokens.extra, tokens)
    except AuthorizationRefused as refused:
        raise AuthenticationFailed(refused.fault) from refused


def _granted(session: Session, given: Mapping[str, str], before: Tokens) -> Tokens:
    form = {
        "grant_type": "client_credentials",
        "client_id": given.get("consumer_key", ""),
        "client_secret": given.get("consumer_secret", ""),
    }
    answer = oauth.post(session, given["domain"], "token", form)
    if answer.status != 200:
        raise AuthorizationRefused(_explained(oauth.fault_of(answer)))
    kept = {name: given[name] for name in ("domain", "consumer_key", "consumer_secret")}
    return oauth.tokens_of(answer, replace(before, scopes=("api",), extra={**before.extra, **kept, "method": METHOD}))


def _explained(fault: Fault) -> Fault:
    by_words = next((found for words, found in _WORDS.items() if words in fault.message.lower()), None)
    field, fix = by_words or _CODES.get(fault.code) or (("domain", "") if fault.status == 404 else ("", ""))
    message = fault.message if fault.message.endswith(".") else f"{fault.message}."
    return replace(fault, field=field, message=f"{message} {fix}".strip())


WAY = ConnectMethod(
    METHOD,
    "OAuth client credentials",
    "For a user that no person signs in with.",
    steps=(
        "Setup, External Client Apps, Settings: create an app with any name, contact e-mail and callback URL.",
        "Enable OAuth and choose the scope “Manage user data via APIs (api)”. Keep both “Require Secret” boxes on.",
        "Turn on Enable Client Credentials Flow and save.",
        "Under Manage, Edit Policies, Client Credentials Flow choose the user Mobly acts as (Run As).",
        "Open the app again, choose Manage Consumer Details and copy Consumer Key and Consumer Secret to this form.",
        "Setup, My Domain shows the address of your org.",
    ),
    fields=(
        ConnectField("domain", "My Domain URL", "url", placeholder=EXAMPLE),
        ConnectField("consumer_key", "Consumer key"),
        ConnectField("consumer_secret", "Consumer secret", "secret", "Stored encrypted and never shown again."),
    ),
    sign_in=sign_in,
)
