"""Recommended fields as custom fields. Pipedrive gives each a hash of its own; they are known again by their label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from integrations.contract import MOBLY_ONLY, FieldType, MadeField, NewField, ProviderError, recommended
from integrations.providers.pipedrive import schema
from integrations.providers.pipedrive.client import Client
from integrations.providers.pipedrive.dispatch import Ask, Outcome
from integrations.providers.pipedrive.reply import Reply
from integrations.providers.pipedrive.schema import DEFINITIONS, ORGANIZATIONS, PERSONS


def _offered(*keys: str) -> tuple[NewField, ...]:
    """No field of Pipedrive is unique."""
    return tuple(replace(field, unique=False) for field in recommended(*keys))


# Only what Pipedrive has no place of its own for: see `defaults.py`.
RECOMMENDED: Mapping[str, tuple[NewField, ...]] = {
    PERSONS: _offered(
        *MOBLY_ONLY,
        "personal_address",
        "linkedin",
        "facebook",
        "x_twitter",
        "profile_picture",
        "job_title",
    ),
    ORGANIZATIONS: _offered(
        "company_website",
        "company_industry",
        "company_size",
        "company_linkedin",
        "company_city",
        "company_state",
        "company_zip_code",
        "company_country",
    ),
}

KINDS: Mapping[FieldType, str] = {
    FieldType.LONG_TEXT: "text",
    FieldType.PHONE: "phone",
    FieldType.NUMBER: "double",
    FieldType.DATE: "date",
}
LINE = "varchar"


def create(client: Client, object_name: str, fields: Sequence[NewField]) -> list[MadeField]:
    """One answer per field. Raises `ProviderError` when nothing could be asked."""
    if not fields:
        return []
    known = schema.definitions(client, object_name, fresh=True)
    there = {_said(row.get("field_name")): name for name, row in reversed(known.items()) if row.get("is_custom_field")}
    missing = [field for field in fields if not _standing(field, there)]
    path = f"{client.v2}/{DEFINITIONS[object_name]}"
    outcomes = client.many([Ask("POST", path, json=definition(field)) for field in missing])
    client.memory.forget_fields(object_name)
    made = {id(field): _made(field, outcome) for field, outcome in zip(missing, outcomes, strict=True)}
    if made and len(missing) == len(fields) and all(isinstance(outcome, ProviderError) for outcome in outcomes):
        _raise_if_nobody_answered(outcomes)
    return [made.get(id(field)) or MadeField(field, _standing(field, there)) for field in fields]


def _raise_if_nobody_answered(outcomes: Sequence[Outcome]) -> None:
    first = outcomes[0]
    if isinstance(first, ProviderError) and not hasattr(first, "reply") and not first.fault.ambiguous:
        raise first


def _standing(field: NewField, there: Mapping[str, str]) -> str:
    """The field that stands already, by the label or by the name people may have given it."""
    return there.get(_said(field.label)) or there.get(_said(field.name)) or ""


def _said(label: object) -> str:
    return " ".join(str(label or "").split()).casefold()


def definition(field: NewField) -> dict[str, str]:
    """The field as Pipedrive is asked for it."""
    return {"field_name": field.label, "field_type": KINDS.get(field.type, LINE)}


def _made(field: NewField, outcome: Outcome) -> MadeField:
    if isinstance(outcome, Reply):
        name = str(outcome.record.get("field_code") or "")
        if name:
            return MadeField(field, name)
        return MadeField(field, problem=f"Pipedrive did not say how “{field.label}” is called. Choose Refresh.")
    if outcome.fault.ambiguous:
        text = f"It is not known whether “{field.label}” was made: {outcome.fault.message} Choose Refresh."
        return MadeField(field, problem=text)
    return MadeField(field, problem=f"Pipedrive did not make “{field.label}”: {outcome.fault.message}")
