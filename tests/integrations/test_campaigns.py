"""The services of the Campaigns tab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from integrations import campaigns
from integrations.campaigns import CampaignRefused, Status
from integrations.contract import Campaign
from integrations.exporting import campaign_lines
from integrations.models import CampaignMapping, Integration
from integrations.setup import setup_of
from leads.capture import capture_lead
from leads.models import Capture, Change, Event, Organization, Qualifier, User
from tests.integrations.fake_provider import FakeProvider

pytestmark = pytest.mark.django_db

SUMMIT = Campaign("701", "Automate Summit", "campaign", statuses=("Sent", "Responded"), default_status="Sent")


@pytest.fixture
def event(organization: Organization) -> Event:
    return organization.events.create(name="Automate Summit 2026")


@pytest.fixture
def save(integration: Integration, event: Event, admin: User) -> Callable[..., CampaignMapping]:
    """Join a campaign to the event."""

    def write(campaign: Campaign = SUMMIT, **changes: Any) -> CampaignMapping:
        said: dict[str, Any] = {"events": [event], "threshold": 0, "by": admin, **changes}
        return campaigns.save_campaign(integration=integration, campaign=campaign, **said)

    return write


@pytest.fixture
def asked(fake: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> dict[str, Campaign]:
    """The campaigns that stand at the vendor, by id."""
    there: dict[str, Campaign] = {}
    monkeypatch.setattr(fake, "campaign", lambda client, *, campaign_id, kind: there.get(campaign_id))
    return there


def version(integration: Integration) -> int:
    return Integration.objects.get(pk=integration.pk).setup_version


def meet(event: Event, by: User, email: str, source: str = Capture.Source.BADGE_SCAN, times: int = 1) -> None:
    for _ in range(times):
        capture_lead(organization=event.organization, person={"email": email}, source=source, event=event, by=by)


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_a_campaign_is_joined_to_events_and_plans_become_stale(
    integration: Integration, save: Callable[..., CampaignMapping], event: Event, admin: User
) -> None:
    before = version(integration)

    saved = save(status=Status("Responded"), threshold=2)

    assert (saved.remote_id, saved.kind, saved.name, saved.status, saved.scan_threshold) == (
        "701",
        "campaign",
        "Automate Summit",
        "Responded",
        2,
    )
    assert (list(saved.events.all()), saved.activator) == ([event], admin)
    assert version(integration) == before + 1


def test_what_is_saved_is_what_planning_reads(
    integration: Integration, save: Callable[..., CampaignMapping], event: Event, rating: Qualifier
) -> None:
    hot = rating.values.get(label="Hot")

    save(status=Status("Sent", rating, {hot.pk: "Responded"}), threshold=1)

    (rule,) = setup_of(integration).campaigns
    assert (rule.campaign_id, rule.events, rule.status, rule.status_qualifier, dict(rule.status_by_value)) == (
        "701",
        frozenset({event.pk}),
        "Sent",
        rating.pk,
        {hot.pk: "Responded"},
    )


@pytest.mark.parametrize(
    ("campaign", "changes", "field", "words"),
    [
        (SUMMIT, {"events": []}, "events", "Choose at least one event."),
        (replace(SUMMIT, active=False), {}, "campaign", "“Automate Summit” is archived and takes no new members."),
        (
            SUMMIT,
            {"status": Status("Visited booth")},
            "status",
            "“Visited booth” is not a member status of “Automate Summit”. Its statuses are Sent, Responded.",
        ),
        (
            replace(SUMMIT, statuses=()),
            {"status": Status("Sent")},
            "status",
            "“Sent” is not a member status of “Automate Summit”. It has no statuses.",
        ),
    ],
)
def test_a_campaign_that_cannot_be_joined_like_this_is_refused(
    save: Callable[..., CampaignMapping], campaign: Campaign, changes: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(CampaignRefused) as refused:
        save(campaign, **changes)

    assert (refused.value.field, refused.value.sentence) == (field, words)
    assert not CampaignMapping.objects.exists()


def test_deciding_by_a_qualifier_needs_a_status_for_one_of_its_values(
    save: Callable[..., CampaignMapping], rating: Qualifier
) -> None:
    with pytest.raises(CampaignRefused, match="Choose a status for at least one value of Lead Score"):
        save(status=Status("Sent", rating, {}))


def test_a_campaign_is_on_the_list_once(save: Callable[..., CampaignMapping]) -> None:
    save()

    with pytest.raises(CampaignRefused, match="“Automate Summit” is on the list already"):
        save()


def test_a_campaign_that_was_archived_since_can_still_be_changed(
    save: Callable[..., CampaignMapping], organization: Organization
) -> None:
    mapping = save()
    other = organization.events.create(name="Packaging Expo West")

    saved = save(replace(SUMMIT, active=False), mapping=mapping, events=[other])

    assert (saved.pk, saved.is_archived, list(saved.events.all())) == (mapping.pk, True, [other])


def test_a_removed_campaign_makes_plans_stale(
    integration: Integration, save: Callable[..., CampaignMapping], admin: User
) -> None:
    mapping = save()
    before = version(integration)

    campaigns.remove_campaign(mapping=mapping, by=admin)

    assert not CampaignMapping.objects.exists()
    assert version(integration) == before + 1


# --- Refreshing -------------------------------------------------------------------------------------------------------


def test_what_was_archived_renamed_reopened_or_deleted_at_the_vendor_is_found(
    integration: Integration, save: Callable[..., CampaignMapping], asked: dict[str, Campaign], admin: User
) -> None:
    save(replace(SUMMIT, id="1", name="Closed"))
    reopened = save(replace(SUMMIT, id="2", name="Reopened"))
    CampaignMapping.objects.filter(pk=reopened.pk).update(is_archived=True)
    save(replace(SUMMIT, id="3", name="Deleted"))
    save(replace(SUMMIT, id="4", name="Old name"))
    asked["1"] = replace(SUMMIT, id="1", name="Closed", active=False)
    asked["2"] = replace(SUMMIT, id="2", name="Reopened")
    asked["4"] = replace(SUMMIT, id="4", name="New name")
    before = version(integration)

    report = campaigns.refresh_campaigns(integration=integration, by=admin)

    assert (report.checked, report.archived, report.reopened, report.gone) == (4, ["Closed"], ["Reopened"], ["Deleted"])
    assert dict(CampaignMapping.objects.values_list("name", "is_archived")) == {
        "Closed": True,
        "Reopened": False,
        "Deleted": True,
        "New name": False,
    }
    assert version(integration) == before + 1
    noted = Change.objects.filter(area="campaigns", actor=admin, subject__endswith="read from Fake CRM")
    assert set(noted.values_list("subject", "before", "after")) == {
        ("Closed, read from Fake CRM", "Is Archived: No", "Is Archived: Yes"),
        ("Reopened, read from Fake CRM", "Is Archived: Yes", "Is Archived: No"),
        ("Deleted, read from Fake CRM", "Is Archived: No", "Is Archived: Yes"),
        ("Old name, read from Fake CRM", "Name: Old name", "Name: New name"),
    }


def test_a_refresh_that_finds_nothing_new_does_not_make_plans_stale(
    integration: Integration, save: Callable[..., CampaignMapping], asked: dict[str, Campaign], admin: User
) -> None:
    save()
    asked["701"] = SUMMIT
    before, noted = version(integration), Change.objects.count()

    assert campaigns.refresh_campaigns(integration=integration, by=admin).archived == []
    assert (version(integration), Change.objects.count()) == (before, noted)


# --- Counting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("threshold", "expected"), [(0, 3), (1, 2), (2, 1), (3, 0)])
def test_leads_are_counted_from_their_scans_at_its_events(
    save: Callable[..., CampaignMapping],
    organization: Organization,
    event: Event,
    admin: User,
    threshold: int,
    expected: int,
) -> None:
    second = organization.events.create(name="Partner Dinner")
    elsewhere = organization.events.create(name="Packaging Expo West")
    meet(event, admin, "ada@brightforge.example")
    meet(second, admin, "ada@brightforge.example")
    meet(event, admin, "grace@brightforge.example")
    meet(elsewhere, admin, "grace@brightforge.example", times=3)
    meet(event, admin, "tim@brightforge.example", source=Capture.Source.CSV_UPLOAD)
    save(events=[event, second], threshold=threshold)

    assert [mapping.lead_count for mapping in CampaignMapping.objects.with_lead_counts()] == [expected]


# --- Export CSV -------------------------------------------------------------------------------------------------------


def test_the_spreadsheet_has_the_columns_of_the_table_and_runs_no_formula(
    save: Callable[..., CampaignMapping], rating: Qualifier
) -> None:
    hot = rating.values.get(label="Hot")
    save(replace(SUMMIT, id="1", name="=HYPERLINK(1)"), status=Status("Sent"), threshold=2)
    save(replace(SUMMIT, id="2", name="Dinner, late"), status=Status("", rating, {hot.pk: "Sent"}))
    save(replace(SUMMIT, id="3", name="Expo"))

    header, *lines = "".join(campaign_lines(CampaignMapping.objects.for_table())).splitlines()

    assert header == ("\ufeffName,Remote id,Is Archived,Qualifier Option,Lead Scan Threshold,Leads,Events,Activator")
    assert lines == [
        '\'=HYPERLINK(1),1,No,"Sent, fixed",2,0,Automate Summit 2026,mara@halden.example',
        '"Dinner, late",2,No,Lead Score,0,0,Automate Summit 2026,mara@halden.example',
        "Expo,3,No,The campaign's default,0,0,Automate Summit 2026,mara@halden.example",
    ]
