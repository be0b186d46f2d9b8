"""How fast the one-at-a-time integration is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from tests.bench.plain import Carry, Person, hubspot, pipedrive, salesforce, zoho
from tests.bench.stage import Case
from tests.vendors import SandboxVendor

OPENED: dict[str, Callable[[SandboxVendor, Case], AbstractContextManager[Carry]]] = {
    "salesforce": salesforce.opened,
    "hubspot": hubspot.opened,
    "pipedrive": pipedrive.opened,
    "zoho": zoho.opened,
}


def seconds_per_lead(sandbox: SandboxVendor, case: Case, people: Sequence[Person]) -> float:
    """How long one lead takes on average, over the given people but the first."""
    with OPENED[sandbox.name](sandbox, case) as carry:
        carry(people[0])  # whatever the client does once, it does here
        began = time.monotonic()
        for person in people[1:]:
            carry(person)
        return (time.monotonic() - began) / (len(people) - 1)
