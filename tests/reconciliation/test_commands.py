"""What operators type: resync, sync_status, demo."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.models import Integration
from leads.models import Event, Organization
from reconciliation.demo import Outcome
from reconciliation.models import SyncRecord
from tests.reconciliation.test_pages import a_record


@pytest.fixture
def integration(db: None) -> Integration:
    organization = Organization.objects.create(name="Halden Robotics", slug="halden")
    return Integration.objects.create(
        organization=organization,
        provider="salesforce",
        category="crm",
        status="connected",
        connected_at=timezone.now(),
    )


def said(name: str, *args: str, **options: Any) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out, **options)
    return out.getvalue()


def test_resync_sends_failed_leads_again(integration: Integration) -> None:
    failed, cleared = a_record(integration, "a", "failed"), a_record(integration, "b")
    assert "1 lead due again." in said("resync", "--organization", "Halden Robotics")
    failed.refresh_from_db()
    cleared.refresh_from_db()
    assert (failed.state, cleared.state) == ("waiting", "cleared")


def test_resync_all_sends_cleared_leads_too(integration: Integration) -> None:
    a_record(integration, "a", "failed")
    a_record(integration, "b")
    assert "2 leads due again." in said("resync", "--all", "--integration", "salesforce", "--yes")
    assert SyncRecord.objects.filter(state="waiting", pushed=True).count() == 2


def test_a_dry_run_changes_nothing_and_says_what_it_would_do(integration: Integration) -> None:
    a_record(integration, "a", "failed")
    told = said("resync", "--dry-run")
    assert "Halden Robotics, salesforce: 1 lead" in told
    assert "Nothing was changed." in told
    assert SyncRecord.objects.filter(state="failed").count() == 1


def test_resync_can_be_narrowed_to_an_event_a_cause_a_day_and_a_lead(integration: Integration) -> None:
    event = Event.objects.create(organization=integration.organization, name="Automate Summit 2026")
    mine = a_record(integration, "mine", "failed", event=event)
    a_record(integration, "other", "failed", cause="PERMISSION")
    for narrowing in (
        ["--event", "automate summit 2026"],
        ["--cause", "NO_TAG_MAPPING"],
        ["--lead", "MINE@x.example"],
        ["--lead", str(mine.lead.uid), "--since", "1"],
    ):
        assert "1 lead would be sent again" in said("resync", "--dry-run", *narrowing)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--organization", "Nobody"], "There are: Halden Robotics."),
        (["--integration", "zoho"], "Providers that are in use: salesforce."),
        (["--event", "Nowhere"], "There is no event “Nowhere”."),
        (["--lead", "nobody@x.example"], "There is no lead"),
        (["--lead", "17"], "neither an e-mail address nor a Mobly Lead ID"),
        (["--since", "yesterday"], "neither a day such as 2026-11-19 nor a number of days"),
        (["--since", "2026-13-77"], "neither a day such as 2026-11-19 nor a number of days"),
        (["--force"], "--force goes with --all"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_there_is(
    integration: Integration, args: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        said("resync", *args)


def test_resync_of_everything_wants_a_yes(integration: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    a_record(integration, "a", "failed")
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="say --yes"):
        said("resync")
    assert "1 lead due again." in said("resync", "--yes")


def test_resync_with_nothing_to_do_says_so(integration: Integration) -> None:
    assert "nothing to do" in said("resync", "--yes")


def test_the_status_has_a_line_for_each_integration_with_its_figures(integration: Integration) -> None:
    for number, state in enumerate(["cleared", "cleared", "failed", "waiting"]):
        a_record(integration, f"n{number}", state)
    told = said("sync_status")
    [line] = [line for line in told.splitlines() if "salesforce" in line and "Halden" in line]
    figures = [cell.strip() for cell in line.strip("│").split("│")]
    assert figures[:7] == ["Halden Robotics", "salesforce", "Connected", "Automatic", "2", "1", "1"]
    assert "NO_TAG_MAPPING 1" in told


def test_the_status_without_any_integration_says_so(db: None) -> None:
    with pytest.raises(CommandError, match="No integration was ever connected"):
        said("sync_status")


@pytest.mark.parametrize(
    ("cleared", "failed", "waiting", "complete"), [(5, 0, 0, True), (4, 1, 0, False), (4, 0, 1, False)]
)
def test_the_demo_is_complete_only_when_nothing_was_lost(
    cleared: int, failed: int, waiting: int, complete: bool
) -> None:
    outcome = Outcome("salesforce", 5, cleared, failed, waiting, calls=3, seconds=1.25, created=5, updated=0)
    assert outcome.complete is complete
    assert outcome.line().startswith(
        f"salesforce cleared={cleared} failed={failed} waiting={waiting} calls=3 seconds=1.2"
    )


def test_the_demo_refuses_a_file_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="There is no file"):
        call_command("demo", "/nowhere/leads.csv")
