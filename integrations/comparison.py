"""Comparing the CRM integrations: one table, made of nothing but what the providers declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from integrations.contract import Category, EngagementKind, Feature, Provider, Role
from integrations.providers import PROVIDERS, options_of


@dataclass(frozen=True, slots=True)
class Cell:
    """One vendor's answer: `words` say how, or why not. `has` is None where it is no question of yes or no."""

    vendor: str
    words: str
    has: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    heading: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One part of the comparison: its title, the vendors' names in order, its rows."""

    title: str
    vendors: tuple[str, ...]
    rows: tuple[Row, ...]


ENGAGEMENTS = {
    EngagementKind.NOTE: "Note",
    EngagementKind.CALL: "Call",
    EngagementKind.EMAIL: "E-mail",
    EngagementKind.TEXT: "Text message",
    EngagementKind.LINKEDIN: "LinkedIn touch",
    EngagementKind.FACEBOOK: "Facebook touch",
    EngagementKind.X: "X touch",
    EngagementKind.CALENDAR_INVITE: "Calendar invite",
}


def comparison() -> list[Table]:
    """The tables of the comparison page, CRMs in the order of the Integrations page."""
    providers = [provider for provider in PROVIDERS.values() if provider.category is Category.CRM]
    return [
        _table("Connecting and objects", providers, _of_connecting(providers)),
        _table("What is carried", providers, (_of_feature(feature, providers) for feature in Feature)),
        _table("Engagements", providers, (_of_engagement(kind, providers) for kind in EngagementKind)),
    ]


def as_markdown(tables: Sequence[Table]) -> str:
    """The same tables for the docs; a lacking feature begins with No."""
    return "\n".join(line for table in tables for line in _lines(table))


def _table(title: str, providers: Sequence[Provider], rows: Iterable[Row]) -> Table:
    return Table(title, tuple(provider.name for provider in providers), tuple(rows))


def _of_connecting(providers: Sequence[Provider]) -> Iterator[Row]:
    yield Row("Ways to connect", tuple(_plain(one, _listed(way.label for way in one.methods)) for one in providers))
    yield Row("Person objects", tuple(_plain(one, _objects(one, Role.PERSONA)) for one in providers))
    yield Row("Company object", tuple(_plain(one, _objects(one, Role.COMPANY)) for one in providers))
    yield Row("Settings", tuple(_plain(one, _settings(one)) for one in providers))


def _of_feature(feature: Feature, providers: Sequence[Provider]) -> Row:
    return Row(feature.value, tuple(_declared(feature, provider) for provider in providers))


def _declared(feature: Feature, provider: Provider) -> Cell:
    said = provider.capabilities
    if feature in said.has:
        return Cell(provider.name, said.has[feature], has=True)
    return Cell(provider.name, said.lacks[feature], has=False)


def _of_engagement(kind: EngagementKind, providers: Sequence[Provider]) -> Row:
    cells = (
        Cell(
            provider.name,
            provider.capabilities.engagements.get(kind, "Not logged."),
            kind in provider.capabilities.engagements,
        )
        for provider in providers
    )
    return Row(ENGAGEMENTS[kind], tuple(cells))


def _plain(provider: Provider, words: str) -> Cell:
    return Cell(provider.name, words)


def _objects(provider: Provider, role: Role) -> str:
    """The objects of a role with every choice of the provider's settings, the default's first."""
    names = [name for name, theirs in provider.object_names(options_of(provider, {})) if theirs is role]
    for setting in provider.settings:
        for choice in setting.choices:
            chosen = options_of(provider, {setting.key: choice.value})
            names += [name for name, theirs in provider.object_names(chosen) if theirs is role]
    return _listed(dict.fromkeys(name[:1].upper() + name[1:] for name in names)) or "None"


def _settings(provider: Provider) -> str:
    return _listed(setting.label for setting in provider.settings) or "None"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _lines(table: Table) -> Iterator[str]:
    yield f"## {table.title}\n"
    yield f"| | {' | '.join(table.vendors)} |"
    yield "| --- " * (len(table.vendors) + 1) + "|"
    for row in table.rows:
        yield f"| **{row.heading}** | {' | '.join(map(_words, row.cells))} |"
    yield ""


def _words(cell: Cell) -> str:
    words = cell.words.replace("|", "\\|")
    return f"No. {words}" if cell.has is False and cell.words != "Not logged." else words
