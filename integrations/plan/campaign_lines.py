"""The lines of the sheet Campaigns: who joins which remote campaign, and with which status. Pure; what the vendor says
of a campaign comes in as `Found`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from integrations.campaigns import CampaignRefused, Status, refuse_choice
from integrations.contract import Campaign
from integrations.plan.layout import (
    CAMPAIGN,
    CLEAR,
    EVENTS,
    KIND,
    REMOTE_ID,
    STATUS,
    STATUS_BY_VALUE,
    STATUS_QUALIFIER,
    THRESHOLD,
    Ambiguous,
    find,
    is_clear,
)
from integrations.plan.lines import JoinCampaign, LeaveCampaign, Line, LineRefused, PlanRow, Verdict
from integrations.plan.standing import Joined, Standing

MOST_SCANS = 1000
NOT_LISTED = "Not on the list"
_ARROW = re.compile(r"\s*(?:→|->|=)\s*")

# A campaign as the vendor has it, or the sentence why it cannot be shown.
Found = Campaign | str


@dataclass(frozen=True, slots=True)
class Planned:
    """What a row says of a campaign, with what it leaves as it is filled in."""

    events: tuple[int, ...]
    threshold: int
    status: str
    status_qualifier: int | None
    status_by_value: Mapping[int, str]

    @property
    def parts(self) -> tuple[object, ...]:
        by_value = sorted(self.status_by_value.items())
        return sorted(self.events), self.threshold, self.status, self.status_qualifier, by_value


def wanted(row: PlanRow, standing: Standing) -> bool:
    """Whether the vendor has to be asked about the campaign of a row: it is new, or changes."""
    try:
        now = _listed(row, standing)
        if is_clear(row.said(EVENTS)) or not _says(row):
            return False
        return now is None or _planned(row, standing, now).parts != _as_planned(now).parts
    except LineRefused:
        return False


def campaign_line(row: PlanRow, standing: Standing, found: Found | None) -> tuple[Line, tuple[object, ...]] | None:
    """None where nothing is planned. Raises `LineRefused`."""
    if not _says(row):
        return None
    if not standing.campaigns_known:
        raise LineRefused(f"{standing.vendor} has no campaigns.")
    now = _listed(row, standing)
    known = found if isinstance(found, Campaign) else None
    name = now.name if now else known.name if known else row.said(CAMPAIGN) or row.said(REMOTE_ID)
    line = Line(row.sheet, row.row, name, state=now.state if now else "")
    line.now = _words(_as_planned(now), standing) if now else NOT_LISTED
    about: tuple[object, ...] = (now.kind, now.remote_id) if now else (known.kind, known.id) if known else ()
    try:
        _judge(line, row, standing, now, found)
    except LineRefused as refused:
        line.refuse(refused.sentence)
    except CampaignRefused as refused:
        line.refuse(refused.sentence)
    return line, about


def _judge(line: Line, row: PlanRow, standing: Standing, now: Joined | None, found: Found | None) -> None:
    if is_clear(row.said(EVENTS)):
        line.plan = NOT_LISTED
        if now:
            line.verdict, line.deed = Verdict.CLEAR, LeaveCampaign(now.pk)
        return
    line.plan = row.said(EVENTS)
    planned = _planned(row, standing, now)
    line.plan = _words(planned, standing)
    if now and planned.parts == _as_planned(now).parts:
        return
    campaign = _found(found, standing)
    qualifier = standing.qualifier_names().get(planned.status_qualifier or 0)
    if qualifier and not planned.status_by_value:
        raise LineRefused(
            f"Write the statuses of the values of {qualifier} under “{STATUS_BY_VALUE}”, as in Hot → Responded."
        )
    refuse_choice(campaign, planned.events, Status(planned.status, None, planned.status_by_value), new=now is None)
    line.verdict = Verdict.CHANGE if now else Verdict.ADD
    line.deed = JoinCampaign(
        now.pk if now else None,
        campaign.kind,
        campaign.id,
        planned.events,
        planned.threshold,
        planned.status,
        planned.status_qualifier,
        planned.status_by_value,
    )


def _says(row: PlanRow) -> bool:
    return any(row.said(column) for column in (EVENTS, THRESHOLD, STATUS, STATUS_QUALIFIER, STATUS_BY_VALUE))


def _found(found: Found | None, standing: Standing) -> Campaign:
    if found is None:
        raise LineRefused(
            f"This campaign was not looked up in {standing.vendor}: it changed since, or too many are new. "
            "Import the file once more."
        )
    if isinstance(found, str):
        raise LineRefused(found)
    return found


def _listed(row: PlanRow, standing: Standing) -> Joined | None:
    """The campaign on the list that a row is about; None for a new one. Raises `LineRefused`."""
    kind, remote_id = row.said(KIND), row.said(REMOTE_ID)
    if not remote_id and not row.said(CAMPAIGN):
        raise LineRefused(f"The row names no campaign. Fill in “{CAMPAIGN}” or “{REMOTE_ID}”.")
    if remote_id:
        alike = [one for one in standing.campaigns if one.remote_id == remote_id and kind in ("", one.kind)]
    else:
        alike = [one for one in standing.campaigns if one.name.casefold() == row.said(CAMPAIGN).casefold()]
    if len(alike) > 1:
        raise LineRefused(f"Several campaigns on the list fit. Fill in “{REMOTE_ID}” and “{KIND}” to say which.")
    return next(iter(alike), None)


# --- The cells --------------------------------------------------------------------------------------------------------


def _as_planned(now: Joined) -> Planned:
    return Planned(now.events, now.threshold, now.status, now.status_qualifier, now.status_by_value)


def _planned(row: PlanRow, standing: Standing, now: Joined | None) -> Planned:
    """An empty cell leaves what is there. Raises `LineRefused`."""
    before = _as_planned(now) if now else Planned((), 0, "", None, {})
    qualifier = _qualifier(row, standing, before)
    status = row.said(STATUS)
    return Planned(
        events=_events(row, standing, before),
        threshold=_threshold(row, before),
        status="" if is_clear(status) else status or before.status,
        status_qualifier=qualifier,
        status_by_value=_by_value(row, standing, qualifier, before) if qualifier else {},
    )


def _events(row: PlanRow, standing: Standing, before: Planned) -> tuple[int, ...]:
    said = row.said(EVENTS)
    # Names may hold semicolons: what was exported is known as a whole.
    if not said or said == events_text(before.events, standing.events):
        return before.events
    return tuple(dict.fromkeys(_event(part, standing, before) for part in said.split(";") if part.strip()))


def _event(said: str, standing: Standing, before: Planned) -> int:
    name = " ".join(said.split()).casefold()
    alike = [pk for pk, label in standing.events.items() if " ".join(label.split()).casefold() == name]
    known = [pk for pk in alike if pk in before.events] or alike
    if not known:
        raise LineRefused(f"There is no event “{said.strip()}”.")
    if len(known) > 1:
        raise LineRefused(f"Several events are called “{said.strip()}”. Choose them on the Campaigns tab.")
    return known[0]


def _threshold(row: PlanRow, before: Planned) -> int:
    said = row.said(THRESHOLD)
    if not said:
        return before.threshold
    if not (said.isascii() and said.isdecimal()) or len(said) > 4 or int(said) > MOST_SCANS:
        raise LineRefused(f"The threshold is a whole number from 0 to {MOST_SCANS:,}, not “{said}”.")
    return int(said)


def _qualifier(row: PlanRow, standing: Standing, before: Planned) -> int | None:
    said = row.said(STATUS_QUALIFIER)
    if not said:
        return before.status_qualifier
    if is_clear(said):
        return None
    names = {str(pk): name for pk, name in standing.qualifier_names().items() if standing.labels[pk]}
    found = find(said, names.items())
    if not isinstance(found, str):
        raise LineRefused(
            f"There is no qualifier “{said}” with values. Write {CLEAR} for the same status for everybody."
        )
    return int(found)


def _by_value(row: PlanRow, standing: Standing, qualifier: int, before: Planned) -> Mapping[int, str]:
    said = row.said(STATUS_BY_VALUE)
    kept = before.status_by_value if before.status_qualifier == qualifier else {}
    if not said or said == by_value_text(kept, standing.labels.get(qualifier, {})):
        return kept
    labels = [(str(pk), label) for pk, label in standing.labels.get(qualifier, {}).items()]
    chosen: dict[int, str] = {}
    for part in filter(str.strip, said.split(";")):
        pair = _ARROW.split(part.strip(), maxsplit=1)
        if len(pair) != 2 or not pair[1]:
            raise LineRefused(f"“{part.strip()}” is no pair of a value and a status, as in Hot → Responded.")
        value = find(pair[0], labels)
        if value is None or isinstance(value, Ambiguous):
            name = standing.qualifier_names().get(qualifier, "The qualifier")
            raise LineRefused(f"{name} has no value “{pair[0]}”.")
        chosen[int(value)] = pair[1]
    return chosen


# --- Words ------------------------------------------------------------------------------------------------------------


def events_text(events: tuple[int, ...], names: Mapping[int, str]) -> str:
    return "; ".join(names[pk] for pk in events if pk in names)


def by_value_text(by_value: Mapping[int, str], labels: Mapping[int, str]) -> str:
    return "; ".join(f"{labels[pk]} → {said}" for pk, said in by_value.items() if pk in labels)


def _words(planned: Planned, standing: Standing) -> str:
    scans = {0: "every captured lead", 1: "from the first scan on"}
    words = [
        events_text(planned.events, standing.events) or "no event",
        scans.get(planned.threshold, f"from scan {planned.threshold} on"),
    ]
    qualifier = planned.status_qualifier
    if qualifier:
        pairs = by_value_text(planned.status_by_value, standing.labels.get(qualifier, {}))
        words.append(f"status by {standing.qualifier_names().get(qualifier, 'a qualifier that is gone')}: {pairs}")
    if planned.status:
        words.append(f"{'others' if qualifier else 'status'} {planned.status}")
    return ", ".join(words)
