"""Every address of the project, and objects to fill its blanks with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

# Their own rules: the staff's admin asks for staff, allauth is for whoever signs in.
OTHERS = ("django.contrib.admin.", "allauth.")
# Parameters that name a thing of the organization; the others name something that every organization has or may have.
OF_AN_OBJECT = {"uid", "pk", "value_id", "event_id", "record_id", "attempt_id", "repair_id", "rule_id", "action_id"}
FREE = {
    "provider": "salesforce",
    "object_name": "Lead",
    "source": "email",
    "key": "strategy",
    "method": "password",
    "cause": "PERMISSION",
    "number": 2,
    "column": 0,
    "position": 0,
    "remote_field": "LeadSource",
}


@dataclass(frozen=True)
class Address:
    """One URL pattern of ours: `name` with its namespace, the view, and the names of its blanks."""

    name: str
    view: Any
    blanks: frozenset[str]

    def __str__(self) -> str:
        return self.name

    @property
    def access(self) -> str:
        return getattr(self.view, "access", "")

    @property
    def names_an_object(self) -> bool:
        return bool(self.blanks & OF_AN_OBJECT)

    def url(self, objects: Mapping[str, Mapping[str, Any]]) -> str:
        """The address with its blanks filled. `objects`: first word of the URL's name -> blank -> value."""
        known = {**FREE, **objects[""], **objects.get(self.name.split(":")[-1].split("_")[0], {})}
        missing = self.blanks - known.keys()
        assert not missing, f"{self.name} has the blank {sorted(missing)}: say in tests/policy what fills it."
        return reverse(self.name, kwargs={blank: known[blank] for blank in self.blanks})


def addresses() -> list[Address]:
    return list(_walk(get_resolver().url_patterns, ()))


def _walk(patterns: list[Any], namespaces: tuple[str, ...]) -> Iterator[Address]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            if inner[:1] != ("admin",):
                yield from _walk(entry.url_patterns, inner)
        elif isinstance(entry, URLPattern) and not entry.callback.__module__.startswith(OTHERS):
            name = ":".join((*namespaces, entry.name or str(entry.pattern)))
            yield Address(name, entry.callback, frozenset(entry.pattern.converters))
