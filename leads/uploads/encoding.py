"""Bytes to text: what encoding a spreadsheet was written in, found from its bytes.

Spreadsheets write UTF-8 or UTF-16 (each with a byte order mark or without) or Windows-1252. Anything else is no text,
and the person is told what to do instead.
"""

from __future__ import annotations

import codecs
import re

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "windows-1252": "Windows-1252",
}
WORKBOOK = "is an Excel workbook, not a CSV file. In Excel choose File, Save As, “CSV UTF-8”, and upload that file."
BINARY = (
    (b"PK\x03\x04", WORKBOOK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", WORKBOOK),
    (b"%PDF-", "is a PDF document, not a CSV file."),
    (b"\x1f\x8b", "is compressed. Unpack it and upload the CSV file inside."),
    (b"\x89PNG", "is a picture, not a CSV file."),
    (b"\xff\xd8\xff", "is a picture, not a CSV file."),
    (b"GIF8", "is a picture, not a CSV file."),
)
NO_TEXT = "is not a text file. Save the spreadsheet as “CSV UTF-8” and upload that file."

# Control characters that no spreadsheet writes; NUL is taken out later, a lone one happens.
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1b\x7f]")
_STRUCTURE = (b",", b";", b"\t", b"|", b"\r", b"\n")


class FileRefused(Exception):
    """The file cannot be read as a table; `sentence` names it and says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def decoded(data: bytes, filename: str) -> tuple[str, str]:
    """The text and the name of its encoding (a key of `NAMES`). Raises `FileRefused`."""
    for start, sentence in BINARY:
        if data.startswith(start):
            raise FileRefused(f"“{filename}” {sentence}")
    text, encoding = _decoded(data, filename)
    # NULs are no part of any value; in a text they are leftovers of whoever wrote the file.
    text = text.replace("\x00", "")
    if len(_CONTROLS.findall(text)) > len(text) / 100:
        raise FileRefused(f"“{filename}” {NO_TEXT}")
    return text, encoding


def _decoded(data: bytes, filename: str) -> tuple[str, str]:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding, filename)
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _as_utf_16(data, encoding)
        if text is not None:
            return text, encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _windows_1252(data), "windows-1252"


def _marked(data: bytes, encoding: str, filename: str) -> tuple[str, str]:
    width = {"utf-16": 2, "utf-32": 4}.get(encoding[:6], 1)
    data = data[: len(data) - len(data) % width]
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as problem:
        line = len(re.findall("\r\n|\r|\n", data[: problem.start].decode(encoding))) + 1
        raise FileRefused(
            f"“{filename}” says it is {NAMES[encoding]}, but line {line} holds bytes that are not. "
            "Save the spreadsheet as “CSV UTF-8” and upload that file."
        ) from problem


def _as_utf_16(data: bytes, encoding: str) -> str | None:
    """The text if it makes sense as UTF-16 without a mark.

    There every comma, line end and Latin letter brings a NUL byte; a stray NUL in another text comes alone among many
    commas.
    """
    nulls = data.count(0)
    if not nulls or len(data) % 2 or 4 * nulls < sum(map(data.count, _STRUCTURE)):
        return None
    if 4 * nulls < len(data) and _is(data, "utf-8"):
        return None
    if not _is(data, encoding):
        return None
    text = data.decode(encoding)
    return text if "\x00" not in text and re.search("[\r\n]", text) else None


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _windows_1252(data: bytes) -> str:
    """Five bytes have no character in Windows-1252; they stand for themselves, as everywhere on the web."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return "".join(_character(byte) for byte in data)


def _character(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)
