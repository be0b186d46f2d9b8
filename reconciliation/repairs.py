"""Carrying out a fix: change what is at fault, then send exactly the leads again that it was changed for.

Each is one transaction: the mapping and the retry stand or fall together. A `Repair` remembers which leads they were.
Of more leads than a request should wait for the retry is stored in that transaction, and workers carry it out (`bulk`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.utils import timezone

from integrations import campaigns, mapping, qualifiers, schema
from integrations.campaigns import CampaignRefused, Status
from integrations.constants import set_constant
from integrations.contract import Campaign, RemoteField
from integrations.mapping import MappingRefused
from integrations.models import CampaignMapping, Integration
from integrations.values import Unfit, fit
from leads.capture import CaptureRefused, edit_lead, edit_leads
from leads.models import Lead, User
from reconciliation import actions, bulk
from reconciliation.choice import Choice
from reconciliation.counting import up_to
from reconciliation.fixing import Key
from reconciliation.models import Repair, SyncRecord
from reconciliation.records import SyncRecordQuerySet
from reconciliation.remedies import Correction, FallbackRow, FieldRow, Picker, SourceRow, Wrong

# A column's worth of words.
DONE_CHARACTERS = 300
NOBODY = "Nothing to send: no lead of this group can go yet. Another value of each has no option."


class FixRefused(Exception):
    """Nothing was changed and nothing sent; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


# --- The fixes --------------------------------------------------------------------------------------------------------


@transaction.atomic
def map_values(
    *, integration: Integration, key: Key, pickers: Sequence[Picker], chosen: Mapping[tuple[str, int], str], by: User
) -> Repair:
    """Send qualifier values to options; `chosen` is (name of the picker, value id) -> option. Leads that carry another
    value without an option are left where they are. Raises `FixRefused`.
    """
    left, told = set[int](), []
    for picker in pickers:
        for row in picker.rows:
            option = chosen.get((picker.name, row.value.pk), "")
            if not option:
                left.add(row.value.pk)
                continue
            for remote_object in picker.objects:
                _mapped(integration, remote_object.name, picker.qualifier.pk, row.value.pk, option, by)
            told.append(f"“{row.value.label}” goes to “{_option_label(picker.remote, option)}”.")
    if not told:
        raise FixRefused("Choose an option for at least one value.")
    ready = key.records(integration).exclude(lead__answers__value__in=left) if left else key.records(integration)
    return _start(integration, key, ready, _words(told), by)


def _mapped(
    integration: Integration, object_name: str, qualifier_id: int, value_id: int, option: str, by: User
) -> None:
    try:
        qualifiers.map_value(
            integration=integration,
            object_name=object_name,
            qualifier_id=qualifier_id,
            value_id=value_id,
            option=option,
            by=by,
        )
    except MappingRefused as refused:
        raise FixRefused(refused.sentence) from refused


@transaction.atomic
def change_fields(
    *,
    integration: Integration,
    key: Key,
    rows: Sequence[FieldRow],
    chosen: Mapping[str, str],
    clear: set[str],
    by: User,
) -> Repair:
    """Send a source to another remote field, or to none (`clear`); both by the name of the row. Raises `FixRefused`."""
    told = []
    for row in rows:
        where = row.remote_object
        if row.name in clear:
            mapping.clear_field(integration=integration, object_name=where.name, source_key=row.source.key, by=by)
            told.append(f"{row.source.label} is no longer sent to {where.label}.")
        elif remote_field := chosen.get(row.name):
            saved = _sent_to(integration, where.name, row.source.key, remote_field, by)
            told.append(f"{row.source.label} goes to “{saved.remote.label}” of {where.label}.")
    if not told:
        raise FixRefused("Choose another field, or clear the row.")
    return _start(integration, key, key.records(integration), _words(told), by)


@transaction.atomic
def map_sources(
    *, integration: Integration, key: Key, rows: Sequence[SourceRow], chosen: Mapping[str, str], by: User
) -> Repair:
    """Send a Mobly field into a required remote field that takes none yet. Raises `FixRefused`."""
    told = []
    for row in rows:
        if source_key := chosen.get(row.name):
            _sent_to(integration, row.remote_object.name, source_key, row.remote.name, by)
            told.append(f"“{row.remote.label}” of {row.remote_object.label} is mapped.")
    if not told:
        raise FixRefused("Choose a Mobly field.")
    return _start(integration, key, key.records(integration), _words(told), by)


@transaction.atomic
def set_fallbacks(
    *, integration: Integration, key: Key, rows: Sequence[FallbackRow], chosen: Mapping[str, str], by: User
) -> Repair:
    """Give a required remote field a value for leads that have none. Raises `FixRefused`."""
    told = []
    for row in rows:
        if value := chosen.get(row.name):
            where, name = row.remote_object, row.remote.name
            try:
                set_constant(
                    integration=integration,
                    object_name=where.name,
                    remote_field=name,
                    value=value,
                    by=by,
                    fallback=True,
                )
            except MappingRefused as refused:
                raise FixRefused(refused.sentence) from refused
            told.append(f"“{row.remote.label}” of {where.label} is “{_short(value)}” where a lead has no value.")
    if not told:
        raise FixRefused("Enter the fallback first.")
    return _start(integration, key, key.records(integration), _words(told), by)


def _sent_to(integration: Integration, object_name: str, source_key: str, remote_field: str, by: User) -> mapping.Saved:
    try:
        return mapping.map_field(
            integration=integration, object_name=object_name, source_key=source_key, remote_field=remote_field, by=by
        )
    except MappingRefused as refused:
        raise FixRefused(refused.sentence) from refused


@transaction.atomic
def correct_values(
    *, integration: Integration, key: Key, correction: Correction, chosen: Mapping[str, str], by: User
) -> Repair:
    """Replace values of the leads; `chosen` is the value that failed -> the new one. Raises `FixRefused`.

    At most `bulk.AT_ONCE` leads in one go, because they are changed in this transaction; the others stay in the group.
    """
    taken: list[int] = []
    told = []
    for row in correction.rows:
        new = chosen.get(row.value, "").strip()
        if not new or new == row.value or not row.correctable:
            continue
        _check(new, correction)
        records = key.records(integration).filter(value=row.value).order_by("pk")
        ids = list(records.values_list("pk", "lead_id")[: bulk.AT_ONCE - len(taken)])
        if not ids:
            continue
        _correct(integration, [lead for _, lead in ids], correction.field.key, new, by)
        taken += [record for record, _ in ids]
        told.append(_told(row, correction, new, len(ids)))
    if not told:
        raise FixRefused("Enter the right value for at least one row.")
    return _start(integration, key, SyncRecord.objects.of(integration).filter(pk__in=taken), _words(told), by)


def _check(value: str, correction: Correction) -> None:
    """Refuse here what would be refused again."""
    if correction.remote is None:
        return
    try:
        fit(value, correction.remote)
    except Unfit as unfit:
        raise FixRefused(unfit.sentence.format(vendor="the CRM")) from unfit


def _correct(integration: Integration, lead_ids: list[int], field_key: str, value: str, by: User) -> None:
    try:
        if len(lead_ids) == 1:
            lead = Lead.objects.get(pk=lead_ids[0], organization=integration.organization_id)
            edit_lead(lead=lead, values={field_key: value}, by=by)
        else:
            edit_leads(organization=integration.organization, lead_ids=lead_ids, values={field_key: value}, by=by)
    except CaptureRefused as refused:
        raise FixRefused(refused.sentence) from refused


def _told(row: Wrong, correction: Correction, new: str, count: int) -> str:
    was = f"“{_short(row.value)}”" if row.value else "Empty"
    of = row.lead.name if row.lead else f"{count:,} leads"
    return f"{was} is now “{_short(new)}” in {correction.field.label} of {_short(of)}."


@transaction.atomic
def change_campaign(
    *, integration: Integration, key: Key, campaign_mapping: CampaignMapping, campaign: Campaign, status: str, by: User
) -> Repair:
    """Join people to another campaign, or to the same with another status in place of the one it does not have.

    `campaign` is fresh from the vendor. Raises `FixRefused`.
    """
    same = (campaign.kind, campaign.id) == (campaign_mapping.kind, campaign_mapping.remote_id)
    events = list(campaign_mapping.events.all())
    try:
        campaigns.save_campaign(
            integration=integration,
            campaign=campaign,
            events=events,
            threshold=campaign_mapping.scan_threshold,
            status=_statuses(campaign_mapping, campaign, status),
            mapping=campaign_mapping if same else None,
            by=by,
        )
    except CampaignRefused as refused:
        raise FixRefused(refused.sentence) from refused
    if not same:
        campaigns.remove_campaign(mapping=campaign_mapping, by=by)
    told = f"Leads join “{campaign.name}”" + (f" as “{status}”." if status else ".")
    return _start(integration, key, key.records(integration), told, by)


@transaction.atomic
def remove_campaign(*, integration: Integration, key: Key, campaign_mapping: CampaignMapping, by: User) -> Repair:
    """Leads join this campaign no more."""
    campaigns.remove_campaign(mapping=campaign_mapping, by=by)
    told = f"Leads no longer join “{campaign_mapping.name}”."
    return _start(integration, key, key.records(integration), told, by)


def _statuses(campaign_mapping: CampaignMapping, campaign: Campaign, status: str) -> Status:
    """Every status that the campaign has stays; `status` takes the place of the others."""
    known = set(campaign.statuses)
    fixed = campaign_mapping.status if campaign_mapping.status in known else status
    by_value = {
        int(value): said if said in known else status for value, said in campaign_mapping.status_by_value.items()
    }
    return Status(fixed, campaign_mapping.status_qualifier, by_value)


@transaction.atomic
def decide(
    *, integration: Integration, key: Key, record: SyncRecord, object_name: str, remote_id: str, by: User
) -> Repair:
    """A person said which record it is; without an id: that it is not there, send it again."""
    ids = [record.pk]
    name = record.lead.name
    if remote_id and object_name in {one.name for one in schema.further_objects(integration)}:
        actions.link_further(record=record, object_name=object_name, remote_id=remote_id)
        told = f"{remote_id} is the {object_name} of {_short(name)} from now on."
    elif remote_id:
        actions.link(record=record, object_name=object_name or record.remote_object, remote_id=remote_id)
        told = f"{_short(name)} is linked to {remote_id}."
    else:
        actions.send_again(record=record)
        told = f"{_short(name)} is sent again."
    return _remember(integration, key, ids, told, by)


@transaction.atomic
def retry(*, integration: Integration, key: Key, by: User) -> Repair:
    """Send the group again as it is. Raises `FixRefused` when nobody is left in it."""
    return _start(integration, key, key.records(integration), "The leads are sent again as they are.", by)


# --- Sending again ----------------------------------------------------------------------------------------------------


def _start(integration: Integration, key: Key, records: SyncRecordQuerySet, done: str, by: User) -> Repair:
    """Send these again, now: what failed, and what a correction has made due already. Very many go by bites."""
    if up_to(records, bulk.AT_ONCE) > bulk.AT_ONCE:
        return _start_many(integration, key, records, done, by)
    ids = sorted(records.ids())
    if not ids:
        raise FixRefused(NOBODY)
    actions.push(integration=integration, records=SyncRecord.objects.filter(pk__in=ids))
    return _remember(integration, key, ids, done, by)


def _start_many(integration: Integration, key: Key, records: SyncRecordQuerySet, done: str, by: User) -> Repair:
    """Store which they are, and have workers send them. The same fix that is under way already is answered with that
    one: a second click sends nothing twice.
    """
    Integration.objects.select_for_update(no_key=True).get(pk=integration.pk)
    under_way = Repair.objects.under_way(integration).filter(origin=key.query, done=done)
    if found := under_way.filter(action__cancel_asked_at__isnull=True).first():
        return found
    repair = _remember(integration, key, [], done, by)
    Repair.objects.filter(pk=repair.pk).update(record_ids=ArraySubquery(records.order_by("pk").values("pk")))
    repair.action = bulk.start(
        integration=integration, kind=bulk.Kind.RETRY, choice=Choice(repair=repair.pk), by=by, always=True
    )
    repair.save(update_fields=["action"])
    return repair


def _remember(integration: Integration, key: Key, ids: list[int], done: str, by: User) -> Repair:
    return Repair.objects.create(
        integration=integration,
        cause=key.cause,
        subject=key.subject,
        done=done,
        record_ids=ids,
        origin=key.query,
        by=by,
        started_at=timezone.now(),
    )


def _words(told: Sequence[str]) -> str:
    text = " ".join(told)
    return text if len(text) <= DONE_CHARACTERS else f"{told[0]} {len(told) - 1} more changed."


def _option_label(remote: RemoteField, option: str) -> str:
    found = remote.option(option)
    return found.label if found else option


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}…"
