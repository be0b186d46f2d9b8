"""Which fix belongs to a group of failed leads: what the drawer shows beside the cause. Reads only; `repairs` carries
it out.

A group is named by its cause, the field or qualifier at fault and the filters of the list it stands in, so that its
numbers are those of the list. Every part is found in a constant number of queries, however many leads wait.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from integrations.contract import Cause
from integrations.models import Integration
from reconciliation import causes
from reconciliation.board import Group, filters_from, groups_of
from reconciliation.models import SyncRecord
from reconciliation.records import Filters, SyncRecordQuerySet
from reconciliation.remedies import AtFault, Correction, FallbackRow, FieldRow, Picker, SourceRow, Wrong
from reconciliation.rows import Row, row_of

# What a drawer lists of each; it says how many more there are.
LEADS = 5
DECISIONS = 20
# The filters of the list that bound the group too.
KEPT = ("event", "q", "period")

OPTIONS = {Cause.NO_TAG_MAPPING, Cause.DATA_VALUE_VALIDATION}
FIELDS_AT_FAULT = {Cause.MISSING_REMOTE_FIELD, Cause.PERMISSION, Cause.DATA_VALUE_VALIDATION}
CORRECTED = {Cause.REQUIRED_FIELD_MISSING, Cause.DATA_VALUE_VALIDATION, Cause.REMOTE_RULE}
CAMPAIGNS = {Cause.CAMPAIGN_NOT_FOUND, Cause.CAMPAIGN_STATUS_INVALID}
DECIDED = {Cause.DUPLICATE_RECORD, Cause.AMBIGUOUS_MATCH, Cause.UNCONFIRMED}


@dataclass(frozen=True, slots=True)
class Key:
    """What names a group: `query` is the part of an address that says it again."""

    filters: Filters
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def cause(self) -> str:
        return self.filters.cause

    @property
    def subject(self) -> str:
        return self.filters.subject or ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        named = [("cause", self.cause), ("subject", self.subject)]
        if self.filters.remote_field is not None:
            named.append(("field", self.filters.remote_field))
        if self.filters.refused_by_us is not None:
            named.append(("ours", "1" if self.filters.refused_by_us else "0"))
        return [*named, *self.kept]

    @property
    def query(self) -> str:
        return urlencode(self.pairs)

    @property
    def list_query(self) -> str:
        return urlencode([("list", "failed"), *self.kept])

    @property
    def group_query(self) -> str:
        """The list of exactly this group."""
        return urlencode([("list", "failed"), *self.pairs])

    def records(self, integration: Integration) -> SyncRecordQuerySet:
        return SyncRecord.objects.of(integration).failed().matching(self.filters)


def key_from(query: Any) -> Key | None:
    """The group an address or a form names; None when it names none."""
    filters = filters_from(query)
    if not filters.cause:
        return None
    kept = tuple((name, value.replace("\x00", "")) for name in KEPT if (value := query.get(name)))
    # A drawer is always about one subject, if only about none.
    return Key(replace(filters, subject=filters.subject or ""), kept)


@dataclass(slots=True)
class Fix:
    """One group and the controls that repair it; what does not apply is empty."""

    key: Key
    group: Group
    pickers: list[Picker] = field(default_factory=list)
    fields: list[FieldRow] = field(default_factory=list)
    sources: list[SourceRow] = field(default_factory=list)
    fallbacks: list[FallbackRow] = field(default_factory=list)
    correction: Correction | None = None
    leads: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    linkable: set[str] = field(default_factory=set)

    @property
    def cause(self) -> Cause:
        return Cause(self.group.cause)

    @property
    def of_campaigns(self) -> bool:
        return self.cause in CAMPAIGNS

    @property
    def lacking(self) -> list[str]:
        """The qualifier values without an option, each once."""
        return list(dict.fromkeys(row.value.label for picker in self.pickers for row in picker.rows))

    @property
    def decidable(self) -> bool:
        return self.cause in DECIDED

    @property
    def link(self) -> causes.Fix:
        return self.group.fix.fix

    @property
    def more_leads(self) -> int:
        return self.group.count - len(self.leads or self.decisions)

    @property
    def correctable(self) -> list[Wrong]:
        return [row for row in self.correction.rows if row.correctable] if self.correction else []


def fix_of(integration: Integration, vendor: str, key: Key) -> Fix | None:
    """The drawer of a group; None when no lead waits in it any more."""
    groups = groups_of(key.records(integration), vendor)
    if not groups:
        return None
    group = groups[0]
    one = replace(key.filters, remote_field=group.remote_field, refused_by_us=group.refused_by_us)
    key = Key(one, key.kept)
    records = key.records(integration)
    fix, at_fault = Fix(key, group), _at_fault(integration, group)
    if fix.cause in OPTIONS:
        fix.pickers = at_fault.pickers(records)
    if fix.cause in FIELDS_AT_FAULT and not fix.pickers:
        fix.fields = at_fault.field_rows()
    if fix.cause in CORRECTED and not fix.pickers:
        fix.correction = at_fault.correction(records)
    if fix.cause is Cause.REQUIRED_FIELD_MISSING:
        fix.fallbacks = at_fault.fallback_rows()
        fix.sources = [] if fix.correction else at_fault.source_rows()
    shown = DECISIONS if fix.decidable else LEADS
    rows = [row_of(integration, record, vendor) for record in records.for_list()[:shown]]
    if fix.decidable:
        fix.decisions, fix.linkable = rows, at_fault.linkable()
    else:
        fix.leads = rows
    return fix


def _at_fault(integration: Integration, group: Group) -> AtFault:
    return AtFault(integration, subject=group.subject, remote_field=group.remote_field, ours=group.refused_by_us)
