"""A lead's values, constants and fallbacks as what each remote object is sent: the inner part of planning, pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.contract import Cause, RecordWrite, Refusal, RemoteField, RemoteObject, WriteBehaviour
from integrations.rules import Answered, LeadSnapshot, QualifierRule, Setup, Standing
from integrations.values import Unfit, fit


class Refused(Exception):
    """Nothing of the lead is sent; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(slots=True)
class Draft:
    values: dict[str, Any] = field(default_factory=dict)
    if_blank: dict[str, Any] = field(default_factory=dict)
    on_create: dict[str, Any] = field(default_factory=dict)

    def has(self, remote_field: str) -> bool:
        return any(remote_field in given for given in (self.values, self.if_blank, self.on_create))

    def write(self, object_name: str) -> RecordWrite:
        return RecordWrite(object_name, self.values, self.if_blank, self.on_create)

    def put(self, remote_field: str, behaviour: WriteBehaviour, value: Any) -> None:
        (self.values if behaviour is WriteBehaviour.OVERWRITE else self.if_blank)[remote_field] = value


def drafts_of(lead: LeadSnapshot, setup: Setup, objects: Collection[str]) -> dict[str, Draft]:
    """What the lead itself says to each of these remote objects, in their order; empty where nothing is mapped."""
    drafts = {name: Draft() for name in objects}
    for rule in setup.fields:
        if rule.object not in drafts:
            continue
        value = lead.values.get(rule.mobly_field, "")
        if _blank(value):
            continue
        remote = _remote_field(setup, rule.object, rule.remote_field, rule.label)
        drafts[rule.object].put(remote.name, rule.behaviour, _fitted(setup, rule.object, rule.label, value, remote))
    for qualifier in setup.qualifiers:
        answered = lead.answers.get(qualifier.qualifier_id)
        if qualifier.object not in drafts or answered is None:
            continue
        remote = _remote_field(setup, qualifier.object, qualifier.remote_field, qualifier.name)
        value = _qualified(setup, qualifier, answered, remote)
        if not _blank(value):
            drafts[qualifier.object].put(remote.name, qualifier.behaviour, value)
    return drafts


def give(drafts: Mapping[str, Draft], setup: Setup, *, new: bool) -> None:
    """Add the constants, then the fallbacks where there is no value; what the lead says always stands.

    A fallback that fits no longer refuses a `new` person; one who is there already does not need it.
    """
    for rule in sorted(setup.constants, key=lambda rule: rule.fallback):
        draft = drafts.get(rule.object)
        if draft is None or draft.has(rule.remote_field):
            continue
        if not rule.fallback:
            remote = _remote_field(setup, rule.object, rule.remote_field, rule.label)
            draft.put(remote.name, rule.behaviour, _fitted(setup, rule.object, rule.label, rule.value, remote))
        elif spare := setup.objects[rule.object].fields.get(rule.remote_field):
            # A field that is gone or read-only requires nothing any more.
            try:
                if spare.creatable:
                    draft.on_create[spare.name] = _fitted(setup, rule.object, rule.label, rule.value, spare)
            except Refused:
                if new and spare.required:
                    raise


def refuse_lacking(drafts: Mapping[str, Draft], setup: Setup, standing: Standing) -> None:
    """Refuse a person we know no record of who lacks what the vendor requires of a new one."""
    made = setup.made
    if made is not None and standing.person is None:
        _refuse_without_required(drafts[made.name], made, setup)


def further_draft(lead: LeadSnapshot, setup: Setup, name: str, *, new: bool) -> Draft | None:
    """What goes into the lead's record of a further object, None where nothing does. Constants alone are enough: whose
    record it is follows from its lookup. Raises `Refused`, of this record alone.
    """
    drafts = drafts_of(lead, setup, [name])
    give(drafts, setup, new=new)
    draft = drafts[name]
    if not draft.values and not draft.if_blank:
        return None
    if new:
        _refuse_without_required(draft, setup.objects[name], setup)
    return draft


def _refuse_without_required(draft: Draft, made: RemoteObject, setup: Setup) -> None:
    if not setup.required_known:
        return
    for remote in made.required():
        if not draft.has(remote.name):
            raise Refused(
                Refusal(
                    Cause.REQUIRED_FIELD_MISSING,
                    f"The lead has no value for “{remote.label}”, which {setup.vendor} requires of every new "
                    f"{made.label}, and the field has no fallback.",
                    subject=remote.label,
                    remote_field=remote.name,
                    object=made.name,
                )
            )


def nothing_said(setup: Setup) -> Refusal:
    return Refusal(
        Cause.REQUIRED_FIELD_MISSING,
        f"The lead has no value in any field that is mapped to {setup.vendor}.",
        subject="Mapping",
    )


def _blank(value: Any) -> bool:
    return value is None or value == () or (isinstance(value, str) and not value.strip())


def _remote_field(setup: Setup, object_name: str, name: str, label: str) -> RemoteField:
    remote = setup.objects[object_name].fields.get(name)
    if remote is None:
        raise Refused(
            Refusal(
                Cause.MISSING_REMOTE_FIELD,
                f"{label} is mapped to {name} of {setup.objects[object_name].label}, which {setup.vendor} no longer "
                "has, or no longer shows to the connected user.",
                subject=label,
                remote_field=name,
                object=object_name,
            )
        )
    if not remote.writable:
        raise Refused(
            Refusal(
                Cause.MISSING_REMOTE_FIELD,
                f"{label} is mapped to “{remote.label}”, which is read-only for the connected user of {setup.vendor}.",
                subject=label,
                remote_field=name,
                object=object_name,
            )
        )
    return remote


def _fitted(setup: Setup, object_name: str, label: str, value: Any, remote: RemoteField) -> Any:
    try:
        return fit(value, remote)
    except Unfit as unfit:
        raise Refused(
            Refusal(
                Cause.DATA_VALUE_VALIDATION,
                f"{label}: {unfit.sentence.format(vendor=setup.vendor)}",
                subject=label,
                value=str(value)[:1000],
                remote_field=remote.name,
                object=object_name,
            )
        ) from None


def _qualified(setup: Setup, rule: QualifierRule, answered: Answered, remote: RemoteField) -> Any:
    if not rule.picklist:
        return _fitted(setup, rule.object, rule.name, answered.text, remote) if answered.text.strip() else ""
    if not answered.values:
        return ""
    if not takes_options(remote):
        return _fitted(setup, rule.object, rule.name, "; ".join(answered.values.values()), remote)
    missing = [label for value_id, label in answered.values.items() if not rule.options.get(value_id)]
    if missing:
        raise Refused(
            Refusal(
                Cause.NO_TAG_MAPPING,
                f"{_quoted(missing)} of {rule.name} {'has' if len(missing) == 1 else 'have'} no option in "
                f"{remote.label} in {setup.vendor}.",
                subject=rule.name,
                value=missing[0],
                remote_field=remote.name,
                object=rule.object,
            )
        )
    chosen = [rule.options[value_id] for value_id in answered.values]
    return _fitted(
        setup, rule.object, rule.name, tuple(dict.fromkeys(chosen)) if len(chosen) > 1 else chosen[0], remote
    )


def takes_options(remote: RemoteField) -> bool:
    """Whether a qualifier's values must be mapped to this field's options one by one; a text field takes the labels."""
    return remote.type.value in {"picklist", "multi_picklist", "boolean"}


def _quoted(labels: Iterable[str]) -> str:
    quoted = [f"“{label}”" for label in labels]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
