"""Every path of the API, with its endpoint, its price in tokens and the scope it needs."""

from collections.abc import Callable
from typing import NamedTuple

from werkzeug.routing import Map, Rule

from . import activities, contacts, fields, leads, notes, oauth, search, users
from .calls import Answer
from .limits import V1_COSTS, V2_COSTS

Endpoint = Callable[..., Answer]


class Target(NamedTuple):
    """Where a path leads. `effort` is a key of the price list, `scopes` those of which one is needed."""

    endpoint: Endpoint
    cost: int
    effort: str
    scopes: tuple[str, ...]

    @property
    def is_search(self) -> bool:
        return self.effort == "search"

    @property
    def writes(self) -> bool:
        return self.effort in ("write", "delete")


class Retired(NamedTuple):
    """A v1 path that the vendor took away."""


CONTACTS, FIELDS = ("contacts:full",), ("contact-fields:full",)
ACTIVITIES, SEARCH, USERS, LEADS = ("activities:full",), ("search:read",), ("users:read",), ("leads:full",)
K = "/<any('persons', 'organizations'):kind>"
F = "/<any('personFields', 'organizationFields'):fields_name>"
ONE = "/<int:record_id>"
OPTIONS = f"{F}/<code>/options"

# path under the version, method, endpoint, effort, scopes
V2: list[tuple[str, str, Endpoint, str, tuple[str, ...]]] = [
    (K, "GET", contacts.listed, "list", CONTACTS),
    (K, "POST", contacts.create, "write", CONTACTS),
    (f"{K}/search", "GET", search.search, "search", (*CONTACTS, *SEARCH)),
    (f"{K}{ONE}", "GET", contacts.read, "get", CONTACTS),
    (f"{K}{ONE}", "PATCH", contacts.update, "write", CONTACTS),
    (f"{K}{ONE}", "DELETE", contacts.delete, "delete", CONTACTS),
    (F, "GET", fields.listed, "list", (*CONTACTS, *FIELDS)),
    (F, "POST", fields.create, "write", FIELDS),
    (f"{F}/<code>", "GET", fields.read, "get", (*CONTACTS, *FIELDS)),
    (f"{F}/<code>", "PATCH", fields.update, "write", FIELDS),
    (f"{F}/<code>", "DELETE", fields.delete, "delete", FIELDS),
    (OPTIONS, "POST", fields.add_options, "write", FIELDS),
    (OPTIONS, "PATCH", fields.rename_options, "write", FIELDS),
    (OPTIONS, "DELETE", fields.delete_options, "delete", FIELDS),
    ("/<any('dealFields'):fields_name>", "GET", fields.listed, "list", ("deals:read",)),
    ("/activities", "GET", activities.listed, "list", ACTIVITIES),
    ("/activities", "POST", activities.create, "write", ACTIVITIES),
    (f"/activities{ONE}", "GET", activities.read, "get", ACTIVITIES),
    (f"/activities{ONE}", "PATCH", activities.update, "write", ACTIVITIES),
    (f"/activities{ONE}", "DELETE", activities.delete, "delete", ACTIVITIES),
    ("/itemSearch", "GET", search.item_search, "search", SEARCH),
    ("/itemSearch/field", "GET", search.field_search, "search", SEARCH),
]
V1: list[tuple[str, str, Endpoint, str, tuple[str, ...]]] = [
    ("/users/me", "GET", users.me, "get", ()),
    ("/users", "GET", users.listed, "list", USERS),
    ("/users/find", "GET", users.found, "search", USERS),
    (f"/users{ONE}", "GET", users.read, "get", USERS),
    ("/currencies", "GET", users.currencies, "list", ()),
    ("/activityTypes", "GET", activities.types, "list", ACTIVITIES),
    ("/notes", "GET", notes.listed, "list", CONTACTS),
    ("/notes", "POST", notes.create, "write", CONTACTS),
    (f"/notes{ONE}", "GET", notes.read, "get", CONTACTS),
    (f"/notes{ONE}", "PUT", notes.update, "write", CONTACTS),
    (f"/notes{ONE}", "DELETE", notes.delete, "delete", CONTACTS),
    (f"{K}{ONE}/merge", "PUT", contacts.merge, "write", CONTACTS),
    ("/leads", "GET", leads.listed, "list", LEADS),
    ("/leads", "POST", leads.create, "write", LEADS),
    ("/leads/<lead_id>", "GET", leads.read, "get", LEADS),
    ("/leads/<lead_id>", "PATCH", leads.update, "write", LEADS),
    ("/leads/<lead_id>", "DELETE", leads.delete, "delete", LEADS),
    ("/leadLabels", "GET", leads.labels, "list", LEADS),
    ("/leadSources", "GET", leads.sources, "list", LEADS),
]
RETIRED = "/<any('persons', 'organizations', 'activities', 'deals', 'itemSearch'):name>"


def _rules() -> list[Rule]:
    rules = []
    for prefixes, table, costs in (
        (("/api/v2",), V2, V2_COSTS),
        # v1 is older than the word “api” in its path, and answers without it too.
        (("/api/v1", "/v1"), V1, V1_COSTS),
    ):
        for prefix in prefixes:
            for tail, method, endpoint, effort, scopes in table:
                target = Target(endpoint, costs[effort], effort, scopes)
                rules.append(Rule(f"/<domain>{prefix}{tail}", endpoint=target, methods=[method]))
    for prefix in ("/api/v1", "/v1"):
        for tail in ("", "/search", "/field", ONE):
            rules.append(Rule(f"/<domain>{prefix}{RETIRED}{tail}", endpoint=Retired()))
    return rules


# Sign-in paths lead to functions of (vendor, request) -> Response.
_SIGN_IN = [
    Rule("/oauth/authorize", endpoint=oauth.authorize, methods=["GET", "POST"]),
    Rule("/oauth/token", endpoint=oauth.token, methods=["POST"]),
    Rule("/oauth/revoke", endpoint=oauth.revoke, methods=["POST"]),
]

ROUTES = Map([*_SIGN_IN, *_rules()], merge_slashes=False, redirect_defaults=False)
