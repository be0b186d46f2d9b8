"""Username, password and security token: SOAP sign-in, for orgs that still allow it. Nothing else of SOAP is used.

There is no refresh token: when the session ends, the same is asked again. Salesforce says no to these with HTTP 500.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from integrations.contract import (
    App,
    AuthenticationFailed,
    AuthorizationRefused,
    Cause,
    ConnectField,
    ConnectMethod,
    Fault,
    Step,
    Throttled,
    Tokens,
    Unavailable,
)
from integrations.providers.salesforce import oauth
from integrations.providers.salesforce.addresses import EXAMPLE, address_of
from integrations.providers.salesforce.client import failed, request_id
from mobly_sync.http import Answer, Failure, Session

METHOD = "password"
# The last version of the API that has a sign-in of this kind.
LAST_VERSION = "64.0"
RETIRED = "Summer ’27"

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:partner.soap.sforce.com">'
    "{head}<env:Body>{body}</env:Body></env:Envelope>"
)
_LOGIN = "<p:login><p:username>{username}</p:username><p:password>{password}</p:password></p:login>"
_SESSION = "<env:Header><p:SessionHeader><p:sessionId>{session}</p:sessionId></p:SessionHeader></env:Header>"

_INSTEAD = "Connect with the sign-in window or with client credentials instead."
# Exception code -> the input it is about, and what to do about it. Any other code keeps Salesforce's text alone.
_FIXES: Mapping[str, tuple[str, str]] = {
    "INVALID_LOGIN": (
        "password",
        "A changed password brings a new security token. A user of single sign-on has no password here: use the "
        "sign-in window.",
    ),
    "LOGIN_MUST_USE_SECURITY_TOKEN": (
        "token",
        "Reset the token in the user’s settings; Salesforce sends it by e-mail.",
    ),
    "PASSWORD_LOCKOUT": ("username", "Setup, Users: unlock the user, then try again."),
    "INVALID_OPERATION_WITH_EXPIRED_PASSWORD": ("password", "Sign in to Salesforce once and choose a new password."),
    "INACTIVE_USER": ("username", "Setup, Users: activate the user."),
    "LOGIN_CHALLENGE_ISSUED": ("", f"The org asks for a second factor. {_INSTEAD}"),
    "LOGIN_CHALLENGE_PENDING": ("", f"The org asks for a second factor. {_INSTEAD}"),
    "MFA_REQUIRED": ("", f"The org asks for a second factor. {_INSTEAD}"),
    "INVALID_SSO_GATEWAY_URL": ("", f"The user signs in by single sign-on. {_INSTEAD}"),
    "LOGIN_DURING_RESTRICTED_DOMAIN": ("", "The user’s profile allows sign-in from other addresses only."),
    "LOGIN_DURING_RESTRICTED_TIME": ("", "The user’s profile allows sign-in at other hours only."),
    "INVALID_OPERATION": ("", f"The org does not allow sign-in by password. {_INSTEAD}"),
    "FUNCTIONALITY_NOT_ENABLED": ("", f"The org does not allow sign-in by password. {_INSTEAD}"),
    "UNSUPPORTED_API_VERSION": ("", f"Salesforce took sign-in by password out of its API. {_INSTEAD}"),
    "API_DISABLED_FOR_ORG": ("", "The org or the user has no access to the API."),
    "API_CURRENTLY_DISABLED": ("", "The org or the user has no access to the API."),
}
_WAITS = frozenset({"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"})


def sign_in(session: Session, app: App, values: Mapping[str, str]) -> Tokens:
    """See `integrations.contract.SignIn`."""
    given = {
        "url": address_of(app, values["url"], field="url", shared=True),
        "username": values["username"].strip(),
        "password": values["password"],
        "token": values["token"].strip(),
    }
    try:
        return _signed_in(session, app, given)
    except Unavailable as error:
        # Most often nothing is there because the address is misspelt.
        raise Unavailable(replace(error.fault, field="url")) from error


def refresh(session: Session, app: App, tokens: Tokens) -> Tokens:
    """Raises `AuthenticationFailed` when it is final, `Unavailable` or `Throttled` when it may be tried again."""
    try:
        # The address was checked when it was given; the setup may have changed since.
        address_of(app, tokens.extra.get("url", ""), field="url", shared=True)
        return _signed_in(session, app, tokens.extra)
    except AuthorizationRefused as refused:
        raise AuthenticationFailed(refused.fault) from refused


def end(session: Session, app: App, tokens: Tokens) -> None:
    """End the session. One that is over already is as good. Raises `ProviderError`."""
    head = _SESSION.format(session=escape(tokens.access_token))
    answer = _post(session, tokens.api_url, _version(app), "logout", _ENVELOPE.format(head=head, body="<p:logout/>"))
    code, _ = _refusal(answer)
    if answer.status >= 500 and not code:
        raise Unavailable(_outage(answer))


def _version(app: App) -> str:
    return app.more.get("soap_version") or LAST_VERSION


def _signed_in(session: Session, app: App, given: Mapping[str, str]) -> Tokens:
    login = _LOGIN.format(
        username=escape(given.get("username", "")), password=escape(given.get("password", "") + given.get("token", ""))
    )
    answer = _post(session, given["url"], _version(app), "login", _ENVELOPE.format(head="", body=login))
    if answer.status != 200:
        raise _refused(answer)
    said = _values(answer)
    server = urlsplit(said.get("serverUrl", ""))
    api_url = f"{server.scheme}://{server.netloc}"
    if not said.get("sessionId") or not oauth.is_address(api_url):
        message = "Salesforce’s sign-in answer has no session or no address of the org in it."
        raise Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, message, Step.PLAN, status=answer.status, transient=True))
    if said.get("passwordExpired") == "true":
        raise AuthorizationRefused(
            _fault(answer, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "The password has expired.")
        )
    kept = {name: given[name] for name in ("url", "username", "password", "token")}
    who = {"organization_id": said.get("organizationId", ""), "user_id": said.get("userId", ""), "method": METHOD}
    return Tokens(access_token=said["sessionId"], api_url=api_url, scopes=("api",), extra={**kept, **who})


def _post(session: Session, base: str, version: str, action: str, envelope: str) -> Answer:
    headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": action}
    try:
        return session.request("POST", f"{base.rstrip('/')}/services/Soap/u/{version}", data=envelope, headers=headers)
    except Failure as failure:
        raise failed(failure, writes=False) from failure


# --- What came back ---------------------------------------------------------------------------------------------------


def _refused(answer: Answer) -> AuthorizationRefused | Unavailable | Throttled:
    code, message = _refusal(answer)
    if answer.status == 429 or code in ("REQUEST_LIMIT_EXCEEDED", "LOGIN_RATE_EXCEEDED"):
        return Throttled(replace(_fault(answer, code, message), cause=Cause.RATE_LIMITED, transient=True))
    if not code or code in _WAITS:
        return Unavailable(_outage(answer))
    return AuthorizationRefused(_fault(answer, code, message))


def _fault(answer: Answer, code: str, message: str) -> Fault:
    field, fix = _FIXES.get(code, ("", ""))
    text = f"Salesforce says: “{message}”" if message.endswith((".", "!", "?")) else f"Salesforce says: “{message}.”"
    return Fault(
        Cause.AUTHENTICATION,
        f"{text} {fix}".strip(),
        Step.PLAN,
        code=code,
        field=field,
        status=answer.status,
        request_id=request_id(answer),
        wait=answer.retry_after,
    )


def _outage(answer: Answer) -> Fault:
    message = f"Salesforce answered {answer.status} at sign-in."
    return Fault(Cause.REMOTE_UNAVAILABLE, message, Step.PLAN, status=answer.status, transient=True)


def _refusal(answer: Answer) -> tuple[str, str]:
    """The exception code and the text of a fault; blanks where the answer is none."""
    said = _values(answer)
    stated = said.get("faultstring", "")
    code = said.get("exceptionCode") or said.get("faultcode", "").rpartition(":")[2]
    message = said.get("exceptionMessage") or stated.removeprefix(f"{code}: ")
    return (code, message or code) if stated or said.get("exceptionCode") else ("", "")


def _values(answer: Answer) -> dict[str, str]:
    """The texts of an envelope by the local names of their elements; empty for what is no envelope."""
    if b"<!DOCTYPE" in answer.body or b"<!ENTITY" in answer.body:
        return {}
    try:
        root = ElementTree.fromstring(answer.body)  # noqa: S314 -- no entities can be declared, see above
    except ElementTree.ParseError:
        return {}
    return {element.tag.rpartition("}")[2]: (element.text or "").strip() for element in root.iter()}


WAY = ConnectMethod(
    METHOD,
    "Username, password and security token",
    "For orgs that still allow it.",
    steps=(
        "Create or choose the user Mobly acts as. A standard user with the Sales role is the simplest.",
        "If you have no security token: in the user’s settings choose Reset My Security Token. It arrives by e-mail.",
        "Setup, My Domain shows the deployment URL.",
        "This cannot work with single sign-on or a second factor (MFA). Use one of the other two then.",
    ),
    fields=(
        ConnectField("url", "Deployment URL", "url", placeholder=EXAMPLE),
        ConnectField("username", "User e-mail", "email", "The user name of the Mobly user in Salesforce."),
        ConnectField("password", "Password", "secret", "Stored encrypted and never shown again."),
        ConnectField("token", "Security token", "secret"),
    ),
    notice=f"Salesforce ends it in {RETIRED}",
    sign_in=sign_in,
)
