"""Upload CSV: choose a file, check columns and rows, import, watch it arrive."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import OrgRequest, member_required
from leads.events import EventRefused, event_named
from leads.forms.uploads import ColumnsForm, EventChoiceForm, FileForm, RowForm
from leads.models import Upload, UploadRow
from leads.uploads.encoding import FileRefused
from leads.uploads.importing import start_import
from leads.uploads.intake import UploadRefused, discard, fix_row, leave_out, set_columns, take_in
from leads.uploads.review import Review, review_of, row_line

NEWEST = 10


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload_new(request: OrgRequest) -> HttpResponse:
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = take_in(organization=request.organization, by=request.user, filename=file.name, data=file.read())
        except FileRefused as refused:
            form.add_error("file", refused.sentence)
        else:
            return redirect("leads:upload_detail", upload.uid)
    context = {
        "area": "upload",
        "form": form,
        "uploads": request.organization.uploads.with_names()[:NEWEST],
    }
    return render(request, "leads/upload_new.html", context, status=422 if form.errors else 200)


@member_required
@require_safe
def upload_detail(request: OrgRequest, uid: str) -> HttpResponse:
    upload = _upload(request, uid)
    review = review_of(upload, all_rows=request.GET.get("rows") == "all")
    return _page(request, review, _event_form(request, upload))


@member_required
@require_POST
def upload_columns(request: OrgRequest, uid: str) -> HttpResponse:
    """Save the match of the columns. Answers with every Match cell, the rows to fix, the preview and the bar, out of
    band."""
    upload = _upload(request, uid)
    form = ColumnsForm(request.POST, upload=upload)
    try:
        upload, refused = set_columns(upload=upload, wanted=form.wanted)
    except UploadRefused as no:
        return _refused(request, upload, no.sentence)
    if not request.htmx:
        for at in refused:
            messages.error(request, f"“{upload.header[at]}” is left out: another column has its field already.")
        return redirect("leads:upload_detail", upload.uid)
    review = review_of(upload, refused=refused, wanted=form.wanted)
    context = {"review": review, "upload": upload}
    return render(request, "leads/upload_detail.html#after_columns", context, status=422 if refused else 200)


@member_required
@require_POST
def upload_row(request: OrgRequest, uid: str, number: int) -> HttpResponse:
    """Fix one row or leave it out. Answers with the row, and the bar and the preview out of band."""
    upload = _upload(request, uid)
    get_object_or_404(upload.rows, number=number)
    try:
        if "leave_out" in request.POST:
            row = leave_out(upload=upload, number=number)
        else:
            row = fix_row(upload=upload, number=number, values=RowForm(request.POST, upload=upload).values)
    except UploadRefused as no:
        return _refused(request, upload, no.sentence)
    upload.refresh_from_db()
    review = review_of(upload)
    if row.state != UploadRow.State.BAD:
        done = "is left out" if row.state == UploadRow.State.SKIPPED else "is fixed"
        messages.success(request, f"Row {row.number:,} {done}. {review.bad:,} left.")
    if not request.htmx:
        return redirect("leads:upload_detail", upload.uid)
    context = {"review": review, "upload": upload, "line": row_line(row, upload)}
    status = 422 if row.state == UploadRow.State.BAD else 200
    return render(request, "leads/upload_detail.html#after_row", context, status=status)


@member_required
@require_safe
def upload_bad_rows(request: OrgRequest, uid: str) -> HttpResponse:
    """The rows to fix as a file: the columns as they came, and what is wrong with each."""
    upload = _upload(request, uid)
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="rows-to-fix.csv"'
    writer = csv.writer(answer)
    writer.writerow([*upload.header, "Problem"])
    width = len(upload.header)
    for row in upload.rows.to_fix().iterator():
        cells = [*row.cells, *[""] * width][:width]
        writer.writerow([*cells, f"Row {row.number}: {' '.join(row.problems.values())}"])
    return answer


@member_required
@require_POST
def upload_import(request: OrgRequest, uid: str) -> HttpResponse:
    upload = _upload(request, uid)
    form = EventChoiceForm(request.POST, organization=request.organization)
    if form.is_valid():
        try:
            event = form.chosen
            if form.new_name:
                event = event_named(organization=request.organization, name=form.new_name, by=request.user)
            start_import(upload=upload, event=event)
            return redirect("leads:upload_detail", upload.uid)
        except EventRefused as refused:
            form.add_error("new_event", refused.sentence)
        except UploadRefused as refused:
            messages.error(request, refused.sentence)
            return redirect("leads:upload_detail", upload.uid)
    return _page(request, review_of(upload), form, status=422)


@member_required
@require_safe
def upload_progress(request: OrgRequest, uid: str) -> HttpResponse:
    """The progress of a running import, asked for every second; the summary when it has ended."""
    upload = _upload(request, uid)
    seen = request.GET.get("seen", "")
    quarter = _quarter(upload)
    if upload.state == Upload.State.DONE:
        messages.success(request, f"{upload.done:,} rows of “{upload.filename}” are imported.")
    elif upload.state == Upload.State.IMPORTING and quarter > (int(seen) if seen.isdecimal() else 0):
        messages.info(request, f"{quarter} % of “{upload.filename}” is imported.")
    context = {"upload": upload, "review": review_of(upload), "quarter": quarter}
    return render(request, "leads/upload_detail.html#after_progress", context)


@member_required
@require_POST
def upload_discard(request: OrgRequest, uid: str) -> HttpResponse:
    upload = _upload(request, uid)
    try:
        discard(upload=upload)
    except UploadRefused as no:
        return _refused(request, upload, no.sentence)
    messages.success(request, f"“{upload.filename}” is forgotten. Nothing of it was imported.")
    return redirect("leads:upload_new")


def _upload(request: OrgRequest, uid: str) -> Upload:
    return get_object_or_404(request.organization.uploads.with_names(), uid=uid)


def _event_form(request: OrgRequest, upload: Upload) -> EventChoiceForm:
    return EventChoiceForm(initial={"event": upload.event_id or ""}, organization=request.organization)


def _quarter(upload: Upload) -> int:
    return 25 * (4 * upload.done // upload.total) if upload.total else 0


def _page(request: OrgRequest, review: Review, form: EventChoiceForm, status: int = 200) -> HttpResponse:
    context = {
        "area": "upload",
        "review": review,
        "upload": review.upload,
        "event_form": form,
        "quarter": _quarter(review.upload),
    }
    return render(request, "leads/upload_detail.html", context, status=status)


def _refused(request: OrgRequest, upload: Upload, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    if request.htmx:
        answer = render(request, "messages_oob.html", status=422)
        answer["HX-Reswap"] = "none"  # only the sentence is new; what stands on the page stays
        return answer
    return redirect("leads:upload_detail", upload.uid)
