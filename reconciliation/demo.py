"""The main job without a browser: a file of leads goes into every simulated vendor, on real HTTP, and is counted there.

One organization per vendor, because an organization has one active CRM. Each step does what a person would do on a
screen, by the same services; the leads travel by the same tasks in a real worker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from integrations import connect, fields, mapping, schema
from integrations.contract import Role
from integrations.models import FieldMapping, Integration
from integrations.providers import app_of, provider_of
from integrations.sandbox.person import allow
from leads.fields import BY_KEY
from leads.models import Event, Member, Organization, Upload, User
from leads.uploads import importing, intake
from reconciliation.models import SyncRecord

Say = Callable[[str], None]
# Without any progress for this long the demo gives up, in seconds.
PATIENCE = 120.0


class DemoFailed(Exception):
    """The demo could not do its job; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What stands at one vendor in the end. `calls` as the vendor counted them for the leads, after the connection."""

    vendor: str
    leads: int
    cleared: int
    failed: int
    waiting: int
    calls: int
    seconds: float
    created: int
    updated: int

    @property
    def complete(self) -> bool:
        """Nothing was lost: every lead is Cleared, also those of files before."""
        return self.failed == 0 and self.waiting == 0 and self.cleared == self.leads > 0

    def line(self) -> str:
        figures = f"cleared={self.cleared} failed={self.failed} waiting={self.waiting}"
        return f"{self.vendor} {figures} calls={self.calls} seconds={self.seconds:.1f}"


def carry_file(*, path: Path, provider_key: str, say: Say) -> Outcome:
    """Carry the leads of `path` into one simulated vendor. Raises `DemoFailed`, `FileRefused`."""
    sandbox = Sandbox(app_of(provider_key).login_url)
    at_first = sandbox.stats()
    organization, admin = _organization(provider_key)
    integration = _connected(organization, admin, provider_key)
    _map(integration, admin, say)
    before = sandbox.stats()
    account = f"{provider_of(provider_key).name} as {integration.account_name}"
    say(f"Connected to {account} in {before['calls'] - at_first['calls']} calls")
    began = time.monotonic()
    upload = _upload(organization, admin, path, say)
    _drain(integration, upload)
    seconds = time.monotonic() - began
    after = sandbox.stats()
    tally = SyncRecord.objects.of(integration).tally()
    return Outcome(
        vendor=provider_key,
        leads=organization.leads.count(),
        cleared=tally["cleared"],
        failed=tally["failed"],
        waiting=tally["waiting"],
        calls=after["calls"] - before["calls"],
        seconds=seconds,
        created=_sum(after["created"]) - _sum(before["created"]),
        updated=_sum(after["updated"]) - _sum(before["updated"]),
    )


class Sandbox:
    """The control side of one simulated vendor."""

    def __init__(self, url: str) -> None:
        self.url = url

    def stats(self) -> dict:
        try:
            answer = requests.get(f"{self.url}/_sandbox/stats", timeout=30)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise DemoFailed(
                f"The demo needs the simulated vendor at {self.url}, which does not answer: {error}"
            ) from error
        return answer.json()


def _organization(provider_key: str) -> tuple[Organization, User]:
    name = f"Demo {provider_of(provider_key).name}"
    organization, _ = Organization.objects.get_or_create(slug=f"demo-{provider_key}", defaults={"name": name})
    admin = User.objects.filter(email=f"demo@{provider_key}.example").first()
    if admin is None:
        admin = User.objects.create_user(f"demo@{provider_key}.example")
    Member.objects.get_or_create(organization=organization, user=admin, defaults={"role": Member.Role.ADMIN})
    return organization, admin


def _connected(organization: Organization, admin: User, provider_key: str) -> Integration:
    """Through the vendor's own consent page, each time: the simulated vendor has another address at every start."""
    url = connect.begin(organization=organization, provider_key=provider_key, user=admin, session_key="demo")
    back = allow(url)
    finished = connect.finish(
        organization=organization,
        user=admin,
        session_key="demo",
        state=back.get("state", ""),
        code=back.get("code", ""),
        callback=back,
    )
    if finished.other_account:
        return connect.accept_account(organization=organization, provider_key=provider_key, user=admin)
    return finished.integration


def _map(integration: Integration, admin: User, say: Say) -> None:
    """Create recommended fields, then Set Defaults, on each object of people and companies."""
    filled = kept = 0
    looked_for: dict[str, None] = {}
    for name, remote in schema.remote_objects(integration).items():
        if remote.role not in (Role.PERSONA, Role.COMPANY):
            continue
        filled += _made(integration, name, remote.label, admin, say)
        report = mapping.set_defaults(integration=integration, object_name=name, by=admin)
        filled, kept = filled + len(report.filled), kept + report.kept
        looked_for |= dict.fromkeys(entry.label for entry in report.unplaced)
    # What a company's object holds, a person's need not.
    mapped = FieldMapping.objects.filter(integration=integration).values_list("mobly_field", flat=True)
    placed = {BY_KEY[key].label for key in mapped if key in BY_KEY}
    homeless = [label for label in looked_for if label not in placed]
    say(f"Mapping: {filled} rows filled, {kept} were filled already; {_placed(homeless)}")


def _placed(homeless: Sequence[str]) -> str:
    return f"no place for {', '.join(homeless)}" if homeless else "every field has its place"


def _made(integration: Integration, object_name: str, label: str, admin: User, say: Say) -> int:
    """Make the recommended fields that an object lacks; returns how many rows they fill. Raises `DemoFailed`."""
    keys = [new.mobly_field for new in fields.missing_fields(integration=integration, object_name=object_name)]
    if not keys:
        return 0
    try:
        report = fields.create_fields(integration=integration, object_name=object_name, keys=keys, by=admin)
    except fields.FieldsRefused as refused:
        raise DemoFailed(f"{label}: {refused.sentence}") from refused
    say(f"{label}: {len(report.made)} recommended fields created")
    for outcome in report.failed:
        say(f"  {outcome.field.label}: {outcome.problem}")
    return len(report.filled)


def _upload(organization: Organization, admin: User, path: Path, say: Say) -> Upload:
    event, _ = Event.objects.get_or_create(organization=organization, name="Demo upload")
    upload = intake.take_in(
        organization=organization, by=admin, filename=path.name, data=path.read_bytes(), event=event
    )
    ready, bad = (upload.rows.filter(state=state).count() for state in ("ready", "bad"))
    say(f"{path.name}: {upload.total} rows, {ready} ready, {bad} to fix")
    for row in upload.rows.filter(state="bad")[:10]:
        say(f"  line {row.number}: {' '.join(str(problem) for problem in row.problems.values())}")
    if not ready:
        raise DemoFailed(f"{path.name} has no row that can become a lead.")
    return importing.start_import(upload=upload, event=event)


def _drain(integration: Integration, upload: Upload) -> None:
    """Until the file is imported and nothing of it waits any more, or nothing moves for long. Raises `DemoFailed`."""
    seen, since = None, time.monotonic()
    while True:
        upload.refresh_from_db()
        if upload.state == Upload.State.FAILED:
            raise DemoFailed(upload.problem)
        tally = SyncRecord.objects.of(integration).tally()
        if upload.state == Upload.State.DONE and tally["waiting"] == 0:
            return
        now = (upload.done, tuple(sorted(tally.items())))
        if now != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            return
        time.sleep(0.1)


def _sum(counts: dict[str, int]) -> int:
    return sum(counts.values())
