"""Zoho's data centres: which sign-in server may get our secret, and which API address may get a token.

An account lives in one data centre. Which one is said in the callback (`accounts-server`) and in the token answer
(`api_domain`). Both come from outside, the first through the browser: neither is used before it was found in this
table, or among the addresses this installation was told itself (`login_url`, `regions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from integrations.contract import App

# Sign-in server -> the end of its API's name. Source: Zoho's multi-DC page; that of the UK is not confirmed.
DATA_CENTRES: Mapping[str, str] = {
    "accounts.zoho.com": "zohoapis.com",
    "accounts.zoho.eu": "zohoapis.eu",
    "accounts.zoho.in": "zohoapis.in",
    "accounts.zoho.com.au": "zohoapis.com.au",
    "accounts.zoho.jp": "zohoapis.jp",
    "accounts.zohocloud.ca": "zohoapis.ca",
    "accounts.zoho.sa": "zohoapis.sa",
    "accounts.zoho.uk": "zohoapis.uk",
    "accounts.zoho.com.cn": "zohoapis.com.cn",
}
# Production, sandbox and developer edition.
EDITIONS = ("www", "sandbox", "developer")


def accounts_server(app: App, said: str) -> str:
    """The sign-in server that was named, or empty when it is not one we may speak to. Blank means the one we started
    at. Compared as a whole: scheme, host, port and path.
    """
    server = said.strip().rstrip("/")
    if not server:
        return app.login_url.rstrip("/")
    known = {f"https://{host}" for host in DATA_CENTRES} | _own(app)
    return server if server in known else ""


def secret(app: App, server: str) -> str:
    """Our secret at this sign-in server: its own where this installation was told one, else the one of all. `App.more`
    has them by the server's name without its scheme.
    """
    return app.more.get(server.partition("://")[2]) or app.client_secret


def wrong_secrets(app: App) -> list[str]:
    """What stands in `ZOHO_CLIENT_SECRETS` and is never used, because no sign-in server has that name, or because it is
    empty; a sentence each.
    """
    known = [*DATA_CENTRES, *sorted(url.partition("://")[2] for url in _own(app))]
    unknown = [
        f"ZOHO_CLIENT_SECRETS has a secret for “{name}”, which is no sign-in server of Zoho. Those we know are "
        f"{', '.join(known)}."
        for name in app.more
        if name not in known
    ]
    empty = [
        f"ZOHO_CLIENT_SECRETS has an empty secret for “{name}”. Write {name}=, then the secret, or leave it out."
        for name, held in app.more.items()
        if name in known and not held
    ]
    return unknown + empty


def api_domain(app: App, said: str) -> str:
    """The API address that was named, or empty when it is not one of Zoho's."""
    domain = said.strip().rstrip("/")
    parts = urlsplit(domain)
    known = {f"{edition}.{end}" for edition in EDITIONS for end in DATA_CENTRES.values()}
    if parts.scheme == "https" and parts.netloc in known and not parts.path and not parts.query:
        return domain
    return domain if _origin(domain) in {_origin(url) for url in _own(app)} else ""


def web_address(server: str) -> str:
    """Where people open the CRM that signs in at this server."""
    return server.replace("://accounts.", "://crm.", 1)


def _own(app: App) -> set[str]:
    return {url.rstrip("/") for url in (app.login_url, *app.regions) if url}


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
