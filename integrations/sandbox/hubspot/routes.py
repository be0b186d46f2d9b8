"""Every path of the API in both families, with its endpoint and the scope it needs."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from werkzeug.routing import Map, Rule

from . import associations, batches, definitions, lists, marketing, oauth, objects, search
from .account import Account
from .calls import DATED, Answer, Call
from .kinds import kind_called

Endpoint = Callable[..., Answer]

DATE = f"<any({', '.join(repr(version) for version in DATED)}):version>"
FAMILIES = {
    "objects": ("/crm/v3/objects", f"/crm/objects/{DATE}"),
    "properties": ("/crm/v3/properties", f"/crm/properties/{DATE}"),
    "associations": ("/crm/v4/associations", f"/crm/associations/{DATE}"),
    "object-associations": ("/crm/v4/objects", f"/crm/objects/{DATE}"),
    "lists": ("/crm/v3/lists", f"/crm/lists/{DATE}"),
    "events": ("/marketing/v3/marketing-events", f"/marketing/marketing-events/{DATE}"),
    "campaigns": ("/marketing/v3/campaigns", f"/marketing/campaigns/{DATE}"),
    "owners": ("/crm/v3/owners", f"/crm/owners/{DATE}"),
    "account": ("/account-info/v3/details", f"/account-info/{DATE}/details"),
}


class Target(NamedTuple):
    """Where a path leads. `area` and `writes` decide the scope."""

    area: str
    endpoint: Endpoint
    writes: bool
    version: str | None  # as the path says it, None when it is a part of the values

    @property
    def is_search(self) -> bool:
        return self.endpoint is search.search

    def scope(self, values: Mapping[str, Any]) -> str | None:
        """The scope a token needs, None when any will do."""
        verb = "write" if self.writes else "read"
        kind = kind_called(values.get("kind_name") or values.get("start") or "")
        of = kind.scope if kind else "contacts"
        return {
            "objects": f"crm.objects.{of}.{verb}",
            "associations": f"crm.objects.{of}.{verb}",
            "object-associations": f"crm.objects.{of}.{verb}",
            "properties": f"crm.schemas.{of}.{verb}",
            "lists": f"crm.lists.{verb}",
            "events": f"crm.objects.marketing_events.{verb}",
            "campaigns": "marketing.campaigns.read",
            "owners": "crm.objects.owners.read",
        }.get(self.area)


def details(account: Account, call: Call) -> Answer:
    """GET the account; a person opens its records at `uiDomain`."""
    return Answer(200, account.details(call.base_url, call.portal_id))


READS, WRITES = False, True
K, ID = "/<kind_name>", "/<record_id>"
PAIR = "/<start>/<end>"
ATTENDANCE = "<any('create', 'email-create'):by>"

TABLE: list[tuple[str, str, str, Endpoint, bool]] = [
    ("account", "GET", "", details, READS),
    ("owners", "GET", "", objects.owners, READS),
    # Records
    ("objects", "GET", K, objects.listed, READS),
    ("objects", "POST", K, objects.create, WRITES),
    ("objects", "POST", f"{K}/search", search.search, READS),
    ("objects", "POST", f"{K}/merge", objects.merge, WRITES),
    ("objects", "POST", f"{K}/batch/read", batches.read, READS),
    ("objects", "POST", f"{K}/batch/create", batches.create, WRITES),
    ("objects", "POST", f"{K}/batch/update", batches.update, WRITES),
    ("objects", "POST", f"{K}/batch/upsert", batches.upsert, WRITES),
    ("objects", "POST", f"{K}/batch/archive", batches.archive, WRITES),
    ("objects", "GET", f"{K}{ID}", objects.read, READS),
    ("objects", "PATCH", f"{K}{ID}", objects.update, WRITES),
    ("objects", "DELETE", f"{K}{ID}", objects.archive, WRITES),
    # Definitions
    ("properties", "GET", K, definitions.listed, READS),
    ("properties", "POST", K, definitions.create, WRITES),
    ("properties", "GET", f"{K}/groups", definitions.groups, READS),
    ("properties", "POST", f"{K}/groups", definitions.create_group, WRITES),
    ("properties", "GET", f"{K}/groups/<name>", definitions.group, READS),
    ("properties", "PATCH", f"{K}/groups/<name>", definitions.update_group, WRITES),
    ("properties", "POST", f"{K}/batch/create", definitions.batch_create, WRITES),
    ("properties", "POST", f"{K}/batch/read", definitions.batch_read, READS),
    ("properties", "POST", f"{K}/batch/archive", definitions.batch_archive, WRITES),
    ("properties", "GET", f"{K}/<name>", definitions.read, READS),
    ("properties", "PATCH", f"{K}/<name>", definitions.update, WRITES),
    ("properties", "DELETE", f"{K}/<name>", definitions.archive, WRITES),
    # Associations
    ("associations", "POST", f"{PAIR}/batch/create", associations.batch_create, WRITES),
    ("associations", "POST", f"{PAIR}/batch/associate/default", associations.batch_default, WRITES),
    ("associations", "POST", f"{PAIR}/batch/read", associations.batch_read, READS),
    ("associations", "POST", f"{PAIR}/batch/archive", associations.batch_archive, WRITES),
    ("associations", "GET", f"{PAIR}/labels", associations.labels, READS),
    ("object-associations", "GET", "/<start>/<start_id>/associations/<end>", associations.of_record, READS),
    (
        "object-associations",
        "PUT",
        "/<start>/<start_id>/associations/default/<end>/<end_id>",
        associations.default,
        WRITES,
    ),
    ("object-associations", "PUT", "/<start>/<start_id>/associations/<end>/<end_id>", associations.create, WRITES),
    ("object-associations", "DELETE", "/<start>/<start_id>/associations/<end>/<end_id>", associations.archive, WRITES),
    # Lists
    ("lists", "GET", "", lists.listed, READS),
    ("lists", "POST", "", lists.create, WRITES),
    ("lists", "POST", "/search", lists.search, READS),
    ("lists", "GET", "/object-type-id/<type_id>/name/<path:name>", lists.by_name, READS),
    ("lists", "GET", "/records/<type_id>/<record_id>/memberships", lists.of_record, READS),
    ("lists", "GET", "/<list_id>", lists.read, READS),
    ("lists", "DELETE", "/<list_id>", lists.delete, WRITES),
    ("lists", "PUT", "/<list_id>/update-list-name", lists.rename, WRITES),
    ("lists", "GET", "/<list_id>/memberships", lists.members, READS),
    ("lists", "PUT", "/<list_id>/memberships/add", lists.add, WRITES),
    ("lists", "PUT", "/<list_id>/memberships/remove", lists.remove, WRITES),
    ("lists", "PUT", "/<list_id>/memberships/add-and-remove", lists.add_and_remove, WRITES),
    # Marketing events and campaigns
    ("events", "GET", "", marketing.listed, READS),
    ("events", "POST", "/events", marketing.create, WRITES),
    ("events", "GET", "/events/search", marketing.search, READS),
    ("events", "POST", "/events/upsert", marketing.upsert, WRITES),
    ("events", "GET", "/events/<event_id>", marketing.read_external, READS),
    ("events", "PUT", "/events/<event_id>", marketing.put, WRITES),
    ("events", "PATCH", "/events/<event_id>", marketing.update_external, WRITES),
    ("events", "DELETE", "/events/<event_id>", marketing.delete_external, WRITES),
    ("events", "POST", "/events/<event_id>/cancel", marketing.cancel, WRITES),
    ("events", "POST", "/events/<event_id>/complete", marketing.complete, WRITES),
    ("events", "POST", f"/attendance/<event_id>/<state>/{ATTENDANCE}", marketing.attend, WRITES),
    ("events", "POST", f"/<object_id>/attendance/<state>/{ATTENDANCE}", marketing.attend, WRITES),
    ("events", "GET", "/participations/<object_id>/breakdown", marketing.breakdown, READS),
    ("events", "GET", "/participations/<account_id>/<event_id>/breakdown", marketing.breakdown, READS),
    ("events", "GET", "/<object_id>", marketing.read, READS),
    ("events", "PATCH", "/<object_id>", marketing.update, WRITES),
    ("events", "DELETE", "/<object_id>", marketing.delete, WRITES),
    ("campaigns", "GET", "", marketing.campaigns, READS),
    ("campaigns", "GET", "/<campaign_id>", marketing.campaign, READS),
]


def _api_rules() -> list[Rule]:
    rules = []
    for area, method, tail, endpoint, writes in TABLE:
        for prefix in FAMILIES[area]:
            version = None if DATE in prefix else prefix.split("/")[2]
            target = Target(area, endpoint, writes, version)
            rules.append(Rule(f"{prefix}{tail}", endpoint=target, methods=[method]))
    return rules


# Sign-in paths lead to functions of (vendor, request, **path values) -> Response.
_SIGN_IN = [
    Rule("/oauth/authorize", endpoint=oauth.authorize, methods=["GET", "POST"]),
    Rule("/oauth/v1/access-tokens/<token>", endpoint=oauth.access_info, methods=["GET"]),
    Rule("/oauth/v1/refresh-tokens/<token>", endpoint=oauth.refresh_info, methods=["GET"]),
    Rule("/oauth/v1/refresh-tokens/<token>", endpoint=oauth.revoke_v1, methods=["DELETE"]),
    Rule("/oauth/v1/token", endpoint=oauth.token, methods=["POST"], defaults={"version": "v1"}),
]
for _version in ("v3", *DATED):
    for _tail, _endpoint in (("", oauth.token), ("/introspect", oauth.introspect), ("/revoke", oauth.revoke)):
        _SIGN_IN.append(
            Rule(
                f"/oauth/{_version}/token{_tail}", endpoint=_endpoint, methods=["POST"], defaults={"version": _version}
            )
        )

ROUTES = Map([*_api_rules(), *_SIGN_IN], merge_slashes=False, redirect_defaults=False)
