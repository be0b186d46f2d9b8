"""Labels: Mobly's own grouping of leads, which customers know as Mobly Campaign."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from leads.access import OrgRequest, org_admin_required
from leads.forms.leads import LabelForm
from leads.labels import LabelRefused, rename_label


@org_admin_required
@require_safe
def label_list(request: OrgRequest) -> HttpResponse:
    labels = request.organization.labels.with_counts()
    return render(request, "leads/label_list.html", {"area": "settings", "tab": "labels", "labels": labels})


@org_admin_required
@require_POST
def label_rename(request: OrgRequest, uid: str) -> HttpResponse:
    label = get_object_or_404(request.organization.labels, uid=uid)
    form = LabelForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors["name"]))))
        return redirect("leads:label_list")
    try:
        renamed = rename_label(label=label, name=form.cleaned_data["name"], by=request.user)
    except LabelRefused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(
            request, f"{label} is called {renamed} now." if renamed.name != label.name else f"{renamed} keeps its name."
        )
    return redirect("leads:label_list")
