"""How many integrations of a category an organization may have active: the one place that knows.

Records are kept per lead and integration, so allowing a second one is a change of this page only. Disabled and
Needs attention count as active: their leads gather, and they come back with one click.
"""

from __future__ import annotations

from integrations.contract import Category
from integrations.models import Integration

ONE_AT_A_TIME = frozenset({Category.CRM, Category.MARKETING})

WORDS: dict[Category, str] = {
    Category.CRM: "CRM",
    Category.MARKETING: "marketing automation tool",
    Category.WEBHOOK: "webhook",
}


def rival(integrations: list[Integration], provider_key: str, category: Category) -> Integration | None:
    """The active integration among `integrations` that stands in the way of connecting `provider_key`."""
    if category not in ONE_AT_A_TIME:
        return None
    return next(
        (
            other
            for other in integrations
            if other.category == category
            and other.provider != provider_key
            and other.status != Integration.Status.DISCONNECTED
        ),
        None,
    )


def refusal(rival_name: str, name: str, category: Category) -> str:
    return f"{rival_name} is the active {WORDS[category]}. Disconnect it before you connect {name}."
