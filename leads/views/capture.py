"""The capture form: made for a phone, kept open for the next person in the queue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from leads.access import OrgRequest, member_required
from leads.capture import Captured, capture_lead
from leads.forms.answers import PREFIX
from leads.forms.capture import CaptureForm
from leads.identity import CaptureRefused
from leads.models import Activation, Event

# Where the member stands today: kept from one person to the next.
PLACE = "capture_place"
SHOWN_TODAY = 8


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def capture(request: OrgRequest) -> HttpResponse:
    """GET with an event answers the fields of that event; POST captures and hands back an empty form or the lead."""
    if request.method == "POST":
        return _save(request)
    place = _place_from(request)
    if request.htmx.target == "asks":
        # Another event was chosen: its activations and qualifiers, with what is already picked kept.
        picked = {name: values if len(values) > 1 else values[0] for name, values in request.GET.lists()}
        event = _event(request, place["event"])
        form = CaptureForm(initial=picked, organization=request.organization, event=event)
        return render(request, "leads/capture.html#asks", {"form": form})
    return _page(request, _fresh_form(request, place))


@member_required
@require_safe
def known(request: OrgRequest) -> HttpResponse:
    """Whether somebody with this e-mail is a lead already."""
    lead = request.organization.leads.known_as(request.GET.get("email", ""))
    count = lead.captures.count() if lead else 0
    return render(request, "leads/capture.html#known", {"known": lead, "nth": count + 1})


def _save(request: OrgRequest) -> HttpResponse:
    event = _event(request, request.POST.get("event", ""))
    form = CaptureForm(request.POST, organization=request.organization, event=event)
    captured = _captured(request, form) if form.is_valid() else None
    if captured is None:
        return _page(request, form, status=422)
    place = {name: str(request.POST.get(name, "")) for name in ("event", "activation", "source")}
    request.session[PLACE] = place
    lead_url = reverse("leads:lead_detail", args=[captured.lead.uid])
    if captured.changed:
        messages.success(request, f"{captured.lead} is saved.", extra_tags=lead_url)
    else:
        messages.warning(
            request, f"{captured.lead} was saved with this form before. Nothing is added.", extra_tags=lead_url
        )
    if "next" not in request.POST:
        return _go(request, lead_url)
    if request.htmx.target == "capture":
        form = _fresh_form(request, place)
        form.fields["first_name"].widget.attrs["autofocus"] = True
        return _page(request, form)
    return redirect("leads:capture")


def _captured(request: OrgRequest, form: CaptureForm) -> Captured | None:
    """The saved capture, None when the service refused it and the form says why."""
    said = form.cleaned_data
    try:
        return capture_lead(
            organization=request.organization,
            person=form.person(),
            source=said["source"],
            event=said["event"],
            activation=said["activation"],
            by=request.user,
            answers={pk: given for pk, given in form.answers().items() if given},
            key=f"form:{said['key']}" if said["key"] else "",
        )
    except CaptureRefused as refused:
        field = refused.field.replace("qualifier:", PREFIX)
        form.add_error(field if field in form.fields else None, refused.sentence)
        return None


def _go(request: OrgRequest, url: str) -> HttpResponse:
    if not request.htmx:
        return redirect(url)
    return HttpResponse(status=204, headers={"HX-Redirect": url})


def _fresh_form(request: OrgRequest, place: dict[str, str]) -> CaptureForm:
    event = _event(request, place["event"])
    initial = {"event": event.uid if event else "", "activation": place["activation"], "source": place["source"]}
    initial = {name: value for name, value in initial.items() if value}
    return CaptureForm(organization=request.organization, event=event, initial=initial)


def _place_from(request: OrgRequest) -> dict[str, str]:
    """Event, activation and source: from the address, else where this member captured last, else today's event."""
    kept = request.session.get(PLACE, {})
    if "event" in request.GET or "event" in kept:
        asked = request.GET if "event" in request.GET else kept
        return {name: asked.get(name, "") for name in ("event", "activation", "source")}
    today = request.organization.events.running_on(timezone.localdate()).first()
    return {"event": str(today.uid) if today else "", "activation": "", "source": ""}


def _event(request: OrgRequest, uid: str) -> Event | None:
    return request.organization.events.of_uid(uid).first()


def _page(request: OrgRequest, form: CaptureForm, status: int = 200) -> HttpResponse:
    context = {"area": "capture", "form": form, **_today(request, form)}
    template = "leads/capture.html#form" if request.htmx.target == "capture" else "leads/capture.html"
    return render(request, template, context, status=status)


def _today(request: OrgRequest, form: CaptureForm) -> dict[str, Any]:
    """Who was captured today at the place of the form, newest first."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    event = _event(request, str(form["event"].value() or ""))
    activation = _activation(event, str(form["activation"].value() or ""))
    today = request.organization.captures.since(midnight)
    if activation:
        today = today.filter(activation=activation)
    elif event:
        today = today.filter(event=event)
    return {
        "place": activation or event,
        "today": today.select_related("lead")[:SHOWN_TODAY],
        "today_count": today.count(),
    }


def _activation(event: Event | None, pk: str) -> Activation | None:
    return event.activations.filter(pk=pk).first() if event and pk.isdecimal() else None
