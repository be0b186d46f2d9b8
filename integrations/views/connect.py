"""The Connect tab."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import retarget

from integrations import check, mapping, switches
from integrations.connect import disconnect, pending_account, used_method, used_values
from integrations.contract import ConnectMethod
from integrations.destinations import Destination
from integrations.forms.connect import OptionForm, SignInForm, SyncModeForm, first_error
from integrations.guides import guide_of
from integrations.models import Integration
from integrations.views.page import answer, open_destination, open_integration, page_context
from leads.access import OrgRequest, org_admin_required

CONNECTION = "integrations/connect.html#answer"


@org_admin_required
@require_safe
def connect(request: OrgRequest, provider: str) -> HttpResponse:
    """The whole tab, or the connection and what depends on it, once the popup has closed."""
    found = open_destination(request, provider)
    template = CONNECTION if request.htmx and request.htmx.target == "connection" else "integrations/connect.html"
    return render(request, template, _context(request, found))


@org_admin_required
@require_POST
def disconnect_it(request: OrgRequest, provider: str) -> HttpResponse:
    """Forget the credentials; mappings stay."""
    found, integration = open_integration(request, provider)
    warning = disconnect(integration=integration, by=request.user)
    messages.success(request, f"{found.provider.name} is disconnected. Mappings, qualifiers and campaigns are kept.")
    if warning:
        messages.warning(request, warning)
    return connection_answer(request, provider)


@org_admin_required
@require_POST
def pause(request: OrgRequest, provider: str) -> HttpResponse:
    """Disable or Enable, by the name of the button."""
    found, integration = open_integration(request, provider)
    try:
        if request.POST.get("action") == "enable":
            switches.enable(integration=integration, by=request.user)
            messages.success(request, f"{found.provider.name} is enabled. Leads that gathered are sent now.")
        else:
            switches.disable(integration=integration, by=request.user)
            messages.success(
                request, f"{found.provider.name} is disabled. Leads gather in Pre-Sync until you enable it."
            )
    except switches.SwitchRefused as refused:
        messages.error(request, refused.sentence)
    return connection_answer(request, provider)


@org_admin_required
@require_POST
def sync_mode(request: OrgRequest, provider: str) -> HttpResponse:
    """Automatic or Manual. Answers only the Saved line."""
    found, integration = open_integration(request, provider)
    form = SyncModeForm(request.POST)
    if not form.is_valid():
        return _saved(request, found, "mode", first_error(form), failed=True)
    switches.set_sync_mode(
        integration=integration, mode=Integration.Mode(form.cleaned_data["sync_mode"]), by=request.user
    )
    return _saved(request, open_destination(request, provider), "mode", "")


@org_admin_required
@require_POST
def option(request: OrgRequest, provider: str, key: str) -> HttpResponse:
    """One of the provider's own settings. Answers only the Saved line."""
    found, integration = open_integration(request, provider)
    setting = next((setting for setting in found.provider.settings if setting.key == key), None)
    if setting is None:
        raise Http404(f"{found.provider.name} has no setting {key}.")
    form = OptionForm(request.POST, setting=setting)
    if not form.is_valid():
        return _saved(request, found, key, first_error(form), failed=True)
    warning = switches.set_option(integration=integration, key=key, value=form.cleaned_data["choice"], by=request.user)
    return _saved(request, found, key, warning)


@org_admin_required
@require_POST
def check_again(request: OrgRequest, provider: str) -> HttpResponse:
    """Run the connection check once more."""
    found, integration = open_integration(request, provider)
    if not found.holds_connection:
        raise Http404(f"{found.provider.name} is not connected.")
    check.run(integration=integration)
    context = _context(request, open_destination(request, provider))
    return answer(request, "integrations/connect.html#check", context, _url(provider) + "#check")


def methods_refused(request: OrgRequest, found: Destination, form: SignInForm) -> HttpResponse:
    """The ways to connect with a form that was refused; the whole tab without htmx."""
    part = "#methods" if request.htmx else ""
    response = render(request, f"integrations/connect.html{part}", _context(request, found, form), status=422)
    return retarget(response, "#methods") if request.htmx else response


def connection_answer(request: OrgRequest, provider: str) -> HttpResponse:
    return answer(request, CONNECTION, _context(request, open_destination(request, provider)), _url(provider))


def _saved(request: OrgRequest, found: Destination, key: str, problem: str, *, failed: bool = False) -> HttpResponse:
    context = {"saved": key, "problem": problem, **page_context(found, "connect")}
    if problem and not request.htmx:
        messages.error(request, problem)
    return answer(
        request, "integrations/connect.html#saved", context, f"{_url(found.provider.key)}#{key}", 422 if failed else 200
    )


def _url(provider: str) -> str:
    return reverse("integrations:connect", args=[provider])


def _context(request: OrgRequest, found: Destination, refused: SignInForm | None = None) -> dict[str, Any]:
    integration = found.integration
    lines = integration.check_result if integration else []
    chosen = switches.chosen(integration) if integration else {}
    return page_context(
        found,
        "connect",
        guide=guide_of(found.provider.key),
        used_method=used_method(integration) if found.holds_connection and integration else None,
        ways=_ways(found, refused),
        pending=pending_account(organization=request.organization, provider_key=found.provider.key, user=request.user),
        check_lines=lines,
        check_failed=sum(not line["ok"] for line in lines),
        settings=[(setting, chosen.get(setting.key, setting.default)) for setting in found.provider.settings],
        modes=Integration.Mode,
        persona_mapped=mapping.persona_mapped(integration) if integration else False,
    )


def _ways(found: Destination, refused: SignInForm | None) -> list[tuple[ConnectMethod, SignInForm | None, bool, bool]]:
    """The ways to connect: (method, its form, in use, open). A form shows what was entered before, but no secret."""
    integration = found.integration if found.holds_connection else None
    used = used_method(integration) if integration else None
    values = used_values(integration) if integration else {}
    ways = []
    for method in found.provider.methods:
        form = SignInForm(method=method, initial=values if method == used else {}) if method.fields else None
        was_refused = refused is not None and refused.method == method
        is_open = was_refused or (refused is None and method == (used or found.provider.methods[0]))
        ways.append((method, refused if was_refused else form, method == used, is_open))
    return ways
