"""The object types of the simulated account: their names, numbers and the properties HubSpot keeps by itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """One object type. `shown` are the properties an answer carries when the caller names none."""

    name: str
    singular: str
    type_id: str
    shown: tuple[str, ...]
    created: str = "hs_createdate"
    modified: str = "hs_lastmodifieddate"
    required: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    scope: str = "contacts"
    related: tuple[str, ...] = field(default=("contacts", "companies"))

    @property
    def upper(self) -> str:
        return self.singular.upper()

    @property
    def always(self) -> tuple[str, ...]:
        """The properties an answer carries whatever the caller asked for."""
        return (self.created, "hs_object_id", self.modified)


def _engagement(name: str, type_id: str) -> Kind:
    return Kind(
        name=name,
        singular=name[:-1],
        type_id=type_id,
        shown=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
        required=("hs_timestamp",),
    )


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="contacts",
            singular="contact",
            type_id="0-1",
            shown=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
            created="createdate",
            modified="lastmodifieddate",
            unique=("email",),
        ),
        Kind(
            name="companies",
            singular="company",
            type_id="0-2",
            shown=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
            created="createdate",
            scope="companies",
        ),
        _engagement("notes", "0-46"),
        _engagement("calls", "0-48"),
        _engagement("emails", "0-49"),
        _engagement("meetings", "0-47"),
        _engagement("communications", "0-18"),
        _engagement("tasks", "0-27"),
    )
}

_NAMES = {spelling: kind for kind in KINDS.values() for spelling in (kind.name, kind.singular, kind.type_id)}


def kind_called(name: str) -> Kind | None:
    """The object type meant by a path segment: `contacts`, `CONTACT` and `0-1` are the same one."""
    return _NAMES.get(name.lower())
