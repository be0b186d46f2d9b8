"""Further objects of the Mapping tab: the drawer that adds one or changes its lookups, and Remove object."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST

from integrations import further as services
from integrations import schema
from integrations.contract import FurtherObject, OfferedObject, ProviderError, RemoteObject, Role
from integrations.destinations import Destination
from integrations.meanwhile import MappingRefused
from integrations.models import Integration
from integrations.sections import Page, page_of
from integrations.views.mapping import mapping_context, shown_rows
from integrations.views.page import open_integration
from leads.access import OrgRequest, org_admin_required

# The select of one lookup is named by this and the object it points to.
TIE = "tie-"


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def further_objects(request: OrgRequest, provider: str) -> HttpResponse:
    """The drawer, the lookups of a chosen object (`?object=`), and the saving."""
    found, integration = open_integration(request, provider)
    if found.provider.further is None or not found.holds_connection:
        raise Http404(f"{found.provider.name} takes no further objects now.")
    problem = ""
    if request.method == "POST":
        ties = {name.removeprefix(TIE): request.POST.get(name, "") for name in request.POST if name.startswith(TIE)}
        name = request.POST.get("object", "")
        try:
            remote = services.save_object(integration=integration, name=name, ties=ties, by=request.user)
        except MappingRefused as refused:
            problem = refused.sentence
        except ProviderError as error:
            problem = error.fault.message
        else:
            return _saved(request, found, remote)
    return _drawer(request, found, integration, problem)


@org_admin_required
@require_POST
def remove_object(request: OrgRequest, provider: str, object_name: str) -> HttpResponse:
    """Remove object, after the dialog."""
    found, integration = open_integration(request, provider)
    label = next((one.label for one in schema.further_objects(integration) if one.name == object_name), object_name)
    if not services.remove_object(integration=integration, name=object_name, by=request.user):
        raise Http404(f"{object_name} is no further object of this mapping.")
    messages.success(request, f"{label} is removed from the mapping. Its records stay in {found.provider.name}.")
    return redirect("integrations:mapping", provider=provider)


def _saved(request: OrgRequest, found: Destination, remote: RemoteObject) -> HttpResponse:
    messages.success(request, f"{remote.label} is saved. Map its fields below: a lead without any gets no record.")
    url = reverse("integrations:mapping", args=[found.provider.key])
    anchor = f"#object-{slugify(remote.name)}"
    if not request.htmx:
        return redirect(f"{url}{anchor}")
    # The page is loaded anew: an address that differs by its fragment alone, or not at all, would only scroll.
    return HttpResponse(status=204, headers={"HX-Redirect": f"{url}?saved={timezone.now():%H%M%S%f}{anchor}"})


def _drawer(request: OrgRequest, found: Destination, integration: Integration, problem: str) -> HttpResponse:
    page = page_of(integration)
    added = {one.name: one for one in schema.further_objects(integration)}
    offered: list[OfferedObject] = []
    try:
        offered = services.offered(integration)
    except ProviderError as error:
        problem = problem or error.fault.message
    chosen = (request.POST or request.GET).get("object", "")
    free = [one for one in offered if one.name == chosen or one.name not in added]
    picked = next((one for one in free if one.name == chosen), free[0] if len(free) == 1 and not chosen else None)
    context: dict[str, Any] = mapping_context(
        found,
        page,
        shown_rows(request),
        offering=True,
        objects=free,
        picked=picked,
        changing=picked is not None and picked.name in added,
        lookups=_lookups(request, page, picked, added.get(picked.name)) if picked else [],
        shares=any(_is_company(page, kind) for kind in picked.lookups) if picked else False,
        problem=problem,
    )
    part = {"further-lookups": "#lookups"}.get(request.htmx.target or "", "#drawer")
    template = f"integrations/further_drawer.html{part}" if request.htmx else "integrations/mapping.html"
    return render(request, template, context, status=422 if problem and request.method == "POST" else 200)


def _is_company(page: Page, object_name: str) -> bool:
    section = page.section(object_name)
    return section is not None and section.remote.role is Role.COMPANY


def _lookups(
    request: OrgRequest, page: Page, picked: OfferedObject, known: FurtherObject | None
) -> list[tuple[str, str, tuple[str, ...], str]]:
    """A select for each object that it points to: its name, the object's label, the fields, the one chosen."""
    labels = {section.remote.name: section.remote.label for section in page.sections}
    found = []
    for kind, fields in picked.lookups.items():
        usual = known.ties.get(kind, "") if known else fields[0]
        found.append((f"{TIE}{kind}", labels.get(kind, kind), fields, request.POST.get(f"{TIE}{kind}", usual)))
    return found
