"""What a user of the vendor does to a record behind a client's back, from the end of its page: convert, merge, delete.

The forms end in the same methods of the vendor as its control calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from . import pages

if TYPE_CHECKING:
    from .vendor import Vendor


def done(vendor: Vendor, request: Request, rest: str) -> Response:
    """POST a form of the record `Lead/<id>`: on to where it leads, or the record's page again with why not."""
    name, _, record_id = rest.partition("/")
    shown = vendor.record_page(name, record_id) if name in vendor.objects else None
    if shown is None:
        return pages.objects(vendor, request, rest)
    deed, into = request.form.get("deed", ""), request.form.get("into", "").strip()
    mark = vendor.store.savepoint()
    try:
        target = _done(vendor, name, shown, deed, into)
    except ValueError as refused:
        vendor.store.rollback_to(mark)
        return pages.record(vendor, name, record_id, problem=str(refused), into=into)
    # The forms lead back to themselves, at the end of the page, where a problem is said; news stand at its head.
    return redirect(f"{pages.ROOT}/objects/{target}?{urlencode({deed: shown['id']})}#main", 303)


def _done(vendor: Vendor, name: str, shown: dict[str, Any], deed: str, into: str) -> str:
    """Do it; the list or record to go to, such as `Lead/<id>`. Raises ValueError with a sentence."""
    if deed == "delete":
        vendor.delete_record(name, shown["id"])
        return name
    if deed == "merge":
        return f"{name}/{_merged(vendor, name, shown['id'], into)}"
    if deed == "convert":
        return "/".join(vendor.convert_record(name, shown["id"]))
    raise ValueError(f"A record can be converted, merged or deleted here. “{deed}” is none of these.")


def _merged(vendor: Vendor, name: str, record_id: str, into: str) -> str:
    """Merge and return the id of the record that remains. Raises ValueError with a sentence."""
    if not into:
        raise ValueError("Give the id of the record that remains.")
    remains = vendor.record_page(name, into)
    if remains is None:
        raise ValueError(f"{vendor.plural(name)} have no record with the id “{into}”.")
    if remains["id"] == record_id:
        raise ValueError(f"“{into}” is this record itself. Give the id of another one.")
    vendor.merge_record(name, record_id, remains["id"])
    return str(remains["id"])
