"""The lead list and the page of one lead."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import OrgRequest, member_required
from leads.capture import edit_lead
from leads.engagements import EngagementRefused, log_engagement
from leads.fields import Group
from leads.forms.answers import AnswersForm, given_answers
from leads.forms.leads import EngagementForm, LabelForm, LeadFilter, LeadForm
from leads.identity import CaptureRefused
from leads.labels import LabelRefused, put_label, remove_label
from leads.models import Capture, Headcount, Lead, Qualifier
from leads.models.lead import LeadQuerySet
from leads.paging import LongPaginator
from leads.qualifiers import answer
from leads.story import Entry, blank_in, details_of, story_of
from mobly_sync.replica import may_read_replica

LEADS_PER_PAGE = 50
# The page of one lead shows the newest of each; more than this at one person is an import gone wrong.
SHOWN_IN_STORY = 200


@member_required
@require_safe
def home(request: OrgRequest) -> HttpResponse:
    """Where sign-in ends: an Admin sees where leads go and what to do next, a Rep the leads."""
    return redirect("integrations:list" if request.member.is_admin else "leads:lead_list")


@member_required
@require_safe
@may_read_replica
def lead_list(request: OrgRequest) -> HttpResponse:
    column = request.organization.qualifiers.for_the_list()
    filters = LeadFilter(request.GET, organization=request.organization, column=column)
    page = _page_of_leads(request, filters, column)
    context = {"area": "leads", "filters": filters, "page": page, "column": column, "query": _query(request)}
    if request.htmx.target == "list":
        return render(request, "leads/lead_list.html#list", context)
    return render(request, "leads/lead_list.html", {**context, "totals": _totals(request)})


def _page_of_leads(request: OrgRequest, filters: LeadFilter, column: Qualifier | None) -> Page:
    found = request.organization.leads.search(filters.chosen("q") or "")
    if event := filters.chosen("event"):
        found = found.met_at(event)
    if source := filters.chosen("source"):
        found = found.met_by(source)
    if column and (value := filters.chosen("value")):
        found = found.that_carry(value)

    def dressed(leads: LeadQuerySet) -> LeadQuerySet:
        return (leads.with_answers_to(column) if column else leads).with_last_capture()

    known = None if filters.is_filtering() else Headcount.objects.of(request.organization.pk)["people"]
    counted = Capture.objects.filter(event=event).values("lead").distinct() if filters.only("event") else None
    paginator = LongPaginator(found, LEADS_PER_PAGE, known=known, counted=counted, dressed=dressed)
    return paginator.get_page(request.GET.get("page"))


def _totals(request: OrgRequest) -> dict[str, int]:
    events = request.organization.events.filter(Exists(Capture.objects.filter(event=OuterRef("pk"))))
    return {**Headcount.objects.of(request.organization.pk), "events": events.count()}


def _query(request: OrgRequest) -> str:
    """The filters as they stand in the address, without the page, for the pager's links."""
    wanted = request.GET.copy()
    wanted.pop("page", None)
    return wanted.urlencode()


@member_required
@require_safe
def lead_detail(request: OrgRequest, uid: str) -> HttpResponse:
    lead = _lead(request, uid)
    return render(request, "leads/lead_detail.html", _lead_page(request, lead))


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def lead_edit(request: OrgRequest, uid: str) -> HttpResponse:
    lead = _lead(request, uid)
    known = {key: getattr(lead, key) for key in LeadForm().fields}
    form = LeadForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            edit_lead(lead=lead, values=form.person(), by=request.user)
        except CaptureRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            messages.success(request, f"{_lead(request, uid)} is saved.")
            return redirect("leads:lead_detail", uid)
    return render(request, "leads/lead_edit.html", {"area": "leads", "lead": lead, "form": form}, status=_status(form))


@member_required
@require_POST
def lead_answers(request: OrgRequest, uid: str) -> HttpResponse:
    """Save what the lead carries for each qualifier."""
    lead = _lead(request, uid)
    form = _answers_form(request, lead, request.POST)
    if form.is_valid():
        try:
            answer(lead=lead, answers=form.answers(), by=request.user)
        except CaptureRefused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, "The qualifiers are saved.")
            return redirect("leads:lead_detail", uid)
    return render(request, "leads/lead_detail.html", _lead_page(request, lead, answers=form), status=422)


@member_required
@require_POST
def log_an_engagement(request: OrgRequest, uid: str) -> HttpResponse:
    lead = _lead(request, uid)
    form = EngagementForm(request.POST)
    if form.is_valid():
        try:
            engagement = log_engagement(lead=lead, by=request.user, **form.cleaned_data)
        except EngagementRefused as refused:
            form.add_error(refused.field, refused.sentence)
        else:
            messages.success(request, f"{engagement.get_kind_display()} is logged.")
            if not request.htmx:
                return redirect("leads:lead_detail", uid)
            empty = EngagementForm()
            empty.fields["notes"].widget.attrs["autofocus"] = True
            context = _lead_page(request, _lead(request, uid), engagement_form=empty)
            return _changed(render(request, "leads/lead_detail.html#logged", context))
    if request.htmx:
        return render(request, "leads/lead_detail.html#log", {"lead": lead, "engagement_form": form}, status=422)
    return render(request, "leads/lead_detail.html", _lead_page(request, lead, engagement_form=form), status=422)


@member_required
@require_POST
def label_put(request: OrgRequest, uid: str) -> HttpResponse:
    lead = _lead(request, uid)
    form = LabelForm(request.POST)
    if form.is_valid():
        try:
            put_label(lead=lead, name=form.cleaned_data["name"], by=request.user)
        except LabelRefused as refused:
            form.add_error("name", refused.sentence)
    return _labels(request, lead, form)


@member_required
@require_POST
def label_remove(request: OrgRequest, uid: str) -> HttpResponse:
    lead = _lead(request, uid)
    label = get_object_or_404(request.organization.labels.of_uid(request.POST.get("label", "")))
    remove_label(lead=lead, label=label, by=request.user)
    return _labels(request, lead, LabelForm())


def _labels(request: OrgRequest, lead: Lead, form: LabelForm) -> HttpResponse:
    """The labels of a lead after one came or went."""
    status = 422 if form.errors else 200
    if not request.htmx:
        if status == 200:
            return redirect("leads:lead_detail", lead.uid)
        return render(request, "leads/lead_detail.html", _lead_page(request, lead, label_form=form), status=status)
    context = {"lead": lead, "label_form": form if form.errors else LabelForm(), **_label_context(request, lead)}
    return _changed(render(request, "leads/lead_detail.html#labels", context, status=status))


def _changed(answer: HttpResponse) -> HttpResponse:
    """Tell the page that the lead is on its way again, so that it asks where it stands."""
    answer["HX-Trigger"] = "lead-changed"
    return answer


def _lead(request: OrgRequest, uid: str) -> Lead:
    return get_object_or_404(request.organization.leads, uid=uid)


def _status(form: Any) -> int:
    return 422 if form.errors else 200


def _answers_form(request: OrgRequest, lead: Lead, data: Any = None) -> AnswersForm:
    """Asks what is active and what the lead carries already."""
    carried = given_answers(lead.answers.all())
    asked = request.organization.qualifiers.active_or_in(list(carried)).with_values()
    return AnswersForm(data, qualifiers=asked, given=carried)


def _lead_page(request: OrgRequest, lead: Lead, **forms: Any) -> dict[str, Any]:
    captures = list(lead.captures.with_places()[:SHOWN_IN_STORY])
    engagements = list(lead.engagements.select_related("logged_by")[:SHOWN_IN_STORY])
    return {
        "area": "leads",
        "lead": lead,
        "first_capture": captures[-1] if captures else None,
        "captures": captures,
        "engagements": engagements,
        "story": _shown(story_of(lead, captures, engagements), request.GET.get("show", "")),
        "show": request.GET.get("show", ""),
        "person": details_of(lead, captures, Group.BASIC),
        "person_blanks": blank_in(lead, Group.BASIC),
        "company": details_of(lead, captures, Group.COMPANY),
        "company_blanks": blank_in(lead, Group.COMPANY),
        "carried": lead.answers.select_related("qualifier", "value"),
        "answers": forms.get("answers") or _answers_form(request, lead),
        "engagement_form": forms.get("engagement_form") or EngagementForm(),
        "label_form": forms.get("label_form") or LabelForm(),
        **_label_context(request, lead),
    }


def _label_context(request: OrgRequest, lead: Lead) -> dict[str, Any]:
    return {"labels": list(lead.labels.all()), "all_labels": request.organization.labels.all()}


def _shown(story: list[Entry], show: str) -> list[Entry]:
    wanted = {"captures": "capture", "engagements": "engagement"}.get(show)
    return [entry for entry in story if entry.kind == wanted] if wanted else story
