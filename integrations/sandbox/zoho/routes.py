"""The API's addresses: which work stands behind each, and which scopes open it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule

from . import composite, deeds, query, reads, related, search, settings, writes
from .calls import Answer, Call
from .org import Org
from .refusals import WRONG_METHOD, WRONG_URL, Refused

Work = Callable[..., Answer]
ACTIONS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}
RESERVED = ("org", "users", "settings", "coql", "__composite_requests")
SEARCH_SCOPE = "ZohoSearch.securesearch.READ"


@dataclass(frozen=True)
class Target:
    """`area` is the scope behind “ZohoCRM.”, such as `settings.fields`; `modules` stands for the path's module."""

    work: Work
    area: str
    heavy: bool = False
    cost: int = 1

    def scopes(self, method: str, values: Mapping[str, Any]) -> list[str]:
        """Any of these opens the call."""
        action = ACTIONS[method]
        if self.area == "modules":
            module = str(values.get("module", "leads")).lower()
            roots = ["modules", f"modules.{module}"]
        else:
            root, _, _ = self.area.partition(".")
            roots = list(dict.fromkeys([root, self.area]))
        actions = ["ALL", action, *(["WRITE"] if action in ("CREATE", "UPDATE") else [])]
        if self.area == "composite_requests":
            actions = ["CUSTOM"]
        return [f"ZohoCRM.{root}.{one}" for root in roots for one in actions]


def _rules() -> Iterable[Rule]:
    def rule(path: str, methods: str, work: Work, area: str, **more: Any) -> Rule:
        return Rule(path, endpoint=Target(work, area, **more), methods=methods.split())

    yield rule("/org", "GET", settings.organization, "org")
    yield rule("/users", "GET", settings.users, "users")
    yield rule("/users/<user_id>", "GET", settings.users, "users")
    yield rule("/settings/modules", "GET", settings.modules, "settings.modules")
    yield rule("/settings/modules/<name>", "GET", settings.modules, "settings.modules")
    yield rule("/settings/fields", "GET", settings.fields, "settings.fields")
    yield rule("/settings/fields", "POST", settings.create_fields, "settings.fields")
    yield rule("/settings/fields/<field>", "GET", settings.field, "settings.fields")
    yield rule("/settings/fields/<field>", "DELETE", settings.delete_field, "settings.fields")
    yield rule("/settings/fields/<field>/pick_list_values", "GET", settings.options, "settings.fields")
    yield rule("/settings/layouts", "GET", settings.layouts, "settings.layouts")
    yield rule("/settings/layouts/<layout>", "GET", settings.layouts, "settings.layouts")
    yield rule("/settings/related_lists", "GET", settings.related_lists, "settings.related_lists")
    yield rule("/settings/related_lists/<name>", "GET", settings.related_lists, "settings.related_lists")
    yield rule("/settings/tags", "GET", settings.tags, "settings.tags")
    yield rule("/coql", "POST", query.run, "coql", heavy=True)
    yield rule("/__composite_requests", "POST", composite.run, "composite_requests", heavy=True)
    yield rule("/Leads/<lead_id>/actions/convert", "POST", deeds.convert_call, "modules", cost=5)
    yield rule("/<module>/search", "GET", search.search, "modules", heavy=True)
    yield rule("/<module>/upsert", "POST", writes.upsert, "modules")
    yield rule("/<module>/deleted", "GET", reads.deleted, "modules")
    yield rule("/<module>/actions/count", "GET", reads.count, "modules")
    yield rule("/<module>", "GET", reads.get_records, "modules")
    yield rule("/<module>", "POST", writes.insert, "modules")
    yield rule("/<module>", "PUT", writes.update, "modules")
    yield rule("/<module>", "DELETE", writes.delete, "modules")
    yield rule("/<module>/<record_id>", "GET", reads.get_record, "modules")
    yield rule("/<module>/<record_id>", "PUT", writes.update, "modules")
    yield rule("/<module>/<record_id>", "DELETE", writes.delete, "modules")
    yield rule("/<module>/<record_id>/<related>", "GET POST PUT DELETE", related.related, "modules")
    yield rule("/<module>/<record_id>/<related>/<related_id>", "GET PUT DELETE", related.related, "modules")


API = Map(list(_rules()), strict_slashes=False)


def resolved(call: Call) -> tuple[Target, dict[str, Any]]:
    """The work behind a call and the values of its path. Raises `Refused`."""
    try:
        target, values = API.bind("api").match(call.path, call.method)
    except MethodNotAllowed as error:
        raise WRONG_METHOD from error
    except HTTPException as error:
        raise WRONG_URL from error
    if values.get("module") in RESERVED:
        raise WRONG_METHOD
    return target, dict(values)


def check_scopes(org: Org, target: Target, call: Call, values: Mapping[str, Any], granted: Iterable[str]) -> None:
    """Raises `Refused` OAUTH_SCOPE_MISMATCH when the token may not make the call."""
    has = {scope.casefold() for scope in granted} - {org.faults.missing_scope.strip().casefold()}
    wanted = ["ZohoCRM.coql.READ"] if target.work is query.run else target.scopes(call.method, values)
    allowed = bool(has & {scope.casefold() for scope in wanted})
    if target.work is search.search and org.faults.search_needs_scope:
        allowed = allowed and SEARCH_SCOPE.casefold() in has
    if not allowed:
        message = "invalid oauth scope to access this URL"
        raise Refused("OAUTH_SCOPE_MISMATCH", message, status=org.faults.scope_mismatch_status)


def answer(org: Org, call: Call, granted: Iterable[str]) -> Answer:
    """Do the work of a call. Raises `Refused`."""
    target, values = resolved(call)
    check_scopes(org, target, call, values, granted)
    if target.work is composite.run:
        return composite.run(org, call, lambda part: answer(org, part, granted))
    return target.work(org, call, **values)


def credits(call: Call) -> int:
    """API credits of a call: 1 for each ten records written, 1 to 3 for a query by its LIMIT."""
    try:
        target, _ = resolved(call)
    except Refused:
        return 1
    body = call.body if isinstance(call.body, dict) else {}
    if target.work is query.run:
        return query.credits_of(body.get("select_query"))
    if target.work is composite.run:
        return sum(credits(part) for part in composite.parts(body))
    if call.method in ("POST", "PUT") and isinstance(body.get("data"), list):
        return max(target.cost, -(-len(body["data"]) // 10))
    return target.cost


def is_heavy(call: Call) -> bool:
    """Search, COQL, composite, and writes of more than ten records."""
    try:
        target, _ = resolved(call)
    except Refused:
        return False
    return target.heavy or credits(call) > 1
