"""What the benchmark tells: tables for people, bars that are met or missed, and one JSON line for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and what it may be `most` or has to be `least`."""

    name: str
    value: float
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool:
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def wanted(self) -> str:
        return f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"


@dataclass(slots=True)
class Report:
    figures: dict[str, Any] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def table(self, title: str, *columns: str) -> Table:
        table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
        for position, column in enumerate(columns):
            table.add_column(column, justify="left" if position < 2 else "right")
        self.tables.append(table)
        return table

    def bar(self, bar: Bar) -> None:
        self.bars.append(bar)

    def print(self, console: Console) -> None:
        for table in self.tables:
            console.print(table)
        for text in self.texts:
            console.print(text, markup=False, highlight=False, soft_wrap=True)
        missed = [bar for bar in self.bars if not bar.met]
        for bar in missed:
            console.print(f"Missed: {bar.name} is {bar.value:.2f}, wanted {bar.wanted}.", markup=False)
        console.print(f"{len(self.bars) - len(missed)} of {len(self.bars)} bars met.")

    def line(self) -> str:
        missed = [
            {"name": bar.name, "value": round(bar.value, 3), "wanted": bar.wanted} for bar in self.bars if not bar.met
        ]
        return json.dumps({**_rounded(self.figures), "bars": len(self.bars), "missed": missed}, ensure_ascii=False)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value
