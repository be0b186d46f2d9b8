"""Everything under `/services/data/v<version>/`: one routing for requests and for parts of a composite."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from . import composite, query, rows, tooling
from .calls import Answer, Call, Refused, missing
from .ids import normal_id
from .records import Org
from .schema import OBJECTS, View

OLDEST, LATEST, RETIRED_FROM = 31, 68, 21
SEASONS = ("Summer", "Winter", "Spring")
# Describe keys that no recording gave another value.
DESCRIBE_REST = {
    "actionOverrides": [],
    "associateEntityType": None,
    "associateParentEntity": None,
    "compactLayoutable": True,
    "deepCloneable": False,
    "defaultImplementation": None,
    "extendedBy": None,
    "extendsInterfaces": None,
    "hasSubtypes": False,
    "implementedBy": None,
    "implementsInterfaces": None,
    "isInterface": False,
    "isSubtype": False,
    "listviewable": None,
    "lookupLayoutable": None,
    "namedLayoutInfos": [],
    "networkScopeFieldName": None,
    "searchLayoutable": True,
    "sobjectDescribeOption": "FULL",
    "supportedScopes": [
        {"label": "All", "name": "everything"},
        {"label": "My", "name": "mine"},
        {"label": "My team's", "name": "team"},
    ],
}


def version_label(number: int) -> str:
    """31 is Summer '14; three releases a year, Winter carries the next year's name."""
    years, season = divmod(number - 31, 3)
    return f"{SEASONS[season]} '{14 + years + (season > 0)}"


def versions() -> list[dict[str, str]]:
    """The body of GET /services/data/."""
    return [
        {"label": version_label(n), "url": f"/services/data/v{n}.0", "version": f"{n}.0"}
        for n in range(OLDEST, LATEST + 1)
    ]


RULES = Map(
    [
        Rule("/", endpoint="resources", methods=["GET"]),
        Rule("/limits", endpoint="limits", methods=["GET"]),
        Rule("/query", endpoint="query", methods=["GET"]),
        Rule("/queryAll", endpoint="query_all", methods=["GET"]),
        Rule("/query/<locator>", endpoint="more", methods=["GET"]),
        Rule("/queryAll/<locator>", endpoint="more", methods=["GET"]),
        Rule("/sobjects", endpoint="objects", methods=["GET"]),
        Rule("/sobjects/<name>", endpoint="object_info", methods=["GET"]),
        Rule("/sobjects/<name>", endpoint="create", methods=["POST"]),
        Rule("/sobjects/<name>/describe", endpoint="describe", methods=["GET"]),
        Rule("/sobjects/<name>/<record_id>", endpoint="read", methods=["GET"]),
        Rule("/sobjects/<name>/<record_id>", endpoint="update", methods=["PATCH"]),
        Rule("/sobjects/<name>/<record_id>", endpoint="delete", methods=["DELETE"]),
        Rule("/sobjects/<name>/<field>/<path:value>", endpoint="read_by_key", methods=["GET"]),
        Rule("/sobjects/<name>/<field>/<path:value>", endpoint="upsert", methods=["PATCH"]),
        Rule("/composite", endpoint="composite", methods=["POST"]),
        Rule("/composite/batch", endpoint="batch", methods=["POST"]),
        Rule("/composite/sobjects", endpoint="rows_create", methods=["POST"]),
        Rule("/composite/sobjects", endpoint="rows_update", methods=["PATCH"]),
        Rule("/composite/sobjects", endpoint="rows_delete", methods=["DELETE"]),
        Rule("/composite/sobjects/<name>", endpoint="rows_retrieve", methods=["GET", "POST"]),
        Rule("/composite/sobjects/<name>/<field>", endpoint="rows_upsert", methods=["PATCH"]),
        Rule("/tooling/sobjects/CustomField", endpoint="custom_field", methods=["POST"]),
        Rule("/tooling/sobjects/CustomField/<field_id>", endpoint="drop_custom_field", methods=["DELETE"]),
        Rule("/tooling/query", endpoint="tooling_query", methods=["GET"]),
    ],
    strict_slashes=False,
    merge_slashes=False,
).bind("")


def dispatch(org: Org, call: Call) -> Answer:
    """Answer one call; refusals come back as the vendor's error array."""
    try:
        check_version(call.version)
        path = call.path.rstrip("/") or "/"
        endpoint, values = RULES.match(path, method=call.method)
        return Rest(org).run(endpoint, call, values)
    except Refused as refused:
        return refused.answer()
    except HTTPException as error:
        if error.code == 405:
            message = f"HTTP Method '{call.method}' not allowed. Allowed are {','.join(error.valid_methods or [])}"  # type: ignore[attr-defined]
            return Refused("METHOD_NOT_ALLOWED", message, status=405).answer()
        return missing().answer()


def check_version(version: float) -> None:
    if RETIRED_FROM <= version < OLDEST:
        raise Refused("GONE", f"The requested API version v{version:.1f} is retired.", status=410)
    if version != int(version) or not OLDEST <= version <= LATEST:
        raise missing()


class Rest:
    """The endpoints by name; each takes the call and the values of its path."""

    def __init__(self, org: Org) -> None:
        self.org = org

    def run(self, endpoint: str, call: Call, values: Mapping[str, Any]) -> Answer:
        return getattr(self, endpoint)(call, **values)

    # Discovery

    def resources(self, call: Call) -> Answer:
        names = ("tooling", "query", "queryAll", "sobjects", "composite", "limits")
        return Answer(200, {name: f"{call.base}/{name}" for name in names})

    def limits(self, call: Call) -> Answer:
        most, used = self.org.faults.daily_limit, self.org.store.fact("usage", 0)
        plain = {"Max": 15000, "Remaining": 15000}
        return Answer(
            200,
            {
                "DailyApiRequests": {"Max": most, "Remaining": max(0, most - used)},
                "DailyBulkV2QueryJobs": {"Max": 10000, "Remaining": 10000},
                "DailyBulkApiBatches": plain,
                "DataStorageMB": {"Max": 1024, "Remaining": 0 if self.org.faults.storage_full else 1020},
                "FileStorageMB": {"Max": 1024, "Remaining": 1024},
            },
        )

    def objects(self, call: Call) -> Answer:
        views = [view for view in (self.org.schema.view(name) for name in OBJECTS) if view is not None]
        etag = f'"{sum(int(view.etag.strip(chr(34)), 16) for view in views) % 2**32:08x}"'
        modified = max(views, key=lambda view: view.modified)
        body = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_head(view, call) for view in views]}
        return conditional(call, etag, modified, body)

    def object_info(self, call: Call, name: str) -> Answer:
        view = self.org.view(name)
        return Answer(200, {"objectDescribe": _head(view, call), "recentItems": []})

    def describe(self, call: Call, name: str) -> Answer:
        view = self.org.view(name)
        layout = f"{call.base}/sobjects/{view.name}/describe/layouts/012000000000000AAA"
        master = {
            "active": True,
            "available": True,
            "defaultRecordTypeMapping": True,
            "developerName": "Master",
            "master": True,
            "name": "Master",
            "recordTypeId": "012000000000000AAA",
            "urls": {"layout": layout},
        }
        body = {**DESCRIBE_REST, **_head(view, call), "recordTypeInfos": [master]}
        body["childRelationships"] = self.org.schema.children(view.name)
        body["fields"] = list(view.fields.values())
        return conditional(call, view.etag, view, dict(sorted(body.items())))

    def query(self, call: Call) -> Answer:
        return query.query(self.org, call, with_deleted=False)

    def query_all(self, call: Call) -> Answer:
        return query.query(self.org, call, with_deleted=True)

    def more(self, call: Call, locator: str) -> Answer:
        return query.more(self.org, call, locator)

    # One record

    def create(self, call: Call, name: str) -> Answer:
        view = self.org.view(name)
        record_id = self.org.create(view, sent_object(call), call)
        location = f"{call.base}/sobjects/{view.name}/{record_id}"
        return Answer(201, rows.done(record_id), {"Location": location})

    def read(self, call: Call, name: str, record_id: str) -> Answer:
        view = self.org.view(name)
        return self._shown(call, view, self.org.existing(view, record_id))

    def read_by_key(self, call: Call, name: str, field: str, value: str) -> Answer:
        view, key = self._key(name, field)
        found = self.org.by_key(view, key, value)
        if len(found) == 1:
            return self._shown(call, view, found[0])
        if not found:
            raise missing()
        return several(call, view, found)

    def update(self, call: Call, name: str, record_id: str) -> Answer:
        view = self.org.view(name)
        values = sent_object(call)
        if any(sent.lower() == "id" for sent in values):
            raise Refused("INVALID_FIELD", "The Id field should not be specified in the sobject data.", ["Id"])
        self.org.update(view, self.org.existing(view, record_id), values, call)
        return Answer(204)

    def delete(self, call: Call, name: str, record_id: str) -> Answer:
        view = self.org.view(name)
        self.org.delete(view, self.org.existing(view, record_id))
        return Answer(204)

    def upsert(self, call: Call, name: str, field: str, value: str) -> Answer:
        """PATCH by external id: 201 created, 200 updated (before v46: 204), 300 several."""
        view, key = self._key(name, field)
        values = sent_object(call)
        if any(sent.lower() == key.lower() for sent in values):
            message = f"The {key} field should not be specified in the sobject data."
            raise Refused("INVALID_FIELD", message, [key])
        found = self.org.by_key(view, key, value)
        if len(found) > 1:
            return several(call, view, found)
        modern = call.version >= 46
        if found:
            self.org.update(view, found[0], values, call)
            body = {**rows.done(found[0]["Id"]), "created": False}
            return Answer(200, body) if modern else Answer(204)
        if call.args.get("updateOnly", "").lower() == "true" or key == "Id":
            raise missing()
        record_id = self.org.create(view, {**values, key: value}, call)
        body = {**rows.done(record_id), **({"created": True} if modern else {})}
        return Answer(201, body, {"Location": f"{call.base}/sobjects/{view.name}/{record_id}"})

    def _key(self, name: str, field: str) -> tuple[View, str]:
        view = self.org.view(name)
        key = view.key_field(field)
        if key is None:
            raise missing(f"Provided external ID field does not exist or is not accessible: {field}")
        return view, key

    def _shown(self, call: Call, view: View, record: dict[str, Any]) -> Answer:
        names = [part.strip() for part in call.args.get("fields", "").split(",") if part.strip()]
        unknown = next((name for name in names if name.lower() not in view.by_lower), None)
        if unknown is not None:
            raise Refused("INVALID_FIELD", f"No such column '{unknown}' on sobject of type {view.name}")
        wanted = [view.by_lower[name.lower()] for name in names] or None
        return Answer(200, self.org.shown(view, record, call.base, wanted))

    # Many

    def composite(self, call: Call) -> Answer:
        return composite.composite(self.org, call, lambda inner: dispatch(self.org, inner))

    def batch(self, call: Call) -> Answer:
        return composite.batch(self.org, call, lambda inner: dispatch(self.org, inner))

    def rows_create(self, call: Call) -> Answer:
        return rows.create(self.org, call)

    def rows_update(self, call: Call) -> Answer:
        return rows.update(self.org, call)

    def rows_delete(self, call: Call) -> Answer:
        return rows.delete(self.org, call)

    def rows_retrieve(self, call: Call, name: str) -> Answer:
        return rows.retrieve(self.org, call, name)

    def rows_upsert(self, call: Call, name: str, field: str) -> Answer:
        return rows.upsert(self.org, call, name, field)

    # Tooling

    def custom_field(self, call: Call) -> Answer:
        return tooling.create_field(self.org, call, sent_object(call))

    def drop_custom_field(self, call: Call, field_id: str) -> Answer:
        return tooling.drop_field(self.org, normal_id(field_id) or "")

    def tooling_query(self, call: Call) -> Answer:
        return tooling.query(self.org, call)


def sent_object(call: Call) -> dict[str, Any]:
    if not isinstance(call.body, dict):
        raise Refused("JSON_PARSER_ERROR", "The body is not a JSON object.")
    return call.body


def several(call: Call, view: View, found: list[dict[str, Any]]) -> Answer:
    """300 and a bare list of record URLs."""
    return Answer(300, [f"{call.base}/sobjects/{view.name}/{record['Id']}" for record in found])


def conditional(call: Call, etag: str, view: View, body: Any) -> Answer:
    """304 with an empty body when the client has this state already."""
    headers = {"ETag": etag, "Last-Modified": view.last_modified}
    since = call.header("If-Modified-Since")
    same = etag in call.header("If-None-Match") if call.header("If-None-Match") else False
    if since and not same:
        try:
            same = parsedate_to_datetime(since).timestamp() >= view.modified
        except ValueError:
            same = False
    return Answer(304, None, headers) if same else Answer(200, body, headers)


def _head(view: View, call: Call) -> dict[str, Any]:
    base = f"{call.base}/sobjects/{view.name}"
    urls = {
        "rowTemplate": f"{base}/{{ID}}",
        "describe": f"{base}/describe",
        "layouts": f"{base}/describe/layouts",
        "sobject": base,
    }
    return {**view.head, "urls": urls}
