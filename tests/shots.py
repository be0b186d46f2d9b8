"""Pictures of every screen the demo admin can reach, for the README and for eyes: `make shots`.

Starts a stack of its own, signs in as the first user of the demo, follows every link of the pages, and takes each kind
of page once: light and dark, 1440 and 390 pixels wide, into `.artifacts/shots/`. Prints the pages that scroll sideways.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mobly_sync.settings")
django.setup()

from django.conf import settings  # noqa: E402 -- needs the setup above
from django.contrib.auth import get_user_model  # noqa: E402
from django.test import Client  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from mobly_sync.stack.stack import Stack  # noqa: E402

OUT = Path(__file__).resolve().parents[1] / ".artifacts" / "shots"
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}
LEAVE = ("/accounts/logout", "/admin/", "/static/", "/switch/")
MOST_PAGES = 60


def kind(path: str) -> str:
    """`/leads/8d1c.../edit/` and `/leads/77aa.../edit/` are one kind of page: `leads-x-edit`."""
    parts = ["x" if re.search(r"\d", part) else part for part in path.strip("/").split("/")]
    return "-".join(parts) or "home"


def links(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    here = urlsplit(page.url).netloc
    paths = [urlsplit(link).path for link in found if urlsplit(link).netloc == here]
    return [path for path in paths if not path.startswith(LEAVE)]


def context_of(browser: Browser, address: str, session: str, scheme: str, width: str) -> Page:
    size = {"width": WIDTHS[width][0], "height": WIDTHS[width][1]}
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
    return context.new_page()


def crawl(page: Page, address: str) -> dict[str, str]:
    """Each kind of page with the first path it was found under."""
    found: dict[str, str] = {}
    waiting = ["/"]
    while waiting and len(found) < MOST_PAGES:
        path = waiting.pop(0)
        if kind(path) in found:
            continue
        answer = page.goto(address + path)
        found[kind(path)] = path
        if answer and "html" in answer.headers.get("content-type", ""):
            waiting += links(page)
    return found


def shoot(page: Page, address: str, pages: dict[str, str], name: str) -> list[str]:
    wide = []
    for shot, path in pages.items():
        page.goto(address + path)
        page.screenshot(path=OUT / f"{shot}.{name}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(f"{path} ({name})")
    return wide


def main() -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    OUT.mkdir(parents=True, exist_ok=True)
    wide: list[str] = []
    with tempfile.TemporaryDirectory() as data, Stack(data, web_port=0, sandbox_port=0, demo=True) as stack:
        client = Client()
        client.force_login(get_user_model().objects.order_by("pk")[0])
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            pages = crawl(context_of(browser, stack.address, session, "light", "desktop"), stack.address)
            for scheme in ("light", "dark"):
                for width in WIDTHS:
                    page = context_of(browser, stack.address, session, scheme, width)
                    wide += shoot(page, stack.address, pages, f"{width}-{scheme}")
            browser.close()
    sys.stdout.write(f"{len(pages) * 4} pictures of {len(pages)} pages are in {OUT}.\n")
    sys.stdout.writelines(f"Scrolls sideways: {where}\n" for where in wide)


if __name__ == "__main__":
    main()
