"""A mapping plan in the hands of whoever fills it in."""

from __future__ import annotations

import io
from typing import Any

from openpyxl import Workbook, load_workbook

from integrations.models import Integration, PlanImport
from integrations.plan.exporting import workbook_of
from integrations.plan.intake import lines_of, take_in
from integrations.plan.lines import Line, Verdict
from integrations.plan.standing import standing_of
from leads.models import User


def exported(integration: Integration) -> bytes:
    return workbook_of(standing_of(integration), account=integration.account_name)


def filled_in(data: bytes, sheet: str, *edits: tuple[dict[str, str], dict[str, Any]]) -> bytes:
    """The workbook with cells of one sheet changed: each edit finds its line by the first cells and sets the second; a
    line that is not there is added."""
    book = load_workbook(io.BytesIO(data))
    page = book[sheet]
    columns = {cell.value: cell.column for cell in page[1]}
    for where, cells in edits:
        lines = [
            number
            for number in range(2, page.max_row + 1)
            if all(page.cell(number, columns[name]).value == said for name, said in where.items())
        ]
        at = lines[0] if lines else page.max_row + 1
        for name, said in {**where, **cells}.items():
            page.cell(at, columns[name]).value = said
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def taken_in(integration: Integration, data: bytes, by: User, filename: str = "plan.xlsx") -> PlanImport:
    return take_in(integration=integration, filename=filename, data=data, by=by)


def differences(plan: PlanImport) -> dict[str, tuple[str, str, str]]:
    """Subject -> verdict, plan and note, of the lines that are not the same."""
    return {
        line.subject: (line.verdict.value, line.plan, line.note)
        for line in lines_of(plan)
        if line.verdict is not Verdict.SAME
    }


def shown(plan: PlanImport) -> dict[str, str]:
    """What a page says it showed."""
    return {line.id: line.mark for line in lines_of(plan) if line.deed}


def line_of(plan: PlanImport, subject: str) -> Line:
    return next(line for line in lines_of(plan) if line.subject == subject)
