"""What is peculiar to notes: their parent, and that they need a title or a content."""

from __future__ import annotations

from typing import Any

from ..store import Record
from .org import Org
from .refusals import INVALID_ID, Refused, of_field, required, wrong_type

PARENTS = ("Leads", "Contacts", "Accounts", "Campaigns")


def check_note(org: Org, sent: dict[str, Any], at: str, before: Record | None) -> Record:
    """The parent to keep, as `{"Parent_Id": {"id", "module"}}`. Raises `Refused`."""
    if not sent.get("Note_Title") and not sent.get("Note_Content") and before is None:
        details = {
            "expected_fields": [
                {"api_name": name, "json_path": f"{at}.{name}"} for name in ("Note_Content", "Note_Title")
            ]
        }
        raise Refused("EXPECTED_FIELD_MISSING", "should contain either content or title", details)
    if "Parent_Id" not in sent and before is not None:
        return {}
    parent = sent.get("Parent_Id")
    if parent is None:
        raise required("Parent_Id", at)
    if not isinstance(parent, dict):
        raise wrong_type("Parent_Id", at, "jsonobject")
    named = parent.get("module")
    module = named.get("api_name") if isinstance(named, dict) else sent.get("$se_module")
    if not module:
        raise required("module", f"{at}.Parent_Id")
    if module not in PARENTS:
        raise of_field(
            "INVALID_DATA", "invalid data", "api_name", f"{at}.Parent_Id.module", supported_values=list(PARENTS)
        )
    if org.get(module, parent.get("id")) is None:
        raise of_field("INVALID_DATA", INVALID_ID, "id", f"{at}.Parent_Id")
    return {"Parent_Id": {"id": str(parent["id"]), "module": module}}
