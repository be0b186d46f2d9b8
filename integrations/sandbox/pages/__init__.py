"""Pages for people: records that arrived, one record, the calls, the fault panel. Square, slate and taped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template import Context, Engine
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from ..vendor import Vendor

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "sandbox"
STYLESHEET = Path(__file__).with_name("sandbox.css")
ROOT = "/_sandbox"
PAGE = 50
# What the address of a page says was done just before to the record it names.
NEWS = {
    "delete": "The record {} was deleted.",
    "merge": "The record {} was merged into this one.",
    "convert": "The lead {} was converted. This is its contact.",
}

# An engine of its own: the sandbox runs without settings, so numbers and times are shown as plain text.
engine = Engine(dirs=[str(TEMPLATES)])


def render(vendor: Vendor, template: str, status: int = 200, **values: Any) -> Response:
    """A page of the sandbox from `templates/sandbox/`; `values` join the frame's own (vendor, nav, usage)."""
    frame = {"root": ROOT, "vendor": vendor.label, "nav": navigation(vendor), "usage": vendor.usage()}
    context = Context({**frame, **values}, use_l10n=False, use_tz=False)
    headers = {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'", "Cache-Control": "no-store"}
    html = engine.get_template(template).render(context)
    return Response(html, status, headers, content_type="text/html; charset=UTF-8")


def navigation(vendor: Vendor) -> list[dict[str, str]]:
    """The links of the bar: home, one per object, the calls, the fault panel."""
    on = vendor.faults.switched_on()
    links = [{"name": "home", "label": "Home", "url": f"{ROOT}/"}]
    links += [{"name": name, "label": vendor.plural(name), "url": f"{ROOT}/objects/{name}"} for name in vendor.objects]
    links.append({"name": "requests", "label": "Requests", "url": f"{ROOT}/requests"})
    links.append({"name": "faults", "label": f"Faults ({on} on)" if on else "Faults", "url": f"{ROOT}/panel"})
    return links


def stylesheet() -> Response:
    return Response(STYLESHEET.read_bytes(), content_type="text/css; charset=UTF-8")


def home(vendor: Vendor) -> Response:
    """What arrived last, over all objects, and how many there are."""
    counts = [
        {"label": vendor.plural(name), "url": f"{ROOT}/objects/{name}", "count": vendor.store.count(name)}
        for name in vendor.objects
    ]
    newest = []
    for name in vendor.objects:
        for record in vendor.newest(name, "", 0, 10)[0]:
            newest.append({**vendor.list_row(name, record), "object": name})
    newest.sort(key=lambda row: row["when"], reverse=True)
    return render(vendor, "home.html", counts=counts, rows=newest[:20], current="home")


def objects(vendor: Vendor, request: Request, rest: str) -> Response:
    """`Lead`: the list, newest first, searchable. `Lead/<id>`: one record with all values."""
    name, _, record_id = rest.partition("/")
    if name not in vendor.objects:
        return not_there(vendor, f"{vendor.label} has no object “{name}”.")
    if record_id:
        return record(vendor, name, record_id, news=_news(request))
    text = request.args.get("q", "").strip()
    page = max(1, request.args.get("page", 1, type=int))
    found, total = vendor.newest(name, text, (page - 1) * PAGE, PAGE)
    rows = [{**vendor.list_row(name, row), "object": name} for row in found]
    return render(
        vendor,
        "list.html",
        title=vendor.plural(name),
        rows=rows,
        total=total,
        text=text,
        news=_news(request),
        current=name,
        newer=page - 1,
        older=page + 1 if page * PAGE < total else 0,
    )


def _news(request: Request) -> str:
    """What was done before this page."""
    return " ".join(words.format(request.args[deed]) for deed, words in NEWS.items() if request.args.get(deed))


def record(
    vendor: Vendor, object_name: str, record_id: str, *, news: str = "", problem: str = "", into: str = ""
) -> Response:
    """One record with all its values, empty ones folded away, and what a user may do to it. `problem`: why the record
    could not be changed, `into` what was asked for then.
    """
    shown = vendor.record_page(object_name, record_id)
    if shown is None:
        return not_there(vendor, f"No {object_name} has the id {record_id}.")
    filled = [row for row in shown["fields"] if row["value"] not in ("", None)]
    blank = [row for row in shown["fields"] if row["value"] in ("", None)]
    said = {"news": news, "problem": problem, "into": into, "plural": vendor.plural(object_name)}
    status = 400 if problem else 200
    return render(vendor, "record.html", status, record=shown, filled=filled, blank=blank, current=object_name, **said)


def requests(vendor: Vendor) -> Response:
    return render(vendor, "requests.html", calls=list(vendor.requests), current="requests")


def faults(vendor: Vendor, error: str = "") -> Response:
    status = 400 if error else 200
    return render(vendor, "faults.html", status, groups=vendor.faults.panel(), error=error, current="faults")


def not_there(vendor: Vendor, sentence: str) -> Response:
    return render(vendor, "missing.html", 404, sentence=sentence, current="")
