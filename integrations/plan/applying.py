"""Apply a plan: what is valid, through the services of the tabs, and only what is still as it was shown.

All in one transaction under the lock that every writer of the setup takes: what is compared here stays so until the
last line is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations import audit, campaigns, constants, mapping, qualifiers
from integrations.campaigns import CampaignRefused, Status
from integrations.contract import Campaign
from integrations.meanwhile import ChangedMeanwhile, MappingRefused
from integrations.models import Integration, PlanImport
from integrations.plan.campaign_lines import Found
from integrations.plan.campaigns import look_up, packed, unpacked
from integrations.plan.comparing import compare
from integrations.plan.intake import rows_of
from integrations.plan.lines import (
    ClearConstant,
    ClearRow,
    ClearValue,
    Deed,
    JoinCampaign,
    LeaveCampaign,
    Line,
    MapRow,
    MapValue,
    PlanRow,
    PutConstant,
    Verdict,
)
from integrations.plan.standing import Standing, standing_of
from leads.models import User

# What is taken away makes room for what comes, and a value needs the field its qualifier goes to.
_ORDER: tuple[type[Any], ...] = (
    ClearRow,
    ClearConstant,
    ClearValue,
    LeaveCampaign,
    MapRow,
    PutConstant,
    MapValue,
    JoinCampaign,
)
# A state that no row has.
_OLDER = "\x00"


class PlanNotApplied(Exception):
    """Nothing of the plan was applied; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def apply_plan(*, plan: PlanImport, seen: Mapping[str, str], by: User) -> PlanImport:
    """Apply the lines of `seen` (line id -> its mark as it was shown), and note what was skipped and why.

    Doing it twice changes nothing more. Raises `PlanNotApplied`.
    """
    rows = rows_of(plan)
    wished = [row for row in rows if row.id in seen]
    fresh = look_up(plan.integration, wished, standing_of(plan.integration))
    with transaction.atomic():
        # The order of every writer of the setup: the integration's row first.
        integration = Integration.objects.select_for_update(of=("self",)).get(pk=plan.integration_id)
        plan = PlanImport.objects.select_for_update(of=("self",)).get(pk=plan.pk)
        found = {**unpacked(plan.campaigns), **fresh}
        standing = standing_of(integration)
        todo, skipped = _sorted_out(integration, rows, wished, seen, standing, found, by)
        _carry_out(integration, todo, standing, found, by)
        if todo:
            audit.note(
                integration=integration,
                by=by,
                area=audit.Area.MAPPING,
                subject=f"Mapping plan “{plan.filename}”",
                after=f"{len(todo)} change{'' if len(todo) == 1 else 's'} applied",
            )
        plan.campaigns, plan.applied = packed(found), plan.applied + len(todo)
        plan.skipped = [[line.sheet, line.row, line.subject, reason] for line, reason in skipped]
        plan.applied_at, plan.applied_by = timezone.now(), by
        plan.save(update_fields=["campaigns", "applied", "skipped", "applied_at", "applied_by"])
    return plan


# --- What is still as it was shown ------------------------------------------------------------------------------------


def _sorted_out(
    integration: Integration,
    rows: Sequence[PlanRow],
    wished: Sequence[PlanRow],
    seen: Mapping[str, str],
    standing: Standing,
    found: Mapping[str, Found],
    by: User,
) -> tuple[list[Line], list[tuple[Line, str]]]:
    """The lines to carry out, and those to skip with the reason. One that is by now as the plan says is neither."""
    now = {line.id: line for line in compare(rows, standing, found)}
    stale = [
        line
        for row in wished
        if (line := now.get(row.id)) and line.verdict is not Verdict.SAME and line.mark != seen[row.id]
    ]
    skipped = [(line, _changed(integration, line, by)) for line in stale]
    gone = {line.id for line in stale}
    # Without the skipped ones anew: what they would have moved is in the way of others now.
    left = [row for row in wished if row.id not in gone]
    lines = compare(left, standing, found)
    skipped += [(line, line.note) for line in lines if line.verdict is Verdict.REFUSED]
    return [line for line in lines if line.deed], skipped


def _changed(integration: Integration, line: Line, by: User) -> str:
    """What stands there now, and who put it there where that is known: as the row's own service says it."""
    if isinstance(line.deed, MapRow | ClearRow | PutConstant | ClearConstant):
        try:
            with transaction.atomic():
                _do(integration, line.deed, None, by, seen=_OLDER)
        except ChangedMeanwhile as changed:
            return changed.sentence
    return f"Changed meanwhile by another admin, or in another window. Now: {line.now}."


# --- The deeds --------------------------------------------------------------------------------------------------------


def _carry_out(
    integration: Integration, lines: Sequence[Line], standing: Standing, found: Mapping[str, Found], by: User
) -> None:
    """Raises `PlanNotApplied` when a service refuses what was just compared; then nothing of it stays."""
    _make_room(integration, lines, standing, by)
    for line in sorted(lines, key=lambda line: _ORDER.index(type(line.deed))):
        try:
            _do(integration, line.deed, found.get(line.id), by)
        except (MappingRefused, CampaignRefused) as refused:
            raise PlanNotApplied(
                f"Nothing was applied. {line.sheet}, row {line.row} ({line.subject}): {refused.sentence}"
            ) from refused


def _make_room(integration: Integration, lines: Sequence[Line], standing: Standing, by: User) -> None:
    """Empty the rows that move away from a field another line goes to: two rows may swap their fields."""
    wanted = {
        (line.deed.object, line.deed.remote_field) for line in lines if isinstance(line.deed, MapRow | PutConstant)
    }
    for line in lines:
        if isinstance(line.deed, MapRow):
            placed = standing.rows.get((line.deed.object, line.deed.source_key))
            moves = placed and placed.remote_field != line.deed.remote_field
            if placed and moves and (line.deed.object, placed.remote_field) in wanted:
                mapping.clear_field(
                    integration=integration, object_name=line.deed.object, source_key=line.deed.source_key, by=by
                )


def _do(integration: Integration, deed: Deed | None, found: Found | None, by: User, seen: str | None = None) -> None:
    match deed:
        case MapRow():
            mapping.map_field(
                integration=integration,
                object_name=deed.object,
                source_key=deed.source_key,
                remote_field=deed.remote_field,
                behaviour=deed.behaviour,
                by=by,
                seen=seen,
            )
        case ClearRow():
            mapping.clear_field(
                integration=integration, object_name=deed.object, source_key=deed.source_key, by=by, seen=seen
            )
        case PutConstant():
            constants.set_constant(
                integration=integration,
                object_name=deed.object,
                remote_field=deed.remote_field,
                value=deed.value,
                behaviour=deed.behaviour,
                fallback=deed.fallback,
                by=by,
                seen=seen,
            )
        case ClearConstant():
            constants.clear_constant(
                integration=integration, object_name=deed.object, remote_field=deed.remote_field, by=by, seen=seen
            )
        case MapValue() | ClearValue():
            _value(integration, deed, by)
        case JoinCampaign() | LeaveCampaign():
            _campaign(integration, deed, found, by)


def _value(integration: Integration, deed: MapValue | ClearValue, by: User) -> None:
    place: dict[str, Any] = {
        "object_name": deed.object,
        "qualifier_id": deed.qualifier_id,
        "value_id": deed.value_id,
    }
    if isinstance(deed, MapValue):
        qualifiers.map_value(integration=integration, option=deed.option, by=by, **place)
    else:
        qualifiers.clear_value(integration=integration, by=by, **place)


def _campaign(integration: Integration, deed: JoinCampaign | LeaveCampaign, found: Found | None, by: User) -> None:
    if isinstance(deed, LeaveCampaign):
        campaigns.remove_campaign(mapping=integration.campaign_mappings.get(pk=deed.pk), by=by)
        return
    if not isinstance(found, Campaign):
        raise AssertionError("A campaign that nobody looked up is refused before.")
    organization = integration.organization
    qualifier = organization.qualifiers.get(pk=deed.status_qualifier) if deed.status_qualifier else None
    campaigns.save_campaign(
        integration=integration,
        campaign=found,
        events=organization.events.filter(pk__in=deed.events),
        threshold=deed.threshold,
        status=Status(deed.status, qualifier, deed.status_by_value),
        mapping=integration.campaign_mappings.get(pk=deed.pk) if deed.pk else None,
        by=by,
    )
