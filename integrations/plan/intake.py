"""Plans that people send: taken in, looked at, and forgotten after a while."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import PurePath

from django.conf import settings
from django.utils import timezone

from integrations.models import Integration, PlanImport
from integrations.plan.campaigns import look_up, packed, unpacked
from integrations.plan.comparing import compare
from integrations.plan.lines import Line, PlanRow
from integrations.plan.standing import standing_of
from integrations.plan.workbook import read_plan
from leads.models import User


def take_in(*, integration: Integration, filename: str, data: bytes, by: User) -> PlanImport:
    """Read a file and keep its rows; nothing of it is applied. Raises `PlanFileRefused`.

    No transaction is open while the vendor is asked for campaigns.
    """
    filename = PurePath(filename.replace("\\", "/").replace("\x00", "")).name[:255] or "plan.xlsx"
    plan = read_plan(data, filename=filename)
    found = look_up(integration, plan.rows, standing_of(integration))
    return PlanImport.objects.create(
        integration=integration,
        uploaded_by=by,
        filename=filename,
        rows=[asdict(row) for row in plan.rows],
        notes=plan.notes,
        campaigns=packed(found),
    )


def rows_of(plan: PlanImport) -> list[PlanRow]:
    return [PlanRow(**{**row, "formulas": tuple(row["formulas"])}) for row in plan.rows]


def lines_of(plan: PlanImport) -> list[Line]:
    """What the plan would change of the configuration as it is now; constant in queries, and no call to the vendor."""
    return compare(rows_of(plan), standing_of(plan.integration), unpacked(plan.campaigns))


def forget_old() -> int:
    """Remove the plans that are older than PLAN_DAYS; answers how many."""
    before = timezone.now() - timedelta(days=settings.PLAN_DAYS)
    return PlanImport.objects.filter(created_at__lt=before).delete()[0]
