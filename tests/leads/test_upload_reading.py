"""Any table a spreadsheet writes is read back cell for cell; what is no table is refused in words."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.uploads.encoding import FileRefused
from leads.uploads.reading import Table, read_table

HEADER = ["first_name", "last_name", "email", "company_name"]
# How spreadsheets write: (encoding of Python, with a byte order mark).
WRITERS = {
    "UTF-8": ("utf-8", b""),
    "UTF-8 with BOM": ("utf-8", b"\xef\xbb\xbf"),
    "UTF-16 LE with BOM": ("utf-16-le", b"\xff\xfe"),
    "UTF-16 BE with BOM": ("utf-16-be", b"\xfe\xff"),
    "UTF-16 LE": ("utf-16-le", b""),
    "UTF-16 BE": ("utf-16-be", b""),
    "Windows-1252": ("cp1252", b""),
}
DELIMITERS = [",", ";", "\t", "|"]
LINE_ENDS = ["\n", "\r\n", "\r"]

PEOPLE = [
    ["Ödön", "O'Brien", "o@a.example", 'Benton, "John" B; Jr|\tSons'],
    ["two\nlines", "100 %", "p@a.example", "back\\slash – dash"],
    ["", "", "", "€ only company"],
]


def written(
    rows: list[list[str]],
    writer: str = "UTF-8",
    delimiter: str = ",",
    line_end: str = "\r\n",
    header: list[str] = HEADER,
) -> bytes:
    encoding, mark = WRITERS[writer]
    sheet = "".join(delimiter.join(quoted(cell, delimiter) for cell in row) + line_end for row in [header, *rows])
    return mark + sheet.encode(encoding)


def quoted(cell: str, delimiter: str) -> str:
    if any(mark in cell for mark in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def read(data: bytes) -> Table:
    return read_table(data, filename="list.csv")


def cells(table: Table) -> list[list[str]]:
    return [row.cells for row in table.rows]


@pytest.mark.parametrize(("writer", "delimiter", "line_end"), list(itertools.product(WRITERS, DELIMITERS, LINE_ENDS)))
def test_every_way_a_spreadsheet_writes_is_read_back(writer, delimiter, line_end):
    table = read(written(PEOPLE, writer, delimiter, line_end))

    assert (table.header, cells(table), table.delimiter) == (HEADER, PEOPLE, delimiter)


# NUL is taken out, a lone surrogate cannot be written, and other control characters stand in no spreadsheet.
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff")
TEXT = st.text(st.one_of(CHARACTERS, st.sampled_from(",;\t|\"'\n\\%")), max_size=12)
LATIN = st.text(st.sampled_from("aZ09 ,;|\t\"'\n\\%ÄäÖöÜüß€–„“éèñ@."), max_size=12)


def tables(text: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    row = st.lists(text, min_size=len(HEADER), max_size=len(HEADER)).filter(lambda cells: any(map(str.strip, cells)))
    return st.lists(row, min_size=1, max_size=6)


@settings(deadline=None, max_examples=300)
@given(
    rows=tables(TEXT),
    writer=st.sampled_from([name for name in WRITERS if name != "Windows-1252"]),
    delimiter=st.sampled_from(DELIMITERS),
    line_end=st.sampled_from(LINE_ENDS),
)
def test_any_text_in_unicode_is_read_back_equal(rows, writer, delimiter, line_end):
    assert cells(read(written(rows, writer, delimiter, line_end))) == rows


@settings(deadline=None, max_examples=150)
@given(rows=tables(LATIN), delimiter=st.sampled_from(DELIMITERS), line_end=st.sampled_from(LINE_ENDS))
def test_any_western_text_in_windows_1252_is_read_back_equal(rows, delimiter, line_end):
    data = written([["Ä", "ß", "", ""], *rows], "Windows-1252", delimiter, line_end)

    assert cells(read(data)) == [["Ä", "ß", "", ""], *rows]


@given(st.binary(max_size=400))
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_read_or_refused_in_words(data):
    assert rows_or_refusal(data)


def rows_or_refusal(data: bytes) -> str | list[list[str]]:
    try:
        return cells(read(data))
    except FileRefused as refused:
        return refused.sentence if refused.sentence.endswith(".") else ""


def test_names_in_every_script_survive():
    people = [["مريم", "الفاسي", "m@a.example", "שלום בע״מ"], ["李", "小龙", "l@a.example", "株式会社🎈"]]

    for writer in WRITERS:
        if writer != "Windows-1252":
            assert cells(read(written(people, writer))) == people


def test_rows_are_numbered_as_the_spreadsheet_shows_them():
    table = read(b'email,first_name\r\na@a.example,A\r\n\r\n"b@a.example","two\r\nlines"\r\nc@a.example,C\r\n')

    assert [(row.number, row.cells[0]) for row in table.rows] == [
        (2, "a@a.example"),
        (4, "b@a.example"),
        (5, "c@a.example"),
    ]


def test_ragged_rows_keep_their_own_cells():
    table = read(b"email,first_name,last_name\na@a.example\nb@a.example,B,C,D\n")

    assert cells(table) == [["a@a.example"], ["b@a.example", "B", "C", "D"]]


def test_columns_without_a_name_get_one_and_same_names_stay():
    table = read(b"email,,email,\na@a.example,x,b@a.example\n")

    assert table.header == ["email", "Column 2", "email"]


def test_a_last_column_without_a_name_stays_when_it_holds_something():
    table = read(b"email,\na@a.example,yes\nb@a.example,\n")

    assert table.header == ["email", "Column 2"]


def test_a_first_row_with_an_e_mail_address_is_a_person():
    table = read(b"Ana,Lopes,a@a.example\nKarla,Adler,k@a.example\n")

    assert table.header == ["Column 1", "Column 2", "Column 3"]
    assert [row.number for row in table.rows] == [1, 2]


def test_excels_note_about_the_delimiter_is_obeyed_and_is_no_row():
    table = read(b"sep=;\r\nemail;first_name\r\na@a.example;A\r\n")

    assert (table.header, table.rows[0].number) == (["email", "first_name"], 2)


def test_a_stray_nul_is_taken_out():
    assert cells(read(b"email,first_name\na@a.example,K\x00arla\nb@a.example,\x00\n")) == [
        ["a@a.example", "Karla"],
        ["b@a.example", ""],
    ]


def test_a_list_of_e_mails_alone_is_a_table():
    assert cells(read(b"email\na@a.example\nb@a.example\n")) == [["a@a.example"], ["b@a.example"]]


def test_a_quotation_mark_within_a_value_is_kept():
    assert cells(read(b'email,company_name\na@a.example,5" Pipes\n')) == [["a@a.example", '5" Pipes']]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "“list.csv” is empty."),
        (b"\xef\xbb\xbf\r\n\r\n", "“list.csv” is empty."),
        (b",,,\n,,,\n", "“list.csv” is empty."),
        (b"email,first_name\n", "“list.csv” has column names but no rows."),
        (
            b"PK\x03\x04" + bytes(200),
            "“list.csv” is an Excel workbook, not a CSV file. In Excel choose File, Save As, “CSV UTF-8”, "
            "and upload that file.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200),
            "“list.csv” is an Excel workbook, not a CSV file. In Excel choose File, Save As, “CSV UTF-8”, "
            "and upload that file.",
        ),
        (b"%PDF-1.7\n", "“list.csv” is a PDF document, not a CSV file."),
        (
            bytes(range(1, 255)) * 3,
            "“list.csv” is not a text file. Save the spreadsheet as “CSV UTF-8” and upload that file.",
        ),
        (
            b'email,company_name\na@a.example,"Benton\nb@a.example,Chanay\n',
            "A quotation mark in row 2 of “list.csv” has no partner. Put the value in quotation marks, double the one "
            "within it, and upload the file again.",
        ),
        (
            b'email,company_name\na@a.example,"Benton\nb@a.example,"Chanay"\n',
            "A quotation mark in row 2 of “list.csv” has no partner. Put the value in quotation marks, double the one "
            "within it, and upload the file again.",
        ),
        (
            b"\xef\xbb\xbfemail,company_name\na@a.example,Caf\xe9\n",
            "“list.csv” says it is UTF-8, but line 2 holds bytes that are not. Save the spreadsheet as “CSV UTF-8” "
            "and upload that file.",
        ),
        (b"a" * 10 + b"," * 600 + b"b\nc\n", "“list.csv” has 601 columns; 500 is the most."),
        (
            b'email,company_name\na@a.example,"' + b"x" * 140_000 + b'"\n',
            "Row 2 of “list.csv” cannot be read; a quotation mark may be missing there.",
        ),
    ],
)
def test_what_is_no_table_is_refused_in_words(data, sentence):
    with pytest.raises(FileRefused) as refused:
        read(data)

    assert refused.value.sentence == sentence
