"""Which records a person means: ticked ones, groups, all that match, or those of a fix. The same before a worker as in
the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Subquery
from django.db.models.functions import Cast
from django.utils.dateparse import parse_datetime

from integrations.models import Integration
from reconciliation.models import Repair, SyncRecord
from reconciliation.records import STATES, AnyOf, Filters, SyncRecordQuerySet

NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Choice:
    """`all_matching`: whatever the filters and the list hold; else the groups of it and the records that are ticked.
    `repair`: exactly the records of that fix.
    """

    filters: Filters = NO_FILTERS
    list: str = ""
    all_matching: bool = False
    groups: tuple[tuple[str, ...], ...] = ()  # as `board.Group.key` says them, in parts
    ids: tuple[int, ...] = ()
    setup_before: int | None = None  # sent with mappings older than this
    dismissed_at: str = ""
    repair: int | None = None

    def records(self, integration: Integration) -> SyncRecordQuerySet:
        everything = SyncRecord.objects.of(integration)
        if self.dismissed_at:
            return everything.filter(dismissed_at=parse_datetime(self.dismissed_at))
        if self.repair is not None:
            # Read where they are kept: a hundred thousand ids do not travel to be sent back.
            fixed = Subquery(Repair.objects.filter(pk=self.repair).order_by().values("record_ids"))
            return everything.shown().filter(AnyOf("id", Cast(fixed, ArrayField(BigIntegerField()))))
        matching = everything.matching(self.filters)
        listed = matching.in_state(self.list) if self.list in STATES else matching.shown()
        if self.setup_before is not None:
            listed = listed.filter(setup_sent__lt=self.setup_before)
        if self.all_matching:
            return listed
        picked = everything.filter(pk__in=self.ids)
        for group in self.groups:
            picked = picked | _of_group(listed, *group)
        return picked

    def as_json(self) -> dict[str, Any]:
        return {
            "filters": self.filters.as_json(),
            "list": self.list,
            "all": self.all_matching,
            "groups": [list(group) for group in self.groups],
            "ids": list(self.ids),
            "setup_before": self.setup_before,
            "dismissed_at": self.dismissed_at,
            "repair": self.repair,
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Choice:
        return cls(
            Filters.from_json(said["filters"]),
            said["list"],
            said["all"],
            tuple(tuple(group) for group in said["groups"]),
            tuple(said["ids"]),
            said["setup_before"],
            said["dismissed_at"],
            said.get("repair"),  # stored before fixes had any
        )


def group_from(key: str) -> tuple[str, ...]:
    """The parts of a group's key, as its checkbox and its button say it."""
    parts = key.replace("\x00", "").split("|", 3)
    return tuple(parts) if len(parts) == 4 else (parts[0], parts[-1])


def _of_group(records: SyncRecordQuerySet, cause: str, *rest: str) -> SyncRecordQuerySet:
    *refined, subject = rest or ("",)
    records = records.filter(cause=cause, subject=subject)
    if refined:
        ours, remote_field = refined
        records = records.filter(refused_by_us=ours == "1", remote_field=remote_field)
    return records
