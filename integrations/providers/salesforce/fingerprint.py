"""Finding a record whose creation was never confirmed, when the lead has neither e-mail nor an id we could ask for.

All that is left is to compare: a record of the same name that has every value we sent is the one we made (or one that
cannot be told from it); no record of that name means it never arrived. Anything between is for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from integrations.contract import Cause, Fault, Step
from integrations.providers.salesforce import soql
from integrations.providers.salesforce.client import SalesforceClient
from integrations.providers.salesforce.jobs import Hit, Job

_UNSURE = (
    "The answer to an earlier try never came, and the lead has no e-mail by which Salesforce could tell whether the "
    "record exists. A record of the same name is there."
)


def statements(object_name: str, jobs: Sequence[Job]) -> list[str]:
    """Records of the jobs' names, with every field we would have sent."""
    names = [_name(job, object_name) for job in jobs]
    fields = ["Id", "CreatedDate", "LastName", "FirstName"]
    for job in jobs:
        fields += _sent(job, object_name)
    conditions = [_condition(name) for name in names if name.get("LastName")]
    return [soql.select(fields, object_name, condition) for condition in soql.either(conditions)]


def settle(client: SalesforceClient, object_name: str, job: Job, records: Iterable[Mapping[str, Any]]) -> None:
    """Link the job to the record that is its own, or leave it UNCONFIRMED; with no namesake it may be created."""
    wanted = _sent(job, object_name)
    name = _name(job, object_name)
    namesakes = [record for record in records if all(_alike(record.get(key), value) for key, value in name.items())]
    alike = [record for record in namesakes if all(_alike(record.get(key), value) for key, value in wanted.items())]
    told = [{"Id": record["Id"], "CreatedDate": record.get("CreatedDate")} for record in namesakes]
    if not namesakes:
        job.note(
            Step.MATCH, f"The earlier try did not arrive: no {object_name} has this name. It is created.", name, told
        )
    elif len(alike) == 1:
        job.person = Hit(object_name, alike[0]["Id"], alike[0])
        job.note(Step.MATCH, f"The earlier try had arrived: {alike[0]['Id']} has every value we sent.", name, told)
    else:
        candidates = tuple(client.ref(object_name, record["Id"]) for record in (alike or namesakes))
        job.note(Step.MATCH, "It cannot be told whether the earlier try arrived.", name, told)
        job.fail(Fault(Cause.UNCONFIRMED, _UNSURE, Step.MATCH, object=object_name, candidates=candidates))


def _sent(job: Job, object_name: str) -> dict[str, Any]:
    write = job.write_of(object_name)
    return write.for_create() if write else {}


def _name(job: Job, object_name: str) -> dict[str, Any]:
    sent = _sent(job, object_name)
    return {key: sent[key] for key in ("LastName", "FirstName", "Company") if sent.get(key)}


def _condition(name: Mapping[str, Any]) -> str:
    return " AND ".join(f"{field} = {soql.text(str(value))}" for field, value in name.items())


def _alike(there: Any, sent: Any) -> bool:
    if isinstance(sent, bool) or isinstance(there, bool):
        return there == sent
    if isinstance(sent, int | float) and isinstance(there, int | float):
        return float(sent) == float(there)
    if isinstance(sent, tuple):
        return set(_plain(there).split(";")) == {str(value) for value in sent}
    return _plain(there).casefold() == _plain(sent).casefold()


def _plain(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())
