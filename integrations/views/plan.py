"""The mapping plan: the configuration as a workbook, and the differences of one that comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.forms.plan import PlanForm, seen_of, seen_text
from integrations.models import Integration, PlanImport
from integrations.plan.applying import PlanNotApplied, apply_plan
from integrations.plan.comparing import counts
from integrations.plan.exporting import workbook_of
from integrations.plan.intake import lines_of, take_in
from integrations.plan.layout import CLEAR, SHEETS
from integrations.plan.lines import Line, Verdict
from integrations.plan.standing import standing_of
from integrations.plan.workbook import PlanFileRefused
from integrations.views.page import open_destination, open_integration, page_context
from leads.access import OrgRequest, org_admin_required
from mobly_sync import spreadsheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NEWEST = 10
# A press applies so many; that takes some seconds, and the next press goes on.
AT_ONCE = 1_000
# More lines than anybody reads on a page; the file has all of them.
SHOWN = 500
WORDS = {
    Verdict.SAME: "Same",
    Verdict.ADD: "Will be added",
    Verdict.CHANGE: "Will be changed",
    Verdict.CLEAR: "Will be emptied",
    Verdict.REFUSED: "Refused",
}
DEEDS = (Verdict.ADD, Verdict.CHANGE, Verdict.CLEAR)
FILTERS: dict[str, tuple[str, tuple[Verdict, ...]]] = {
    "differences": ("Differences", (*DEEDS, Verdict.REFUSED)),
    "refused": ("Refused", (Verdict.REFUSED,)),
    "same": ("Same", (Verdict.SAME,)),
}


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: OrgRequest, provider: str) -> HttpResponse:
    """Export, import, and the latest imports."""
    found = open_destination(request, provider)
    form = PlanForm()
    if request.method == "POST":
        _, integration = open_integration(request, provider)
        form = PlanForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                taken = take_in(integration=integration, filename=file.name, data=file.read(), by=request.user)
            except PlanFileRefused as refused:
                form.add_error("file", refused.sentence)
            else:
                return redirect("integrations:plan_import", provider, taken.uid)
    known = bool(found.integration and found.integration.schemas.exists())
    imports = found.integration.plans.newest(NEWEST) if found.integration else []
    context = page_context(found, "mapping", form=form, known=known, imports=imports, clear=CLEAR)
    return render(request, "integrations/plan.html", context, status=422 if form.errors else 200)


@org_admin_required
@require_safe
def plan_export(request: OrgRequest, provider: str) -> HttpResponse:
    _, integration = open_integration(request, provider)
    made = workbook_of(standing_of(integration), account=integration.account_name)
    response = HttpResponse(made, content_type=XLSX)
    name = f"{provider}-mapping-plan-{timezone.localdate().isoformat()}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@org_admin_required
@require_safe
def plan_import(request: OrgRequest, provider: str, uid: str) -> HttpResponse:
    """The differences. `?show=` filters the lines."""
    found, integration = open_integration(request, provider)
    taken = _plan(integration, uid)
    lines = lines_of(taken)
    counted = counts(lines)
    said = request.GET.get("show", "")
    show = said if said in FILTERS else "differences"
    wanted = [line for line in lines if line.verdict in FILTERS[show][1]]
    deeds = [line for line in lines if line.deed]
    context = page_context(
        found,
        "mapping",
        plan=taken,
        show=show,
        filters=[
            (key, label, sum(counted[verdict] for verdict in verdicts)) for key, (label, verdicts) in FILTERS.items()
        ],
        groups=_groups(wanted[:SHOWN]),
        total=len(wanted),
        shown=SHOWN,
        changes=len(deeds),
        at_once=min(len(deeds), AT_ONCE),
        cleared=counted[Verdict.CLEAR],
        refused=counted[Verdict.REFUSED],
        words=WORDS,
        seen=seen_text({line.id: line.mark for line in deeds[:AT_ONCE]}),
        clear=CLEAR,
    )
    return render(request, "integrations/plan_import.html", context)


@org_admin_required
@require_POST
def plan_apply(request: OrgRequest, provider: str, uid: str) -> HttpResponse:
    """Apply what the page showed. The answer is the page again, as things are now."""
    _, integration = open_integration(request, provider)
    taken = _plan(integration, uid)
    try:
        done = apply_plan(plan=taken, seen=seen_of(request.POST.get("seen", "")), by=request.user)
    except PlanNotApplied as refused:
        messages.error(request, refused.sentence)
    else:
        count = done.applied - taken.applied
        skipped = f" {len(done.skipped)} skipped: the reasons are on the page." if done.skipped else ""
        said = messages.warning if done.skipped else messages.success
        said(request, f"{count} change{'' if count == 1 else 's'} applied.{skipped}")
    return redirect("integrations:plan_import", provider, uid)


@org_admin_required
@require_safe
def plan_lines(request: OrgRequest, provider: str, uid: str) -> HttpResponse:
    """The differences and refusals as a file, to send to who planned."""
    _, integration = open_integration(request, provider)
    lines = [line for line in lines_of(_plan(integration, uid)) if line.verdict is not Verdict.SAME]
    cells = (
        [line.sheet, str(line.row), line.subject, line.now, line.plan, WORDS[line.verdict], line.note] for line in lines
    )
    made = spreadsheet.lines(["Sheet", "Row", "What", "Now", "Plan", "Verdict", "Why"], cells)
    response = HttpResponse("".join(made), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{provider}-plan-differences.csv"'
    return response


def _plan(integration: Integration, uid: str) -> PlanImport:
    return get_object_or_404(integration.plans.select_related("integration__organization", "applied_by"), uid=uid)


def _groups(lines: Sequence[Line]) -> list[tuple[str, list[tuple[Line, str, str]]]]:
    """(sheet, its lines with the word and the state of their verdict), in the order of the plan."""
    states: dict[Verdict, Any] = {
        Verdict.ADD: "create",
        Verdict.CHANGE: "update",
        Verdict.CLEAR: "attention",
        Verdict.REFUSED: "failed",
        Verdict.SAME: "off",
    }
    groups = [
        (
            sheet.title,
            [(line, WORDS[line.verdict], states[line.verdict]) for line in lines if line.sheet == sheet.title],
        )
        for sheet in SHEETS
    ]
    return [(title, entries) for title, entries in groups if entries]
