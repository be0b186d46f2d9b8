"""Domains whose mailboxes anybody can have: they say nothing about a company. The list is
`data/free_mail_domains.txt`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

LIST = Path(__file__).parent / "data" / "free_mail_domains.txt"


def is_free_mail(domain: str) -> bool:
    """An entry `yahoo.*` of the list stands for yahoo.com, yahoo.de, yahoo.co.uk …"""
    exact, brands = _entries()
    return domain in exact or domain.partition(".")[0] in brands


def company_domain(email: str) -> str:
    """The domain of an e-mail when it is a company's own, else ''."""
    domain = email.strip().lower().rpartition("@")[2]
    return "" if is_free_mail(domain) else domain


@lru_cache
def _entries() -> tuple[frozenset[str], frozenset[str]]:
    lines = (line.partition("#")[0].strip() for line in LIST.read_text(encoding="utf-8").splitlines())
    entries = [line for line in lines if line]
    brands = frozenset(entry.removesuffix(".*") for entry in entries if entry.endswith(".*"))
    return frozenset(entry for entry in entries if not entry.endswith(".*")), brands
