"""Control under `/_sandbox/`: JSON for tests and commands, pages for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from . import deeds, pages, sign_in
from .faults import FaultRefused

if TYPE_CHECKING:
    from .vendor import Vendor

PREFIX = "/_sandbox"


def respond(vendor: Vendor, request: Request) -> Response | None:
    """The control answer, or None when the path belongs to the vendor's own URL space."""
    path = request.path
    if path in ("/", "/favicon.ico"):
        return redirect(f"{PREFIX}/") if path == "/" else Response(status=204)
    if path != PREFIX and not path.startswith(f"{PREFIX}/"):
        return None
    with vendor.store.lock:
        try:
            return _routed(vendor, request, path.removeprefix(PREFIX).strip("/"))
        except KeyError as error:
            return said(f"{vendor.label} has no {error.args[0]}.", 404)
        except ValueError as error:
            return said(str(error), 400)


def said(sentence: str, status: int) -> Response:
    return answered({"error": sentence}, status)


def answered(body: Any, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response((text + "\n").encode("utf-8", "replace"), status, content_type="application/json;charset=UTF-8")


def sent_object(request: Request) -> dict[str, Any]:
    """The JSON object of the body; a blank body is an empty object. Raises ValueError with a sentence."""
    data = request.get_data()
    if not data.strip():
        return {}
    try:
        body = json.loads(data)
    except ValueError as error:
        raise ValueError(f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise ValueError("Send a JSON object.")
    return body


def _routed(vendor: Vendor, request: Request, path: str) -> Response:
    own = vendor.control_routes().get((request.method, path))
    if own is not None:
        with vendor.store.transaction():
            return own(request)
    area, _, rest = path.partition("/")
    handler = AREAS.get((request.method if request.method != "HEAD" else "GET", area))
    if handler is None:
        return said(f"There is no {request.method} {request.path} here.", 404)
    with vendor.store.transaction():
        return handler(vendor, request, rest)


def _faults(vendor: Vendor, request: Request, rest: str) -> Response:
    if request.method == "PATCH":
        _switch(vendor, sent_object(request))
    return answered(vendor.faults.as_dict())


def _switch(vendor: Vendor, changes: dict[str, Any]) -> None:
    vendor.faults.patch(changes)
    if vendor.faults.revoked_app:
        vendor.revoke_app()
    elif vendor.faults.expired_token:
        vendor.expire_access_tokens()
    vendor.faults.patch({"expired_token": False, "revoked_app": False})
    vendor.save_faults()


def _panel(vendor: Vendor, request: Request, rest: str) -> Response:
    if request.form.get("answer") == "off":
        vendor.faults = vendor.faults_class()
        vendor.save_faults()
    else:
        try:
            _switch(vendor, vendor.faults.from_form(request.form.to_dict()))
        except FaultRefused as refused:
            return pages.faults(vendor, str(refused))
    return redirect(f"{PREFIX}/panel", 303)


def _reset(vendor: Vendor, request: Request, rest: str) -> Response:
    vendor.reset()
    return answered({"reset": True})


def _stats(vendor: Vendor, request: Request, rest: str) -> Response:
    if request.method == "POST":
        vendor.reset_stats()
    return answered(
        {
            "calls": vendor.calls,
            "by_path": dict(vendor.by_path),
            "created": dict(vendor.created),
            "updated": dict(vendor.updated),
        }
    )


def _records(vendor: Vendor, request: Request, rest: str) -> Response:
    if request.method == "POST":
        return answered(vendor.seed_record(rest, sent_object(request)), 201)
    found = vendor.find_records(rest, request.args.get("email", ""), request.args.get("q", ""))
    return answered({"records": found})


def _schema(vendor: Vendor, request: Request, rest: str) -> Response:
    return answered(vendor.patch_schema(rest, sent_object(request) if request.method == "PATCH" else {}))


def _recommended(vendor: Vendor, request: Request, rest: str) -> Response:
    return answered({"created": vendor.add_recommended_fields()})


def _requests(vendor: Vendor, request: Request, rest: str) -> Response:
    return answered({"requests": list(vendor.requests)})


def _stylesheet(vendor: Vendor, request: Request, rest: str) -> Response:
    return pages.stylesheet()


AREAS = {
    ("GET", "faults"): _faults,
    ("PATCH", "faults"): _faults,
    ("POST", "reset"): _reset,
    ("GET", "stats"): _stats,
    ("POST", "stats"): _stats,
    ("GET", "records"): _records,
    ("POST", "records"): _records,
    ("GET", "schema"): _schema,
    ("PATCH", "schema"): _schema,
    ("POST", "recommended-fields"): _recommended,
    ("GET", "requests.json"): _requests,
    ("GET", "sandbox.css"): _stylesheet,
    ("GET", ""): lambda vendor, request, rest: pages.home(vendor),
    ("GET", "objects"): pages.objects,
    ("POST", "objects"): deeds.done,
    ("GET", "requests"): lambda vendor, request, rest: pages.requests(vendor),
    ("GET", "panel"): lambda vendor, request, rest: pages.faults(vendor),
    ("POST", "panel"): _panel,
    ("POST", "sign-in"): sign_in.sign_in,
    ("GET", "sign-out"): sign_in.sign_out,
}
