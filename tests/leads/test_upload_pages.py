"""The upload in the browser: choose, correct, fix, import, watch."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from leads.models import Lead, Upload
from leads.tasks import import_rows
from leads.uploads.intake import take_in

LIST = b"first_name,last_name,email,firm\nAna,Lopes,a@a.example,Fabrica\nKarla,Adler,k.adler@isarwerk,Isarwerk\n"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def tom(client, rep):
    client.force_login(rep)
    return client


@pytest.fixture
def upload(organization, rep) -> Upload:
    return take_in(organization=organization, by=rep, filename="list.csv", data=LIST)


def url(name: str, upload: Upload, *args: object) -> str:
    return reverse(f"leads:upload_{name}", args=[upload.uid, *args])


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_file_leads_to_its_columns_and_rows(tom):
    response = tom.post(reverse("leads:upload_new"), {"file": SimpleUploadedFile("list.csv", LIST)}, follow=True)

    shown = text(response)
    assert "list.csv 2 rows, 4 columns, 100" in shown
    assert "UTF-8, comma" in shown
    assert "4 of 4 matched" in shown
    assert "1 row is ready : 1 new, 0 known. 1 to fix." in shown
    assert "“k.adler@isarwerk” has no domain ending." in shown


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (SimpleUploadedFile("list.csv", b""), "“list.csv” is empty."),
        (SimpleUploadedFile("list.xlsx", b"PK\x03\x04...."), "“list.xlsx” is an Excel workbook, not a CSV file."),
        (None, "Choose a file."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_the_field(tom, file, sentence):
    response = tom.post(reverse("leads:upload_new"), {"file": file} if file else {})

    assert response.status_code == 422
    assert sentence in text(response)
    assert not Upload.objects.exists()


def test_a_file_too_large_is_refused_with_its_size(tom, settings):
    settings.UPLOAD_MAX_BYTES = 50

    response = tom.post(reverse("leads:upload_new"), {"file": SimpleUploadedFile("list.csv", LIST)})

    assert "“list.csv” is 100" in text(response)


def test_a_column_is_corrected_and_everything_that_follows_is_answered(tom, upload):
    response = tom.post(url("columns", upload), {"column-3": "description"}, **HTMX)

    page = response.content.decode()
    assert response.status_code == 200
    for part in ("match-3", "matched", "advice", "fix", "preview", "bar"):
        assert f'id="{part}" hx-swap-oob="true"' in page or re.search(rf'id="{part}"[^>]*hx-swap-oob="true"', page)
    assert "<select" not in page
    upload.refresh_from_db()
    assert upload.columns["3"] == "description"


def test_a_field_taken_by_another_column_is_refused_in_the_match_cell(tom, upload):
    response = tom.post(url("columns", upload), {"column-3": "email"}, **HTMX)

    assert response.status_code == 422
    assert "Email is column “email” already. This one is left out." in text(response)


def test_columns_can_be_saved_without_scripts(tom, upload):
    response = tom.post(url("columns", upload), {"column-3": "", "column-0": "email"}, follow=True)

    assert "“first_name” is left out: another column has its field already." in text(response)


def test_what_is_no_column_or_no_field_is_not_taken(tom, upload):
    tom.post(url("columns", upload), {"column-9": "email", "column-3": "number_of_scans", "column-x": "email"}, **HTMX)

    upload.refresh_from_db()
    assert upload.columns == {"0": "first_name", "1": "last_name", "2": "email", "3": "company_name"}


def test_a_row_is_fixed_where_it_stands(tom, upload):
    response = tom.post(url("row", upload, 3), {"cell-2": "k.adler@isarwerk.example"}, **HTMX)

    shown = text(response)
    assert response.status_code == 200
    assert "Row 3 is fixed. 0 left." in shown
    assert "2 rows are ready : 2 new, 0 known." in shown
    assert response.content.decode().lstrip().startswith('<tr role="row" id="row-3">')


def test_a_row_that_is_still_wrong_keeps_its_input_and_says_why(tom, upload):
    response = tom.post(url("row", upload, 3), {"cell-2": "k.adler"}, **HTMX)

    assert response.status_code == 422
    assert "“k.adler” has no @." in text(response)
    assert 'value="k.adler"' in response.content.decode()


def test_a_row_is_left_out(tom, upload):
    response = tom.post(url("row", upload, 3), {"leave_out": "1"}, **HTMX)

    assert "Row 3 is left out. 0 left." in text(response)


def test_a_row_that_somebody_else_has_fixed_is_said(tom, upload):
    tom.post(url("row", upload, 3), {"cell-2": "k.adler@isarwerk.example"}, **HTMX)

    response = tom.post(url("row", upload, 3), {"leave_out": "1"}, **HTMX)

    assert response.status_code == 422
    assert response["HX-Reswap"] == "none"
    assert "Row 3 is not to be fixed any more." in text(response)


def test_a_row_that_is_not_there_is_not_found(tom, upload):
    assert tom.post(url("row", upload, 99), {"cell-2": "x"}, **HTMX).status_code == 404


def test_rows_to_fix_come_as_a_file_with_what_is_wrong(tom, upload):
    response = tom.get(url("bad_rows", upload))

    assert response.content.decode("utf-8-sig").splitlines() == [
        "first_name,last_name,email,firm,Problem",
        "Karla,Adler,k.adler@isarwerk,Isarwerk,Row 3: “k.adler@isarwerk” has no domain ending.",
    ]


def test_the_import_runs_for_a_chosen_event_and_shows_its_end(tom, upload, event):
    response = tom.post(url("import", upload), {"event": event.pk}, follow=True)
    assert "Importing 0 of 1 rows done" in text(response)

    import_rows(upload.pk)
    response = tom.get(url("progress", upload), **HTMX)

    shown = text(response)
    assert "New leads 1" in shown
    assert "1 rows of “list.csv” are imported." in shown
    assert "hx-trigger" not in response.content.decode()
    assert Lead.objects.get().captures.get().event == event


def test_the_import_can_make_its_event(tom, upload, organization):
    tom.post(url("import", upload), {"event": "new", "new_event": " Factory  Days "})

    upload.refresh_from_db()
    assert (upload.event.name, upload.state) == ("Factory Days", Upload.State.IMPORTING)


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"event": "new"}, "The new event has no name."),
        ({"event": "99999"}, "This event is gone. Choose again."),
    ],
)
def test_an_event_that_cannot_be_is_refused_beside_the_field(tom, upload, chosen, sentence):
    response = tom.post(url("import", upload), chosen)

    assert response.status_code == 422
    assert sentence in text(response)


def test_progress_is_said_at_each_quarter_and_not_between(tom, upload, event):
    tom.post(url("import", upload), {"event": event.pk})
    Upload.objects.filter(pk=upload.pk).update(done=3, total=5)

    first = tom.get(url("progress", upload) + "?seen=25", **HTMX)
    again = tom.get(url("progress", upload) + "?seen=50", **HTMX)

    assert "50 % of “list.csv” is imported." in text(first)
    assert "is imported." not in text(again)


def test_a_running_import_refuses_changes_in_words(tom, upload, event):
    tom.post(url("import", upload), {"event": event.pk})

    response = tom.post(url("columns", upload), {"column-3": ""}, **HTMX)

    assert response.status_code == 422
    assert "“list.csv” is being imported right now." in text(response)


def test_a_file_is_forgotten(tom, upload):
    response = tom.post(url("discard", upload), follow=True)

    assert "“list.csv” is forgotten. Nothing of it was imported." in text(response)
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("detail", ()),
        ("columns", ()),
        ("row", (3,)),
        ("bad_rows", ()),
        ("import", ()),
        ("progress", ()),
        ("discard", ()),
    ],
)
def test_another_organizations_file_is_not_there(client, upload, other_organization, name, args):
    from leads.models import Member, User

    stranger = User.objects.create_user("eve@linden.example")
    Member.objects.create(organization=other_organization, user=stranger, role=Member.Role.ADMIN)
    client.force_login(stranger)

    method = client.get if name in ("detail", "bad_rows", "progress") else client.post
    assert method(url(name, upload, *args)).status_code == 404


def test_the_page_takes_the_same_queries_however_many_rows(tom, organization, rep, django_assert_max_num_queries):
    rows = b"".join(b"p%d,p%d@a\n" % (n, n) for n in range(400))
    upload = take_in(organization=organization, by=rep, filename="l.csv", data=b"first_name,email\n" + rows)

    with django_assert_max_num_queries(13):
        shown = text(tom.get(url("detail", upload)))
    assert "50 of 400 shown." in shown
    assert text(tom.get(url("detail", upload) + "?rows=all")).count("has no domain ending.") == 400
