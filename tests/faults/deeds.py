"""What people do in a history: each deed takes the world and a random source and says in words what it did.

A deed that the product refuses in words (a vendor that does not answer a sign-in, say) is a refusal, not a fault.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from django.utils import timezone

from integrations import campaigns, connect, mapping, switches
from integrations.campaigns import CampaignRefused
from integrations.connect import ConnectRefused
from integrations.contract import ProviderError, WriteBehaviour
from integrations.models import CampaignMapping, FieldMapping, Integration
from integrations.sandbox.person import ConsentRefused
from leads import qualifiers
from leads.capture import Meeting, capture_many, edit_lead
from leads.engagements import log_engagement
from leads.models import Capture, Engagement, Lead
from reconciliation import actions
from tests.faults.world import TITLES, World

Deed = Callable[[World, random.Random], str]

REFUSALS = (ConnectRefused, ConsentRefused, CampaignRefused, ProviderError, switches.SwitchRefused, OSError)
KINDS = ("note", "call", "email", "calendar_invite", "text")


def capture(world: World, rng: random.Random) -> str:
    lead = world.capture(rng, email=rng.random() < 0.8)
    return f"captures {lead.last_name}{'' if lead.email else ' without an e-mail'}"


def crowd(world: World, rng: random.Random) -> str:
    """A list of people at one company that is new to us: two batches at least."""
    start = len(world.leads)
    meetings = [
        Meeting(
            {
                "first_name": "Crowd",
                "last_name": f"{world.seed}n{start + place}",
                "email": f"p{world.seed}n{start + place}@gmail.com",
                "company_name": f"Crowd {world.seed} {start}",
            },
            Capture.Source.CSV_UPLOAD,
            event=world.events[0],
        )
        for place in range(rng.randint(5, 9))
    ]
    world.leads += [done.lead for done in capture_many(organization=world.organization, meetings=meetings)]
    return f"imports {len(meetings)} people of one company"


def open_up(world: World, rng: random.Random) -> str:
    return world.open_up()


def nudge(world: World, rng: random.Random) -> str:
    """Work of every kind that flows at once. Who comes by it is nobody that a later decision may fall on."""
    done = world.open_up()
    lead = world.capture(rng, leads=world.extras)
    world.engagements += 1
    notes = f"talk {world.seed}t{world.engagements}t"
    kind = Engagement.Kind(rng.choice(KINDS))
    log_engagement(lead=lead, kind=kind, notes=notes, happened_at=timezone.now(), by=world.admin)
    actions.push_lead(integration=world.integration, lead=lead)
    return f"{done}captures {lead.last_name}, logs a {kind} with them, and pushes them"


def meet_again(world: World, rng: random.Random) -> str:
    lead = _some(world, rng)
    said = {"first_name": lead.first_name, "last_name": lead.last_name, "email": lead.email, "company_name": ""}
    if not lead.email:
        said["company_name"] = lead.company_name
    meeting = Meeting(said, Capture.Source.BADGE_SCAN, event=rng.choice(world.events))
    capture_many(organization=world.organization, meetings=[meeting], fresh=True)
    return f"meets {lead.last_name} again"


def edit(world: World, rng: random.Random) -> str:
    """Back and forth between few values: what an older worker sent is soon the newest again."""
    lead, title = _some(world, rng), rng.choice(TITLES)
    edit_lead(lead=lead, values={"job_title": title}, by=world.admin)
    return f"makes {lead.last_name} {title}"


def change_email(world: World, rng: random.Random) -> str:
    lead = _some(world, rng)
    address = f"q{lead.last_name}x{rng.randrange(1000)}@gmail.com"
    edit_lead(lead=lead, values={"email": address}, by=world.admin)
    return f"gives {lead.last_name} the e-mail {address}"


def engage(world: World, rng: random.Random) -> str:
    lead, kind = _some(world, rng), rng.choice(KINDS)
    world.engagements += 1
    mark = f"talk {world.seed}t{world.engagements}t"
    log_engagement(lead=lead, kind=Engagement.Kind(kind), notes=mark, happened_at=timezone.now(), by=world.admin)
    return f"logs a {kind} with {lead.last_name}: {mark}"


def answer(world: World, rng: random.Random) -> str:
    lead = _some(world, rng)
    value = rng.choice(list(world.qualifier.values.order_by("pk")))
    qualifiers.answer(lead=lead, answers={world.qualifier.pk: [value.pk]}, by=world.admin)
    return f"answers {value.label} for {lead.last_name}"


def map_fields(world: World, rng: random.Random) -> str:
    """One row of the mapping: emptied, filled again, or with another behaviour."""
    rows = list(FieldMapping.objects.filter(integration=world.integration, mobly_field="job_title").order_by("object"))
    name = rows[0].object if rows else world.person_object
    if not rows:
        mapping.map_field(
            integration=world.integration,
            object_name=name,
            source_key="job_title",
            remote_field=world.vendor.job_title_of(name),
            by=world.admin,
        )
        return f"maps the job title of {name} again"
    if rng.random() < 0.4:
        mapping.clear_field(integration=world.integration, object_name=name, source_key="job_title", by=world.admin)
        return f"clears the mapping of the job title of {name}"
    behaviour = rng.choice(list(WriteBehaviour))
    mapping.set_behaviour(
        integration=world.integration, object_name=name, source_key="job_title", behaviour=behaviour, by=world.admin
    )
    return f"sets the job title of {name} to {behaviour}"


def map_campaign(world: World, rng: random.Random) -> str:
    campaign = rng.choice(world.campaigns)
    events = rng.sample(world.events, rng.randint(1, len(world.events)))
    known = CampaignMapping.objects.filter(integration=world.integration, remote_id=campaign.id).first()
    status = campaigns.Status(fixed=rng.choice(["", *campaign.statuses]))
    campaigns.save_campaign(
        integration=world.integration,
        campaign=campaign,
        events=events,
        threshold=0,
        status=status,
        mapping=known,
        by=world.admin,
    )
    return f"joins {campaign.name} with {len(events)} events{f' as {status.fixed}' if status.fixed else ''}"


def go_manual(world: World, rng: random.Random) -> str:
    switches.set_sync_mode(integration=world.integration, mode=Integration.Mode.MANUAL, by=world.admin)
    return "sets it to Manual"


def go_automatic(world: World, rng: random.Random) -> str:
    switches.set_sync_mode(integration=world.integration, mode=Integration.Mode.AUTOMATIC, by=world.admin)
    return "sets it to Automatic"


def push(world: World, rng: random.Random) -> str:
    lead = _some(world, rng)
    actions.push_lead(integration=world.integration, lead=lead)
    return f"pushes {lead.last_name}"


def push_all(world: World, rng: random.Random) -> str:
    return f"pushes the {actions.push(integration=world.integration, records=world.records())} that wait"


def push_event(world: World, rng: random.Random) -> str:
    event = rng.choice(world.events)
    return f"pushes the {actions.push_event(integration=world.integration, event=event)} leads of {event.name}"


def send_outdated(world: World, rng: random.Random) -> str:
    return f"sends {actions.resend(integration=world.integration, records=world.outdated())} outdated ones again"


def disable(world: World, rng: random.Random) -> str:
    switches.disable(integration=world.integration, by=world.admin)
    return "disables it"


def enable(world: World, rng: random.Random) -> str:
    switches.enable(integration=world.integration, by=world.admin)
    return "enables it"


def reconnect(world: World, rng: random.Random) -> str:
    """Disconnect, somebody is met meanwhile, connect."""
    connect.disconnect(integration=world.integration, by=world.admin)
    lead = world.capture(rng)
    world.connect()
    return f"disconnects, captures {lead.last_name}, connects again"


def dismiss(world: World, rng: random.Random) -> str:
    return f"dismisses {len(actions.dismiss(integration=world.integration, records=world.records()))} failed ones"


def retry(world: World, rng: random.Random) -> str:
    return f"retries {actions.retry(integration=world.integration, records=world.records())}"


# How often each is done, in parts.
OFTEN: dict[Deed, int] = {
    capture: 6, crowd: 2, meet_again: 3, edit: 6, change_email: 1, engage: 6, answer: 3, map_fields: 2, map_campaign: 2,
    go_manual: 1, go_automatic: 2, push: 3, push_all: 1, push_event: 1, send_outdated: 2, disable: 1, enable: 2,
    reconnect: 1, dismiss: 1, retry: 2,
}  # fmt: skip


def do(deed: Deed, world: World, rng: random.Random) -> str:
    """The deed, or in which words it was refused."""
    try:
        return deed(world, rng)
    except REFUSALS as refused:
        return f"{deed.__name__}: refused, {refused}"


def chosen(rng: random.Random) -> Deed:
    return rng.choices(list(OFTEN), weights=list(OFTEN.values()))[0]


def _some(world: World, rng: random.Random) -> Lead:
    lead = rng.choice(world.leads)
    return Lead.objects.get(pk=lead.pk)
