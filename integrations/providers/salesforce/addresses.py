"""Which addresses a person may give us: an org's own at Salesforce, or the sign-in host this Mobly is set up with.

Passwords and secrets go there, so an address is taken only when it is certainly Salesforce's.
"""

from __future__ import annotations

import re
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from integrations.contract import App, AuthorizationRefused, Cause, Fault, Step

DOMAIN = ".my.salesforce.com"
EXAMPLE = f"https://yourdomain{DOMAIN}"
# Where people of every org sign in; these know no client credentials.
SHARED = frozenset({"login.salesforce.com", "test.salesforce.com"})
_NAME = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")


def address_of(app: App, said: str, *, field: str, shared: bool) -> str:
    """The address without a slash at its end. `field` is the input it came from, `shared` whether the sign-in hosts of
    all orgs will do. Raises `AuthorizationRefused`.
    """
    parts, port = _split(said, field)
    host = (parts.hostname or "").lower()
    if parts.username is not None or parts.password is not None:
        _refuse(field, f"Enter the address alone, without a user name in it, such as {EXAMPLE}.")
    if _is_login_host(app, parts, port) and (shared or host not in SHARED):
        return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
    if host in SHARED and not shared:
        _refuse(field, f"{host} belongs to all orgs. Enter the address of your own, such as {EXAMPLE}.")
    named = host in SHARED or (host.endswith(DOMAIN) and _NAME.fullmatch(host.removesuffix(DOMAIN)))
    if not named:
        _refuse(field, _not_salesforce(host or said.strip()))
    if parts.scheme != "https" or port not in (None, 443):
        _refuse(field, f"Salesforce is only spoken to over https. Enter https://{host}.")
    return f"https://{host}"


def _split(said: str, field: str) -> tuple[SplitResult, int | None]:
    text = said.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        return parts, parts.port
    except ValueError:
        _refuse(field, f"“{text}” is not a web address. Enter it as in {EXAMPLE}.")


def _is_login_host(app: App, parts: SplitResult, port: int | None) -> bool:
    ours = urlsplit(app.login_url)
    return (parts.scheme, parts.hostname, port) == (ours.scheme, ours.hostname, ours.port)


def _not_salesforce(host: str) -> str:
    name, _, rest = host.partition(".")
    if rest.endswith((".force.com", "lightning.force.com")) and _NAME.fullmatch(name):
        return f"{host} shows the screens of Salesforce. Enter https://{name.partition('--c')[0]}{DOMAIN} instead."
    return f"{host} is not an address of Salesforce. Setup, My Domain shows yours; it looks like {EXAMPLE}."


def _refuse(field: str, sentence: str) -> NoReturn:
    raise AuthorizationRefused(Fault(Cause.AUTHENTICATION, sentence, Step.PLAN, field=field))
