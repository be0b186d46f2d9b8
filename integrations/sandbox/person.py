"""The person in front of a vendor's consent page, for programs that connect without a browser: the demo, tests, faults.

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


def allow(authorize_url: str, *, answer: str = "allow", account: str = "", timeout: float = 30) -> dict[str, str]:
    """Open the consent page, press Allow (or `deny`), and return what the vendor sends back to the callback address:
    `code` and `state`, or `error`. `account` is chosen where the page offers several. Raises `ConsentRefused`.
    """
    with requests.Session() as browser:
        page = browser.get(authorize_url, timeout=timeout)
        form = _Form()
        form.feed(page.text)
        if not page.ok or form.action is None:
            raise ConsentRefused(f"{authorize_url.split('?')[0]} answered {page.status_code} without a consent page.")
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
