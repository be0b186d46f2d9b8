"""The person in front of a vendor's sign-in and consent pages, for programs that connect without a browser: the demo,
tests, faults.

Speaks plain HTTP like a browser would; knows only what stands on the page.
"""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests


class ConsentRefused(Exception):
    """The vendor showed no consent page, or sent the person nowhere."""


class _Form(HTMLParser):
    """The first form of a page: where it goes and what is hidden in it."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = said.get("action", "")
        if tag in ("input", "select") and "name" in said and self.action is not None:
            self.fields.setdefault(said["name"], said.get("value", ""))
        if tag == "option" and "selected" in said and self.fields:
            self.fields[list(self.fields)[-1]] = said.get("value", "")


def signed_in(browser: requests.Session, authorize_url: str, *, timeout: float = 30) -> tuple[requests.Response, _Form]:
    """The consent page and its form, for a browser that may have no session at the vendor yet. Raises
    `ConsentRefused`.
    """
    page = browser.get(authorize_url, timeout=timeout)
    form = _read(page)
    if form.action is not None and "password" in form.fields:
        page = browser.post(urljoin(page.url, form.action), data=form.fields, timeout=timeout)
        form = _read(page)
    if not page.ok or form.action is None:
        raise ConsentRefused(f"{authorize_url.split('?')[0]} answered {page.status_code} without a consent page.")
    return page, form


def _read(page: requests.Response) -> _Form:
    form = _Form()
    form.feed(page.text)
    return form


def allow(authorize_url: str, *, answer: str = "allow", account: str = "", timeout: float = 30) -> dict[str, str]:
    """Sign in as the one whom the page names, press Allow (or `deny`) on the consent page, and return what the vendor
    sends back to the callback address: `code` and `state`, or `error`. `account` is chosen where the page offers
    several. Raises `ConsentRefused`.
    """
    with requests.Session() as browser:
        page, form = signed_in(browser, authorize_url, timeout=timeout)
        sent = browser.post(
            urljoin(page.url, form.action),
            data={**form.fields, **({"org": account} if account else {}), "answer": answer},
            timeout=timeout,
            allow_redirects=False,
        )
        back = sent.headers.get("Location", "")
    if not sent.is_redirect or not back:
        raise ConsentRefused(f"The consent page answered {sent.status_code} and sent nobody back.")
    return dict(parse_qsl(urlsplit(back).query))
