"""The app is taken off in the Marketplace: Pipedrive tells the callback address, with the app's own credentials."""

from __future__ import annotations

import base64
import json
import threading
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

from ..store import Record
from .company import rfc3339
from .oauth import CLIENT_ID, CLIENT_SECRET, profile_of

if TYPE_CHECKING:
    from .vendor import Pipedrive


def uninstall(vendor: Pipedrive, sent: dict[str, Any]) -> Record:
    """End the tokens of the company and send `DELETE` to `callback` (default: where the last sign-in went back to).

    The answer says what is sent; `GET /_sandbox/uninstall` says how it was answered. Raises ValueError with a sentence.
    """
    profile = profile_of(str(sent.get("company", "halden-robotics")))
    callback = sent.get("callback") or vendor.store.fact("callback")
    if profile is None or not isinstance(callback, str) or not callback.startswith(("http://", "https://")):
        raise ValueError("Nobody signed in yet: name the company and its “callback” address.")
    for row in vendor.store.all("_token"):
        if row["kind"] in ("access", "refresh", "code") and row["company"] == profile.domain:
            vendor.store.remove("_token", row["token"])
    body = {
        "client_id": CLIENT_ID,
        "company_id": profile.id,
        "user_id": profile.users[0][0],
        "timestamp": rfc3339(vendor.clock()),
    }
    notice: Record = {"callback": callback, "body": body, "answer": None}
    vendor.notices.append(notice)
    # Not in this thread: whoever is told may call back at once, and this one holds the vendor's lock.
    threading.Thread(target=_send, args=(notice,), name="pipedrive-uninstall", daemon=True).start()
    return {"callback": callback, "body": body}


def _send(notice: Record) -> None:
    packed = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    request = urllib.request.Request(
        notice["callback"],
        data=json.dumps(notice["body"]).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Basic {packed}"},
        method="DELETE",
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            notice["answer"] = answer.status
    except HTTPError as refused:
        notice["answer"] = refused.code
    except (URLError, TimeoutError, ConnectionError) as failed:
        notice["answer"] = str(failed)
