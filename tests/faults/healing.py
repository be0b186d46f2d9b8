"""After the last misfortune: everything works again, people do what the screens ask of them, and the queue runs dry."""

from __future__ import annotations

import random
import time

from django.utils import timezone

from integrations.contract import Cause
from leads.models import Lead
from reconciliation import actions, outbox
from tests.crm import named
from tests.faults import deeds
from tests.faults.ground import Ground
from tests.faults.judging import Problem
from tests.faults.world import World

DRAIN_SECONDS = 30.0
# Looks in a row that must find nothing to do.
QUIET_LOOKS = 3


def healed(ground: Ground, world: World, steps: list[str]) -> list[Problem]:
    """Heal and drain. Answers what could not be drained."""
    ground.traps.disarm()
    ground.traps.wake()
    world.vendor.calm()
    ground.replace_fallen()
    steps += _asked_of_people(world)
    problems = _drained(ground, world, steps)
    # What was on its way while the setup changed was sent with the older one, and is offered again.
    while not problems and world.outdated().exists():
        steps.append(f"drains: {deeds.send_outdated(world, random.Random(0))}")
        problems = _drained(ground, world, steps)
    return problems or _decided(ground, world, steps)


def _asked_of_people(world: World) -> list[str]:
    """What a person would do who reads the tabs: sign in again, switch it on, send what waits to be sent."""
    rng, said = random.Random(0), []
    if opened := world.open_up():
        said.append(f"heals: {opened}")
    if world.fresh().is_manual:
        said.append(f"heals: {deeds.go_automatic(world, rng)}")
    said.append(f"heals: sends {actions.send_earlier_leads(integration=world.integration)} earlier leads")
    said.append(f"heals: {deeds.send_outdated(world, rng)}")
    for lead in world.leads:
        if lead.pk in world.touched:
            actions.push_lead(integration=world.integration, lead=lead)
    return said


def _drained(ground: Ground, world: World, steps: list[str]) -> list[Problem]:
    """Until nothing waits and nobody works. Time is let pass; hints are not spared."""
    until, quiet = time.monotonic() + DRAIN_SECONDS, 0
    while quiet < QUIET_LOOKS:
        quiet = quiet + 1 if world.is_quiet() else 0
        if time.monotonic() > until:
            return [Problem("stuck", f"The integration does not come to rest: {_state(world)}.")]
        if not quiet:
            # A revocation may be noticed only now.
            if opened := world.open_up():
                steps.append(f"drains: {opened}")
            world.let_time_pass()
            world.let_searches_catch_up()
            # A worker whose broker restarts under its hands may end itself; whoever runs it starts another.
            ground.replace_fallen()
            if ground.has_time():
                outbox.hint(world.integration.pk)
        time.sleep(0.06 if quiet else 0.15)
    return []


def _state(world: World) -> str:
    waiting = list(world.records().filter(state="waiting").values_list("lead__last_name", "cause", "message", "due_at"))
    integration = world.fresh()
    enriching = world.organization.leads.filter(enrichment=Lead.Enrichment.PENDING).count()
    status = f"{integration.status} ({integration.status_reason})"
    return f"{enriching} leads wait for enrichment, it is {status}; waiting: {waiting} at {timezone.now()}"


def _decided(ground: Ground, world: World, steps: list[str]) -> list[Problem]:
    """Where no key could tell, a person looks: links what is there, sends again what is not."""
    persons, problems = world.vendor.persons(), []
    asked = list(world.records().failed().filter(cause=Cause.UNCONFIRMED.value).select_related("lead"))
    for record in asked:
        mark = record.lead.last_name
        still_known = record.lead.email and record.tried_email == record.lead.email_key
        if still_known or world.has_own_id:
            problems.append(Problem("wrong", f"{mark} is UNCONFIRMED, though a key could tell."))
        found = named(persons, mark)
        if found:
            actions.link(record=record, object_name=found[0].object, remote_id=found[0].id)
        else:
            actions.send_again(record=record)
        steps.append(f"decides: {mark} is {'linked' if found else 'sent again'}")
    world.asked += len(asked)
    if not asked:
        return problems
    # On a busy machine an answer may come too late once more, and a person is asked once more.
    return [*problems, *(_drained(ground, world, steps) or _decided(ground, world, steps))]
