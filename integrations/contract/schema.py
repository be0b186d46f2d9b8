"""What a vendor has: objects, their fields, the options of a picklist, fields to be made there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.contract.words import FieldType, Role


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a picklist: what is sent, and what people read."""

    value: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class RemoteField:
    """One field of a remote object, as the vendor's own describe tells it.

    `length` counts characters, None when the vendor states none. `required` means: a create without it is refused.
    `options` is empty for fields that are not picklists and for picklists whose options the vendor does not tell;
    `restricted` says whether a value outside `options` is refused.
    """

    name: str
    label: str
    type: FieldType
    vendor_type: str = ""
    length: int | None = None
    required: bool = False
    creatable: bool = True
    updatable: bool = True
    unique: bool = False
    custom: bool = False
    restricted: bool = False
    options: tuple[Option, ...] = ()
    group: str = ""
    help: str = ""
    # It takes the name of a social profile (`halden`), not its address.
    handle: bool = False

    @property
    def writable(self) -> bool:
        return self.creatable or self.updatable

    def option(self, value: str) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """One object of the vendor with its fields (`fields` by API name, in the vendor's order)."""

    name: str
    label: str
    plural: str
    role: Role
    fields: Mapping[str, RemoteField]
    readable: bool = True
    creatable: bool = True
    updatable: bool = True

    def required(self) -> list[RemoteField]:
        return [remote for remote in self.fields.values() if remote.required and remote.creatable]


@dataclass(frozen=True, slots=True)
class FurtherObject:
    """An object of the customer's own that an admin added to the mapping: a lead has at most one record of it.

    `ties` is person or company object -> the lookup field by which a record hangs on one of these.
    """

    name: str
    label: str
    ties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OfferedObject:
    """An object that could be added. `lookups` is person or company object -> the fields that point there, by API
    name.
    """

    name: str
    label: str
    lookups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class NewField:
    """A field we offer to make at the vendor for one Mobly field. `name` is our suggestion for its API name; a vendor
    may make another of it. `length` counts characters, None where the type has none; `unique` asks for a unique or
    external id where the vendor has such a thing.
    """

    mobly_field: str
    name: str
    label: str
    type: FieldType
    length: int | None = None
    unique: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class MadeField:
    """What became of a `NewField`: its API name at the vendor, or the `problem` in words."""

    field: NewField
    name: str = ""
    problem: str = ""

    @property
    def made(self) -> bool:
        return bool(self.name)
