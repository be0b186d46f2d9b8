"""Events and their activations."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import OrgRequest, member_required, org_admin_required
from leads.events import EventRefused, remove_activation, save_event
from leads.forms.events import ActivationForm, EventFilter, EventForm
from leads.models import Event

EVENTS_PER_PAGE = 50
NEWEST_LEADS = 8


@member_required
@require_safe
def event_list(request: OrgRequest) -> HttpResponse:
    filters = EventFilter(request.GET)
    page = Paginator(_found(request, filters).with_counts(), EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "area": "events",
        "filters": filters,
        "page": page,
        "query": query.urlencode(),
        "now": timezone.localdate(),
    }
    if request.htmx.target == "list":
        return render(request, "leads/event_list.html#list", context)
    events = request.organization.events.all()
    counts = {"total": events.count(), "running": events.running_on(timezone.localdate()).count()}
    return render(request, "leads/event_list.html", {**context, **counts})


def _found(request: OrgRequest, filters: EventFilter):
    found = request.organization.events.newest_first().search(filters.chosen("q"))
    if kind := filters.chosen("kind"):
        found = found.filter(kind=kind)
    today = timezone.localdate()
    match filters.chosen("when"):
        case "today":
            return found.running_on(today)
        case "coming":
            return found.coming_after(today)
        case "over":
            return found.over_before(today)
        case _:
            return found


@member_required
@require_safe
def event_detail(request: OrgRequest, uid: str) -> HttpResponse:
    return _event_page(request, uid, None)


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_new(request: OrgRequest) -> HttpResponse:
    return _edit(request, None)


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_edit(request: OrgRequest, uid: str) -> HttpResponse:
    return _edit(request, get_object_or_404(request.organization.events, uid=uid))


def _edit(request: OrgRequest, event: Event | None) -> HttpResponse:
    form = EventForm(request.POST or None, instance=event)
    name = event.name if event else ""
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_event(organization=request.organization, event=event, by=request.user, **form.cleaned_data)
        except EventRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            messages.success(request, f"{saved.name} is saved.")
            return redirect("leads:event_detail", saved.uid)
    context = {"area": "events", "form": form, "event": event, "name": name}
    return render(request, "leads/event_edit.html", context, status=422 if form.errors else 200)


@org_admin_required
@require_POST
def activation_add(request: OrgRequest, uid: str) -> HttpResponse:
    event = get_object_or_404(request.organization.events, uid=uid)
    form = ActivationForm(request.POST, event=event)
    if not form.is_valid():
        return _event_page(request, uid, form)
    save_event(organization=request.organization, event=event, activations=[form.cleaned_data["name"]], by=request.user)
    messages.success(request, f"{form.cleaned_data['name']} is added.")
    return redirect("leads:event_detail", uid)


@org_admin_required
@require_POST
def activation_remove(request: OrgRequest, uid: str, pk: int) -> HttpResponse:
    event = get_object_or_404(request.organization.events, uid=uid)
    activation = get_object_or_404(event.activations, pk=pk)
    remove_activation(activation=activation, by=request.user)
    messages.success(request, f"{activation.name} is removed. Its captures stay at {event.name}.")
    return redirect("leads:event_detail", uid)


def _event_page(request: OrgRequest, uid: str, form: ActivationForm | None) -> HttpResponse:
    event = get_object_or_404(request.organization.events.with_counts(), uid=uid)
    context = {
        "area": "events",
        "event": event,
        "now": timezone.localdate(),
        "activations": event.activations.with_counts(),
        "newest": request.organization.leads.met_at(event).with_last_capture()[:NEWEST_LEADS],
        "qualifiers": request.organization.qualifiers.asked_at(event),
        "form": form or ActivationForm(event=event),
    }
    return render(request, "leads/event_detail.html", context, status=422 if form else 200)
