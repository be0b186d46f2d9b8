"""What to do when a record is not what it was taken for: deleted, converted, or holding a value that is unique.

Each lead is looked into once. Afterwards it has a record to be written (`known_id`), none (the keys decide anew), or a
fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from integrations.contract import Cause, Fault, ProviderError, Step
from integrations.providers.zoho import batches, errors, lookup, values
from integrations.providers.zoho.run import Run, Work
from integrations.providers.zoho.settings import CONTACTS, LEADS, persons_of

CONVERTED = ("Converted__s", "Converted_Contact")
NO_CONTACT = (
    "This lead was converted in Zoho CRM, and a converted lead can no longer be changed. "
    "Its contact is not there, or the connected user may not see it."
)


def is_worth_it(action: str, said: Any) -> bool:
    """Whether a refusal may be mended by writing to another record."""
    if action == "update":
        return errors.is_gone(said) or errors.is_converted(said)
    return errors.duplicate_of(said) is not None and errors.code_of(errors.first_of(said)) == "DUPLICATE_DATA"


def settle(run: Run, works: Sequence[Work]) -> None:
    """Look into what was refused. Raises only what `Run.absorb` raises."""
    lost, taken, several = [], [], []
    for work in works:
        work.rematched = True
        said, work.refusal = work.refusal, None
        # Another record, to which nothing was written yet.
        work.delivery = replace(work.delivery, person_unchanged=False)
        if errors.duplicate_of(said) is None or errors.is_gone(said) or errors.is_converted(said):
            lost.append((work, said))
        elif errors.has_several(said):
            several.append((work, said))
        else:
            taken.append((work, said))
    _guarded(run, lost, _follow)
    _guarded(run, taken, _adopt)
    _guarded(run, several, _among)


Asked = Sequence[tuple[Work, Any]]


def _guarded(run: Run, asked: Asked, look: Any) -> None:
    if not asked:
        return
    try:
        look(run, asked)
    except ProviderError as error:
        fault = run.absorb(error)
        for work, _ in asked:
            work.fail(replace(fault, object=work.module), Step.MATCH)


# --- Gone or converted ------------------------------------------------------------------------------------------------


def _follow(run: Run, asked: Asked) -> None:
    leads = [work for work, _ in asked if work.module == LEADS and (work.id or work.known_id)]
    records = _with_conversion(run, [work.id or work.known_id for work in leads]) if leads else {}
    contacts = _living(run, filter(None, map(_contact_of, records.values())))
    nameless = []
    for work, said in asked:
        old = work.id or work.known_id
        record = records.get(old, {}) if work.module == LEADS else {}
        work.id, work.known_id, work.present, work.result.person = "", "", None, None
        if not _is_converted(record) and not errors.is_converted(said):
            work.module = persons_of(run.options)[0]
            work.note(Step.MATCH, f"The stored record {old} is no longer in Zoho CRM.", sent={"id": old})
            continue
        contact = _contact_of(record)
        if contact and contact not in contacts:
            work.module = persons_of(run.options)[0]
            work.note(Step.MATCH, f"The lead {old} was converted; its contact {contact} is gone.", answer=record)
            continue
        work.module, work.known_id = CONTACTS, contact
        if contact:
            work.note(Step.MATCH, f"The lead {old} was converted; its contact {contact} is used.", answer=record)
        else:
            nameless.append(work)
    _contacts_by_email(run, nameless)


def _living(run: Run, ids: Iterable[str]) -> Collection[str]:
    """Which of these contacts are there: a converted lead goes on naming one that was deleted since."""
    wanted = sorted(set(ids))
    return batches.read(run, CONTACTS, wanted, ("Email",)) if wanted else ()


def _with_conversion(run: Run, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    return batches.read(run, LEADS, ids, ("Email", *CONVERTED, "$converted", "$converted_detail"), converted="both")


def _is_converted(record: dict[str, Any]) -> bool:
    return record.get("Converted__s") is True or record.get("$converted") is True or bool(_contact_of(record))


def _contact_of(record: dict[str, Any]) -> str:
    """The contact a converted lead became, from the field of today or from the older `$converted_detail`."""
    for said in (record.get("Converted_Contact"), (record.get("$converted_detail") or {}).get("contact")):
        found = said.get("id") if isinstance(said, dict) else said
        if isinstance(found, str) and found:
            return found
    return ""


def _contacts_by_email(run: Run, works: Sequence[Work]) -> None:
    """The contact of a converted lead that does not name it: the one with the lead's e-mail."""
    keyed = {work: work.email for work in works if work.email}
    found = lookup.find(run, CONTACTS, "Email", keyed.values(), ("id", "Created_Time", "Email")) if keyed else {}
    for work in works:
        records = found.get(keyed.get(work, "").casefold(), [])
        lookup.choose(run, work, "Email", keyed.get(work, ""), records)
        work.known_id, work.id, work.present = work.id, "", None
        if not work.known_id and work.open:
            work.fail(Fault(Cause.RECORD_LOCKED, NO_CONTACT, code="CONVERTED_RECORD", object=LEADS), Step.MATCH)


# --- A unique value that is taken -------------------------------------------------------------------------------------


def _adopt(run: Run, asked: Asked) -> None:
    """The record that has the value is the person if it has the same e-mail; else it stands in the way."""
    there = {work: errors.duplicate_of(said) or ("", "") for work, said in asked}
    by_module: dict[str, list[str]] = {}
    for work, (module, record_id) in there.items():
        by_module.setdefault(module or work.module, []).append(record_id)
    records = {
        (module, record_id): record
        for module, ids in by_module.items()
        for record_id, record in batches.read(run, module, ids, ("Email",)).items()
    }
    for work, said in asked:
        module, record_id = there[work]
        record = records.get((module or work.module, record_id), {})
        same = values.text(record.get("Email")).casefold() == work.email.casefold() and bool(work.email)
        if module in ("", work.module) and (same or _is_own(work, said)):
            work.known_id = record_id
            work.note(Step.MATCH, f"The record {record_id} has this value; it is the same person.", answer=record)
        else:
            work.fail(_collision(run, work, said, module or work.module, record_id), Step.PERSON)


def _is_own(work: Work, said: Any) -> bool:
    """Whether the value that is taken is our own id of this very lead."""
    name, own = work.mobly_key()
    return bool(own) and errors.field_of(errors.first_of(said)) == name


def _collision(run: Run, work: Work, said: Any, module: str, record_id: str) -> Fault:
    name = errors.field_of(errors.first_of(said))
    value = values.text(values.wire(work.write.for_create().get(name)))
    shown = f"“{value}” in {errors.label(name)}" if value else f"this value in {errors.label(name)}"
    return Fault(
        Cause.DUPLICATE_RECORD,
        f"Another record in Zoho CRM has {shown} already, and its e-mail is another one.",
        code="DUPLICATE_DATA",
        field=name,
        value=value,
        object=work.module,
        collides_with=run.ref(module, record_id),
    )


def _among(run: Run, asked: Asked) -> None:
    """Several records have the value: the oldest of them, or the admin's choice."""
    groups: dict[tuple[str, str], list[Work]] = {}
    for work, said in asked:
        groups.setdefault((work.module, errors.field_of(errors.first_of(said)) or "Email"), []).append(work)
    for (module, name), works in groups.items():
        keys = {work: _value_in(work, name) for work in works}
        found = lookup.find(run, module, name, keys.values(), ("id", "Created_Time", name))
        for work, key in keys.items():
            records = found.get(key.casefold(), [])
            lookup.choose(run, work, name, key, records)
            work.known_id, work.id, work.present = work.id, "", None
            if not records:
                message = f"Several records in Zoho CRM have {key} in {errors.label(name)}."
                work.fail(Fault(Cause.AMBIGUOUS_MATCH, message, field=name, value=key, object=module), Step.MATCH)


def _value_in(work: Work, name: str) -> str:
    return work.email if name == "Email" else values.text(values.wire(work.write.for_create().get(name)))
