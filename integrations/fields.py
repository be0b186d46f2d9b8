"""Create recommended fields: what a vendor's object lacks, and the making of it after somebody chose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from django.db import transaction

from integrations import audit, mapping, schema
from integrations.contract import Default, MadeField, NewField, Provider, ProviderError, RemoteObject
from integrations.models import Integration
from integrations.providers import provider_of
from integrations.tokens import open_client
from leads.audit import counted
from leads.models import User


class FieldsRefused(Exception):
    """Nothing was made; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(slots=True)
class FieldsReport:
    """What became of a wish: `made` and `failed` fields, the labels of the rows that were `filled`.

    `unread` is why the fields could not be read again; then no row was filled.
    """

    made: list[MadeField] = field(default_factory=list)
    failed: list[MadeField] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)
    unread: str = ""


def missing_in(provider: Provider, remote: RemoteObject) -> list[NewField]:
    """The recommended fields this object lacks, by API name and by label: some vendors choose the name themselves."""
    if not provider.capabilities.create_fields:
        return []
    labels = {known.label.casefold() for known in remote.fields.values()}
    recommended = provider.recommended_fields(remote.name)
    return [new for new in recommended if new.name not in remote.fields and new.label.casefold() not in labels]


def missing_fields(*, integration: Integration, object_name: str) -> list[NewField]:
    """As `missing_in`, of the schema as it was last read; one query."""
    remote = schema.remote_objects(integration).get(object_name)
    return missing_in(provider_of(integration.provider), remote) if remote else []


def create_fields(*, integration: Integration, object_name: str, keys: Collection[str], by: User) -> FieldsReport:
    """Make the recommended fields for these Mobly fields, read the schema anew and fill their empty rows.

    Raises `FieldsRefused` when nothing was made. No transaction is open while the vendor is asked.
    """
    provider = provider_of(integration.provider)
    wanted = [new for new in provider.recommended_fields(object_name) if new.mobly_field in keys]
    if not provider.capabilities.create_fields or not wanted:
        raise FieldsRefused("Choose at least one field.")
    try:
        outcomes = provider.create_fields(open_client(integration), object_name, wanted)
    except ProviderError as error:
        raise FieldsRefused(f"No field was made: {error.fault.message}") from error
    report = FieldsReport(
        made=[outcome for outcome in outcomes if outcome.made],
        failed=[outcome for outcome in outcomes if not outcome.made],
    )
    if report.made:
        _note(integration, object_name, report, by)
        _fill(integration, object_name, provider, report, by)
    return report


@transaction.atomic
def _note(integration: Integration, object_name: str, report: FieldsReport, by: User) -> None:
    known = schema.remote_objects(integration).get(object_name)
    audit.note(
        integration=integration,
        by=by,
        area=audit.Area.MAPPING,
        subject=f"Fields made on {known.label if known else object_name}",
        after=counted("field", "fields", [f"{outcome.field.label} ({outcome.name})" for outcome in report.made]),
    )


def _fill(integration: Integration, object_name: str, provider: Provider, report: FieldsReport, by: User) -> None:
    try:
        schema.refresh(integration=integration)
    except ProviderError as error:
        report.unread = error.fault.message
        return
    usual = {default.mobly_field: default for default in provider.defaults(object_name)}
    lines = [
        replace(usual.get(made.field.mobly_field, Default(made.field.mobly_field, ())), remote_fields=(made.name,))
        for made in report.made
    ]
    filled = mapping.fill_rows(
        integration=integration, object_name=object_name, lines=lines, by=by, said="Create recommended fields"
    ).filled
    report.filled = [label for label, _ in filled]
