"""From a file to leads: nobody lost, nobody twice, whatever the worker goes through."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import OperationalError, connection

from leads.models import Capture, Lead, Organization, Upload, UploadRow, User
from leads.tasks import import_rows, sweep_imports
from leads.uploads import importing
from leads.uploads.encoding import FileRefused
from leads.uploads.importing import import_batch, start_import
from leads.uploads.intake import UploadRefused, discard, fix_row, leave_out, set_columns, take_in

LIST = b"first_name,last_name,email,company_name\nAna,Lopes,a@a.example,Fabrica\nKarla,Adler,k@b.example,Isarwerk\n"


@pytest.fixture
def take(organization, rep):
    def take(data: bytes, filename: str = "list.csv") -> Upload:
        return take_in(organization=organization, by=rep, filename=filename, data=data)

    return take


@pytest.fixture
def imported(take, event):
    """Take a file in and import it for the event."""

    def imported(data: bytes) -> Upload:
        upload = start_import(upload=take(data), event=event)
        import_rows(upload.pk)
        upload.refresh_from_db()
        return upload

    return imported


def figures(upload: Upload) -> dict[str, int]:
    return {name: getattr(upload, name) for name in ("total", "done", "created", "updated", "unchanged")}


def people() -> list[tuple[str, str]]:
    return list(Lead.objects.order_by("pk").values_list("first_name", "email"))


def problems(upload: Upload) -> dict[int, dict[str, str]]:
    return dict(upload.rows.filter(state=UploadRow.State.BAD).values_list("number", "problems"))


def test_every_row_becomes_a_lead_met_at_the_event(imported, event, rep):
    upload = imported(LIST)

    assert figures(upload) == {"total": 2, "done": 2, "created": 2, "updated": 0, "unchanged": 0}
    assert upload.state == Upload.State.DONE
    assert people() == [("Ana", "a@a.example"), ("Karla", "k@b.example")]
    captures = Capture.objects.values_list("source", "event", "captured_by", "captured_by_email")
    assert set(captures) == {("csv_upload", event.pk, rep.pk, "tom@halden.example")}


def test_the_same_file_again_changes_nothing(imported, announced):
    imported(LIST)
    announced.clear()

    again = imported(LIST)

    assert figures(again) == {"total": 2, "done": 2, "created": 0, "updated": 0, "unchanged": 2}
    assert (Lead.objects.count(), Capture.objects.count()) == (2, 2)
    assert [leads for leads, _ in announced if leads] == []


def test_the_same_people_in_another_form_of_the_file_are_not_captured_twice(imported):
    imported(LIST)

    again = imported(LIST.decode().replace(",", ";").replace("\n", "\r").encode("utf-16"))

    assert figures(again)["unchanged"] == 2


def test_the_same_people_at_another_event_are_met_again(imported, take, organization):
    imported(LIST)
    other = organization.events.create(name="Packaging Expo West")

    upload = start_import(upload=take(LIST), event=other)
    import_rows(upload.pk)

    upload.refresh_from_db()
    assert figures(upload) == {"total": 2, "done": 2, "created": 0, "updated": 2, "unchanged": 0}
    assert Capture.objects.filter(event=other).count() == 2


def test_a_person_twice_in_a_file_is_one_lead(take, imported):
    twice = LIST + b"Ana,Lopes,A@A.example,\n"
    upload = take(twice)

    assert (upload.repeated, upload.known) == (1, 0)
    assert figures(imported(twice)) == {"total": 3, "done": 3, "created": 2, "updated": 1, "unchanged": 0}


def test_known_people_are_counted_before_the_import(imported, take):
    imported(LIST)

    assert take(LIST + b"Tom,New,t@a.example,\n").known == 2


def test_each_bad_row_is_named_with_its_column_and_a_sentence(take):
    upload = take(
        LIST
        + b"Karl,Adler,k.adler@isarwerk,Isarwerk\n"
        + b"x" * 10_001
        + b",Adler,l@b.example,\n"
        + b"A,B,c@d.example,Benton,Jr\n"
        + b" ,\t,,\n"
    )

    assert problems(upload) == {
        4: {"2": "“k.adler@isarwerk” has no domain ending."},
        5: {"0": "First Name has 10,001 characters; 10,000 is the most Mobly keeps."},
        6: {"": "The row has 5 values for 4 columns. A comma within a value may lack its quotation marks."},
    }
    assert upload.total == 5


def test_a_row_that_says_nothing_about_the_person_is_named(take):
    upload = take(b"email,city\na@a.example,Graz\n,Graz\n")

    assert problems(upload) == {
        3: {"": "Nothing says who this is. Add an Email, a name, a Phone Number or a Company Name."}
    }


def test_bad_rows_stay_behind_and_come_later_when_they_are_fixed(imported):
    upload = imported(LIST + b"Karl,Adler,k.adler@isarwerk,Isarwerk\n")
    assert figures(upload)["done"] == 2

    row = fix_row(upload=upload, number=4, values={2: "k.adler@isarwerk.example"})
    start_import(upload=upload, event=upload.event)
    import_rows(upload.pk)

    upload.refresh_from_db()
    assert row.state == UploadRow.State.READY
    assert figures(upload) == {"total": 3, "done": 3, "created": 3, "updated": 0, "unchanged": 0}
    assert people()[-1] == ("Karl", "k.adler@isarwerk.example")


def test_a_fix_that_is_none_says_what_is_still_wrong(take):
    upload = take(LIST + b"Karl,Adler,k.adler@isarwerk,Isarwerk\n")

    row = fix_row(upload=upload, number=4, values={2: "k.adler"})

    assert (row.state, row.problems) == ("bad", {"2": "“k.adler” has no @."})


def test_fixing_a_row_with_too_many_values_drops_what_has_no_column(take):
    upload = take(LIST + b"A,B,c@d.example,Benton, Jr\n")

    row = fix_row(upload=upload, number=4, values={3: "Benton, Jr"})

    assert (row.state, row.cells) == ("ready", ["A", "B", "c@d.example", "Benton, Jr"])


def test_a_row_left_out_is_not_imported(take, event):
    upload = take(LIST + b"Karl,Adler,k.adler@isarwerk,Isarwerk\n")
    leave_out(upload=upload, number=4)

    start_import(upload=upload, event=event)
    import_rows(upload.pk)

    assert people() == [("Ana", "a@a.example"), ("Karla", "k@b.example")]
    assert upload.rows.get(number=4).state == UploadRow.State.SKIPPED


@pytest.mark.parametrize(
    ("email", "figures"), [("a@a.example", (0, 1)), ("m@m.example", (1, 0)), ("n@n.example", (0, 0))]
)
def test_a_fixed_row_joins_the_figures(take, meet, email, figures):
    meet(email="m@m.example")
    upload = take(LIST + b"Karl,Adler,nobody,Isarwerk\n")

    fix_row(upload=upload, number=4, values={2: f" {email.upper()}"})

    upload.refresh_from_db()
    assert (upload.known, upload.repeated) == figures


def test_changing_a_column_checks_every_row_anew(take):
    upload = take(b"Kontakt,Mail\na@a.example,x\nb@a.example,y\n")
    assert (len(problems(upload)), upload.columns) == (2, {"1": "email"})

    upload, refused = set_columns(upload=upload, wanted={0: "email", 1: ""})

    assert (problems(upload), upload.columns, refused) == ({}, {"0": "email"}, {})


def test_a_field_that_has_a_column_is_refused_to_another(take):
    upload, refused = set_columns(upload=take(LIST), wanted={0: "email"})

    assert refused == {0: 2}
    assert upload.columns == {"1": "last_name", "2": "email", "3": "company_name"}


def test_a_file_without_a_known_column_waits_for_one(take, event):
    upload = take(b"a,b\n1,2\n")

    assert (upload.state, upload.columns) == (Upload.State.MATCHING, {})
    with pytest.raises(UploadRefused, match="No column has a Mobly field yet"):
        start_import(upload=upload, event=event)


def test_a_file_with_only_bad_rows_cannot_be_imported(take, event):
    with pytest.raises(UploadRefused, match="No row is ready"):
        start_import(upload=take(b"email\nnobody\n"), event=event)


def test_what_is_being_imported_is_left_alone(take, event):
    upload = start_import(upload=take(LIST), event=event)

    for change in (
        lambda: set_columns(upload=upload, wanted={0: ""}),
        lambda: fix_row(upload=upload, number=2, values={}),
        lambda: leave_out(upload=upload, number=2),
        lambda: discard(upload=upload),
    ):
        with pytest.raises(UploadRefused, match=r"“list\.csv” is being imported right now\."):
            change()


def test_a_file_can_be_forgotten_before_its_import_but_not_after(take, imported):
    discard(upload=take(LIST))
    assert not Upload.objects.exists()

    with pytest.raises(UploadRefused, match=r"2 rows of “list\.csv” are imported already"):
        discard(upload=imported(LIST))


def test_a_killed_worker_loses_nobody_and_doubles_nobody(take, event, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    upload = start_import(upload=take(b"email\n" + b"".join(b"p%d@a.example\n" % n for n in range(7))), event=event)

    assert import_batch(upload_id=upload.pk)
    upload.refresh_from_db()
    assert (upload.done, upload.state) == (2, Upload.State.IMPORTING)
    import_rows(upload.pk)

    upload.refresh_from_db()
    assert (upload.done, upload.created, Lead.objects.count()) == (7, 7, 7)


def test_a_batch_that_breaks_half_way_leaves_nothing_half_done(take, event, monkeypatch):
    upload = start_import(upload=take(LIST), event=event)

    def cut(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(importing, "_count", cut)
    with pytest.raises(OperationalError):
        import_batch(upload_id=upload.pk)
    monkeypatch.undo()

    assert not Lead.objects.exists()
    import_rows(upload.pk)
    assert Lead.objects.count() == 2


def test_what_stops_an_import_for_good_is_said_and_it_can_go_on(take, event, monkeypatch):
    upload = start_import(upload=take(LIST), event=event)

    def broken(**_: object) -> None:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as for_now:
        for_now.setattr(importing, "capture_many", broken)
        import_rows(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.problem) == (
        Upload.State.FAILED,
        "Mobly could not import the next rows (RuntimeError). The operator is told; what is imported stays, "
        "and Continue goes on from here.",
    )

    start_import(upload=upload, event=event)
    import_rows(upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.done) == (Upload.State.DONE, 2)


def test_the_sweep_takes_up_an_import_whose_hint_was_lost(take, event, django_capture_on_commit_callbacks):
    start_import(upload=take(LIST), event=event)

    assert sweep_imports() == 1


def test_an_import_that_is_done_is_not_taken_up_again(imported):
    upload = imported(LIST)

    assert sweep_imports() == 0
    assert import_batch(upload_id=upload.pk) is False


def test_an_event_deleted_meanwhile_does_not_stop_the_import(take, event):
    upload = start_import(upload=take(LIST), event=event)
    event.delete()

    import_rows(upload.pk)

    assert Capture.objects.filter(event=None).count() == 2


def test_too_many_rows_are_refused_in_words(take, monkeypatch):
    monkeypatch.setattr("leads.uploads.intake.MOST_ROWS", 1)

    with pytest.raises(FileRefused, match=r"“list\.csv” has 2 rows; 1 is the most for one file\. Cut it into parts\."):
        take(LIST)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("C:\\Users\\tom\\list.csv", "list.csv"), ("../../x.csv", "x.csv"), ("a" * 300, "a" * 255), ("", "upload.csv")],
)
def test_a_file_name_is_only_a_name(take, given, kept):
    assert take(LIST, filename=given).filename == kept


def test_a_batch_takes_the_same_queries_however_many_rows(take, event, django_assert_max_num_queries):
    upload = start_import(
        upload=take(b"email,first_name\n" + b"".join(b"p%d@a.example,P\n" % n for n in range(400))), event=event
    )

    with django_assert_max_num_queries(22):
        import_batch(upload_id=upload.pk)
    assert Lead.objects.count() == 400


def test_odd_values_arrive_as_they_are(imported):
    odd = ["O'Brien", "back\\slash", "100 %", "two\nlines", "x" * 300, "🎈 مريم", 'say "hi", twice']
    rows = "".join('"{}",p{}@a.example\r\n'.format(value.replace('"', '""'), n) for n, value in enumerate(odd))

    imported(("last_name,email\r\n" + rows).encode("utf-8-sig"))

    assert list(Lead.objects.order_by("pk").values_list("last_name", flat=True)) == odd


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_import_share_it():
    organization = Organization.objects.create(name="Halden Robotics", slug="halden")
    by = User.objects.create_user("tom@halden.example")
    data = b"email\n" + b"".join(b"p%d@a.example\n" % n for n in range(1_200))
    upload = start_import(upload=take_in(organization=organization, by=by, filename="l.csv", data=data), event=None)

    def work() -> None:
        try:
            import_rows(upload.pk)
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    import_rows(upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.done, upload.created) == (Upload.State.DONE, 1_200, 1_200)
    assert (Lead.objects.count(), Capture.objects.count()) == (1_200, 1_200)
