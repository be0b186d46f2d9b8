"""Which person a lead is: the stored id, our own id where it is mapped, the e-mail; in this order.

Whatever was found is read from the store before it is believed: the index or the search may be behind, and what stands
there is needed anyway, because Pipedrive replaces its lists whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from integrations.contract import Cause, Fault, ProviderError, Step
from integrations.providers.pipedrive import directory, schema
from integrations.providers.pipedrive.index import Key, email_key, keys_of, own_key
from integrations.providers.pipedrive.run import Record, Run, Work
from integrations.providers.pipedrive.schema import PERSONS

SEVERAL_MATCHES, OLDEST, ASK = "several_matches", "oldest", "ask"
WORDS = {"email": "e-mail", "own": "Mobly Lead ID"}
NO_KEY = (
    "The person may have been created, but Pipedrive’s answer was lost, "
    "and without an e-mail or a Mobly Lead ID in it there is nothing to find it by."
)
TOO_MUCH = (
    "The person may have been created, but Pipedrive’s answer was lost, and so much has changed there since that "
    "it could not be looked for."
)


def match(run: Run, works: Sequence[Work]) -> None:
    """Give each lead its person as it stands now, or none for one that is new, or a fault."""
    _by_stored_id(run, works)
    open_works = [work for work in works if work.going and not work.id]
    own_field = _own_field(run, open_works)
    keys = {work: _keys(work, own_field) for work in open_works}
    _by_keys(run, {work: tried for work, tried in keys.items() if tried}, own_field)
    for work in open_works:
        if work.going and not work.id and work.delivery.in_doubt and not work.recognisable:
            work.fail(Fault(Cause.UNCONFIRMED, NO_KEY, object=PERSONS, ambiguous=True), Step.MATCH)


def _by_stored_id(run: Run, works: Sequence[Work]) -> None:
    stored = [work for work in works if work.known_id]
    records, failed = directory.read(run, PERSONS, [work.known_id for work in stored])
    for work in stored:
        if work.known_id in failed:
            _fail(work, failed[work.known_id])
        elif work.known_id in records:
            run.found(work, records[work.known_id])
        else:
            summary = f"Person {work.known_id}, stored from before, is no longer in Pipedrive."
            work.note(Step.MATCH, summary, sent={"id": work.known_id})
            work.known_id = ""


def _own_field(run: Run, works: Sequence[Work]) -> str:
    """The field our own id stands in, as long as Pipedrive has it."""
    name = next((work.own_field for work in works if work.own_field), "")
    if not name:
        return ""
    try:
        known = run.definitions(PERSONS).get(name)
    except ProviderError as error:
        run.absorb(error)
        return ""
    # A hit is compared as it stands: only fields of text keep our id letter by letter.
    return name if known and known.get("field_type") in (*schema.SHORT, "text") else ""


def _keys(work: Work, own_field: str) -> list[Key]:
    keys = [own_key(work.delivery.keys.mobly_id)] if own_field and work.own_field == own_field else []
    return [key for key in (*keys, email_key(work.delivery.keys.email)) if key[1]]


def _by_keys(run: Run, keys: dict[Work, list[Key]], own_field: str) -> None:
    if not keys:
        return
    worth = {key for work, tried in keys.items() for key in _worth(work, tried)}
    wanted = [key for tried in keys.values() for key in tried]
    try:
        found = directory.find(run, PERSONS, wanted, own_field=own_field, worth=worth.__contains__)
    except ProviderError as error:
        run.absorb(error)
        for work in keys:
            _fail(work, error)
        return
    records, unread = directory.read(run, PERSONS, [number for ids in found.ids.values() for number in ids])
    for work, tried in keys.items():
        for key in [key for key in tried if key in found.ids or key in found.failed]:
            ids = [str(number) for number in found.ids.get(key, ())]
            broken = found.failed.get(key) or next((unread[one] for one in ids if one in unread), None)
            if broken is not None:
                _fail(work, broken)
                break
            _choose(run, work, key, [records.get(one) for one in ids], own_field)
            if work.id or not work.going:
                break
        if work.going and not work.id and work.delivery.in_doubt and not found.sure:
            work.fail(Fault(Cause.UNCONFIRMED, TOO_MUCH, object=PERSONS, ambiguous=True), Step.MATCH)


def _worth(work: Work, keys: list[Key]) -> list[Key]:
    """A search costs as much as four writes: the own id is searched for where the e-mail cannot tell, or where a lost
    answer must not become a second person.
    """
    return keys if work.delivery.in_doubt or len(keys) == 1 else [key for key in keys if key[0] == "email"]


def _choose(run: Run, work: Work, key: Key, records: Sequence[Record | None], own_field: str) -> None:
    standing = [record for record in records if record and key in keys_of(PERSONS, own_field, record)]
    by = WORDS[key[0]]
    if not standing:
        work.note(Step.MATCH, f"No person with this {by}.", sent={by: key[1]})
        return
    if len(standing) > 1 and run.options.get(SEVERAL_MATCHES) == ASK:
        refs = tuple(run.ref(PERSONS, record["id"]) for record in standing)
        message = f"{len(standing)} persons in Pipedrive have the {by} {key[1]}. Choose the one this lead is."
        field = schema.EMAILS if key[0] == "email" else own_field
        fault = Fault(Cause.AMBIGUOUS_MATCH, message, field=field, value=key[1], object=PERSONS, candidates=refs)
        work.fail(fault, Step.MATCH)
        return
    if len(standing) > 1:
        work.result.warnings.append(
            f"{len(standing)} persons in Pipedrive have the {by} {key[1]}; the oldest one was used."
        )
    run.found(work, standing[0])
    work.note(Step.MATCH, f"Found person {work.id} by {by}.", sent={by: key[1]}, answer=standing[0])


def _fail(work: Work, error: ProviderError) -> None:
    work.fail(replace(error.fault, object=PERSONS), Step.MATCH)
