"""Defining qualifiers: what reps pick for a lead."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import OrgRequest, org_admin_required
from leads.forms.qualifiers import QualifierForm
from leads.models import Qualifier
from leads.qualifiers import QualifierRefused, move_qualifier, save_qualifier


@org_admin_required
@require_safe
def qualifier_list(request: OrgRequest) -> HttpResponse:
    return render(request, "leads/qualifier_list.html", _list(request))


@org_admin_required
@require_POST
def qualifier_move(request: OrgRequest, pk: int) -> HttpResponse:
    """Move one up or down (`to`). Returns the list; the focus stays at the qualifier."""
    qualifier = get_object_or_404(request.organization.qualifiers, pk=pk)
    up = request.POST.get("to") == "up"
    moved = move_qualifier(qualifier=qualifier, up=up, by=request.user)
    if moved:
        messages.success(request, f"{qualifier.name} moved {'up' if up else 'down'}.")
    if not request.htmx:
        return redirect(f"{reverse('leads:qualifier_list')}#qualifier-{pk}")
    return render(request, "leads/qualifier_list.html#list", {**_list(request), "moved": pk, "up": up})


def _list(request: OrgRequest) -> dict[str, Any]:
    qualifiers = request.organization.qualifiers.with_counts().with_values().prefetch_related("events")
    return {"area": "settings", "tab": "qualifiers", "qualifiers": qualifiers}


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def qualifier_new(request: OrgRequest) -> HttpResponse:
    return _edit(request, None)


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def qualifier_edit(request: OrgRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(request.organization.qualifiers, pk=pk))


def _edit(request: OrgRequest, qualifier: Qualifier | None) -> HttpResponse:
    name = qualifier.name if qualifier else ""
    initial = {} if qualifier else {"position": request.organization.qualifiers.count()}
    form = QualifierForm(request.POST or None, instance=qualifier, initial=initial, organization=request.organization)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_qualifier(
                organization=request.organization, qualifier=qualifier, by=request.user, **form.definition()
            )
        except QualifierRefused as refused:
            field = "new_values" if refused.field == "values" else refused.field
            form.add_error(field if field in form.fields else None, refused.sentence)
        else:
            messages.success(request, f"{saved.name} is saved.")
            return redirect("leads:qualifier_list")
    context = {"area": "settings", "tab": "qualifiers", "form": form, "name": name}
    return render(request, "leads/qualifier_edit.html", context, status=422 if form.errors else 200)
