"""One delivery on its way: what was asked, what was found for it and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.contract import Delivery, Fault, FurtherWrite, Note, RecordWrite, Refused, RemoteRef, Result, Step
from integrations.providers.salesforce import soql
from integrations.providers.salesforce.client import SalesforceClient
from mobly_sync.http import redact


@dataclass(slots=True, eq=False)
class Hit:
    """A record that a lead belongs to. `present` are its values as far as they were read, None when nobody looked."""

    object: str
    id: str
    present: Mapping[str, Any] | None = None
    # Not ours to change: the account of a contact who, by Salesforce, works somewhere else.
    untouched: bool = False


@dataclass(slots=True, eq=False)
class Job:
    delivery: Delivery
    result: Result
    person: Hit | None = None
    account: Hit | None = None
    # The person's values are acknowledged and the record is still there: nothing to write.
    unchanged: bool = False

    @property
    def open(self) -> bool:
        return self.result.fault is None

    @property
    def person_id(self) -> str:
        return self.result.person.id if self.result.person else ""

    def fail(self, fault: Fault, step: Step | None = None) -> None:
        """Keep the first fault: it is the one that stopped the lead.

        Whoever came in doubt leaves in doubt: what an earlier try may have done was not cleared up by this one.
        """
        if self.result.fault is None:
            doubt = fault.ambiguous or self.delivery.in_doubt
            self.result.fault = replace(fault, step=step or fault.step, ambiguous=doubt)

    def warn(self, sentence: str) -> None:
        if sentence not in self.result.warnings:
            self.result.warnings.append(sentence)

    def note(
        self,
        step: Step,
        summary: str,
        sent: Any = None,
        answer: Any = None,
        status: int | None = None,
        request_id: str = "",
    ) -> None:
        self.result.notes.append(Note(step, summary, redact(sent), redact(answer), status, request_id))

    def write_of(self, object_name: str) -> RecordWrite | None:
        return self.delivery.persons.get(object_name)

    @property
    def open_further(self) -> list[FurtherWrite]:
        """The further records to write: also those that hang on a person who is another one by now."""
        delivery = self.delivery
        if not delivery.further:
            return []
        person = self.person_ref
        moved = person is not None and (delivery.known is None or not soql.same(person.id, delivery.known.id))
        return [further for further in delivery.further if moved or not further.unchanged]

    @property
    def person_ref(self) -> RemoteRef | None:
        """The person as written, or as found."""
        return self.result.person or (RemoteRef(self.person.object, self.person.id) if self.person else None)

    def again(self) -> None:
        """Forget what was found, for another round; notes and warnings stay as the story of it."""
        self.person = self.account = None
        self.unchanged = False
        self.result.fault = None


@dataclass(slots=True, eq=False)
class Look:
    """Questions gathered from several places and asked together, five statements to a call."""

    client: SalesforceClient
    _asked: list[tuple[Hashable, str]] = field(default_factory=list)
    _found: dict[Hashable, list[dict[str, Any]]] = field(default_factory=dict)
    _refused: dict[Hashable, Fault] = field(default_factory=dict)

    def ask(self, name: Hashable, statements: Iterable[str]) -> None:
        self._asked += [(name, statement) for statement in statements]

    def run(self) -> None:
        """Raises `ProviderError` when a call failed; a statement that was refused is told by `records`."""
        answers = self.client.query([statement for _, statement in self._asked])
        for (name, _), answer in zip(self._asked, answers, strict=True):
            if isinstance(answer, Fault):
                self._refused.setdefault(name, answer)
            else:
                self._found.setdefault(name, []).extend(answer)

    def records(self, name: Hashable) -> list[dict[str, Any]]:
        """What was found under a name, nothing where nothing was asked. Raises `Refused`."""
        if name in self._refused:
            raise Refused(self._refused[name])
        return self._found.get(name, [])

    def raise_refusal(self, besides: Collection[Hashable] = ()) -> None:
        """Raise `Refused` for the first statement that was refused, those of some names aside."""
        for name, fault in self._refused.items():
            if name not in besides:
                raise Refused(fault)

    def refusal(self, name: Hashable) -> Fault | None:
        return self._refused.get(name)


def changed_values(writes: Sequence[RecordWrite | None], present: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values for a record that is there: Write if Blank only where it is known to be blank."""
    given = [write for write in writes if write]
    fills = {name: value for write in given for name, value in write.if_blank.items()}
    blanks = {name: value for name, value in fills.items() if present is not None and is_blank(present.get(name))}
    return {**blanks, **{name: value for write in given for name, value in write.values.items()}}


def is_blank(value: Any) -> bool:
    """Whether Salesforce has nothing there. False and 0 are values."""
    return value is None or (isinstance(value, str) and not value.strip())
