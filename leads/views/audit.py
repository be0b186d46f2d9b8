"""Who changed what: the organization's page, its spreadsheet, and the last few for a tab of an integration."""

from __future__ import annotations

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads import audit
from leads.access import OrgRequest, org_admin_required
from leads.forms.audit import ChangeFilter
from leads.models import Change
from mobly_sync.replica import may_read_replica


@org_admin_required
@require_safe
@may_read_replica
def changes(request: OrgRequest) -> HttpResponse:
    """All changes, newest first; `?person=&area=&integration=&period=` filter them, `?after=` is the key of a page."""
    filters = ChangeFilter(request.GET, organization=request.organization)
    rows, next_page = audit.page_of(filters.changes(), request.GET.get("after", ""))
    context = {
        "area": "settings",
        "tab": "changes",
        "filters": filters,
        "changes": [(change, audit.place_of(change)) for change in rows],
        "next_page": next_page,
    }
    part = "#list" if request.htmx.target == "list" else ""
    return render(request, f"leads/changes.html{part}", context)


@org_admin_required
@require_safe
@may_read_replica
def changes_export(request: OrgRequest) -> StreamingHttpResponse:
    """What the filters leave, as a spreadsheet, however long it is."""
    filters = ChangeFilter(request.GET, organization=request.organization)
    response = StreamingHttpResponse(audit.lines(filters.changes()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.organization.slug}-changes.csv"'
    return response


@org_admin_required
@require_safe
def changes_recent(request: OrgRequest) -> HttpResponse:
    """The last few of one tab (`?area=&integration=`), for its fold; without an area those of the whole integration,
    each with its place.
    """
    area, provider = request.GET.get("area", ""), request.GET.get("integration", "")
    if area not in ("", *Change.Area.values) or provider not in audit.provider_names():
        raise Http404("There is no such tab.")
    all_changes = Change.objects.filter(organization=request.organization)
    found = all_changes.on_tab(area, provider) if area else all_changes.filter(provider=provider)
    rows = [(change, "" if area else change.get_area_display()) for change in found.newest_first()[: audit.RECENT]]
    return render(request, "leads/changes_recent.html", {"changes": rows, "chosen": area, "integration": provider})
