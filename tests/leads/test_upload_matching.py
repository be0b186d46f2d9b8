"""Which column holds what: guessed, correctable, never two on one field."""

from __future__ import annotations

import csv
import io

import pytest

from leads.uploads.matching import Reason, guess, match_columns, person_of, reason_of

# The columns of a well-known list of sample people, with two of them.
SAMPLE_LIST = """\
first_name,last_name,company_name,address,city,county,state,zip,phone1,phone2,email,web
James,Butt,"Benton, John B Jr",6649 N Blue Gum St,New Orleans,Orleans,LA,70116,504-621-8927,504-845-1427,\
jbutt@gmail.com,http://www.bentonjohnbjr.com
Josephine,Darakjy,"Chanay, Jeffrey A Esq",4 B Blue Ridge Blvd,Brighton,Livingston,MI,48116,810-292-9388,810-374-9840,\
josephine_darakjy@darakjy.org,http://www.chanayjeffreyaesq.com
"""


def fields(header: list[str], rows: list[list[str]] = ()) -> dict[str, str]:
    return {header[position]: found.field for position, found in guess(header, rows).items()}


def test_a_list_of_people_is_matched_at_once():
    header, *rows = csv.reader(io.StringIO(SAMPLE_LIST, newline=""))

    assert fields(header, rows) == {
        "first_name": "first_name",
        "last_name": "last_name",
        "company_name": "company_name",
        "address": "company_street_address",
        "city": "company_city",
        "state": "company_state",
        "zip": "company_zip_code",
        "phone1": "phone_number",
        "phone2": "other_phone_numbers",
        "email": "email",
        "web": "company_website",
    }


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("First Name", "first_name"),
        ("FIRSTNAME", "first_name"),
        ("Vorname", "first_name"),
        ("prénom", "first_name"),
        ("surname", "last_name"),
        ("Nachname", "last_name"),
        ("E-Mail-Adresse", "email"),
        ("Work Email", "email"),
        ("Correo electrónico", "email"),
        ("position", "job_title"),
        ("tel", "phone_number"),
        ("Mobile Phone", "phone_number"),
        ("town", "company_city"),
        ("PLZ", "company_zip_code"),
        ("Straße", "company_street_address"),
        ("State/Province", "company_state"),
        ("Land", "company_country"),
        ("Organization", "company_name"),
        ("Firma", "company_name"),
        ("# of Employees", ""),
        ("Number of Employees", "company_size"),
        ("Company Website/Domain", "company_website"),
        ("X (Twitter)", "x_twitter"),
        ("Notes", "description"),
        ("county", ""),
        ("badge_no", ""),
        ("Unnamed: 9", ""),
        ("", ""),
    ],
)
def test_a_name_says_what_the_column_holds(name, field):
    assert fields([name]).get(name, "") == field


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (["a@a.example", "b@a.example", ""], "email"),
        (["+49 89 5550123", "(504) 621-8927"], "phone_number"),
        (["https://www.linkedin.com/in/ana", "linkedin.com/in/karla"], "linkedin"),
        (["https://a.example", "www.b.example"], "company_website"),
        (["20419", "20420"], ""),
        (["2026-11-19", "19.11.2026"], ""),
        (["a@a.example", "none", "none"], ""),
        (["yes", "no"], ""),
        ([], ""),
    ],
)
def test_values_speak_where_the_name_says_nothing(values, field):
    assert fields(["Column 1"], [[value] for value in values]).get("Column 1", "") == field


def test_the_same_name_wins_over_a_synonym_and_a_synonym_over_values():
    header = ["Kontakt", "Mail", "Email"]
    rows = [["a@a.example", "b@a.example", "c@a.example"]]

    assert fields(header, rows) == {"Email": "email"}


def test_the_reason_is_said():
    header = ["first name", "surname", "Kontakt", "badge_no"]
    guesses = guess(header, [["A", "B", "a@a.example", "1"]])

    reasons = [reason_of(at, guesses[at].field if at in guesses else "", guesses) for at in range(4)]
    assert reasons == [Reason.SAME_NAME, Reason.NAME, Reason.VALUES, Reason.LEFT_OUT]
    assert reason_of(3, "description", guesses) is Reason.CHOSEN


def test_a_field_goes_to_one_column_and_the_one_that_has_it_keeps_it():
    columns, refused = match_columns({1: "email"}, {0: "email", 1: "email", 2: "first_name"})

    assert (columns, refused) == ({1: "email", 2: "first_name"}, {0: 1})


def test_two_columns_may_change_places():
    columns, refused = match_columns({0: "email", 1: "personal_email"}, {0: "personal_email", 1: "email"})

    assert (columns, refused) == ({0: "personal_email", 1: "email"}, {})


def test_a_column_left_out_frees_its_field():
    assert match_columns({0: "email"}, {0: "", 1: "email"}) == ({1: "email"}, {})


def test_a_short_row_lacks_its_last_values():
    assert person_of(["a@a.example"], {0: "email", 1: "first_name"}) == {"email": "a@a.example"}
