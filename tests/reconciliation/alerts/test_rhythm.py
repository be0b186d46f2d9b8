"""When a rule looks: the clock of a place, through every summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.alerting.rhythm import Rhythm, hours_of, next_due
from reconciliation.models import AlertRule
from tests.reconciliation.alerts.conftest import moment

ZONES = ["UTC", "Europe/Oslo", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana"]
LONGEST = {
    Rhythm.HOURLY: timedelta(hours=1),
    Rhythm.TWICE_DAILY: timedelta(hours=17),
    Rhythm.DAILY: timedelta(hours=25),
    Rhythm.WEEKLY: timedelta(days=7, hours=1),
}


def due(rhythm: Rhythm, after: str, zone: str = "Europe/Oslo", hour: int = 8) -> datetime:
    return next_due(rhythm=rhythm, hour=hour, zone=ZoneInfo(zone), after=moment(after))


@pytest.mark.parametrize(
    ("rhythm", "after", "expected"),
    [
        (Rhythm.HOURLY, "2026-11-22T14:20+01:00", "2026-11-22T15:00+01:00"),
        (Rhythm.HOURLY, "2026-11-22T15:00+01:00", "2026-11-22T16:00+01:00"),
        (Rhythm.TWICE_DAILY, "2026-11-22T07:59+01:00", "2026-11-22T08:00+01:00"),
        (Rhythm.TWICE_DAILY, "2026-11-22T08:00+01:00", "2026-11-22T16:00+01:00"),
        (Rhythm.TWICE_DAILY, "2026-11-22T16:00+01:00", "2026-11-23T08:00+01:00"),
        (Rhythm.DAILY, "2026-11-22T08:00+01:00", "2026-11-23T08:00+01:00"),
        (Rhythm.WEEKLY, "2026-11-22T14:20+01:00", "2026-11-23T08:00+01:00"),
        (Rhythm.WEEKLY, "2026-11-23T08:00+01:00", "2026-11-30T08:00+01:00"),
        # The clock goes back on 25 October and forward on 28 March: 08:00 stays 08:00.
        (Rhythm.DAILY, "2026-10-24T08:00+02:00", "2026-10-25T08:00+01:00"),
        (Rhythm.DAILY, "2027-03-27T08:00+01:00", "2027-03-28T08:00+02:00"),
    ],
)
def test_a_rule_looks_at_the_next_hour_of_its_rhythm(rhythm: Rhythm, after: str, expected: str) -> None:
    assert due(rhythm, after) == moment(expected)


def test_an_hour_that_summer_time_leaves_out_is_looked_at_as_it_would_begin() -> None:
    assert due(Rhythm.DAILY, "2027-03-28T01:00+01:00", hour=2) == moment("2027-03-28T03:00+02:00")


def test_an_hour_that_comes_twice_counts_once() -> None:
    first = due(Rhythm.DAILY, "2026-10-25T01:00+02:00", hour=2)

    assert first == moment("2026-10-25T02:00+02:00")
    assert due(Rhythm.DAILY, first.isoformat(), hour=2) == moment("2026-10-26T02:00+01:00")


def test_the_pure_rhythms_are_those_that_are_stored() -> None:
    assert {rhythm.value for rhythm in Rhythm} == set(AlertRule.Rhythm.values)


@given(
    rhythm=st.sampled_from(Rhythm),
    hour=st.integers(0, 23),
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_looks_follow_one_another_on_time_whatever_the_clock_does(
    rhythm: Rhythm, hour: int, zone: str, start: datetime
) -> None:
    place, looks = ZoneInfo(zone), [start]
    for _ in range(12):
        looks.append(next_due(rhythm=rhythm, hour=hour, zone=place, after=looks[-1]))

    assert all(timedelta() < later - earlier <= LONGEST[rhythm] for earlier, later in pairwise(looks))
    if rhythm is not Rhythm.HOURLY:
        locals_ = [look.astimezone(place) for look in looks[1:]]
        per_day = len(hours_of(rhythm, hour))
        # What the clock skips comes within the hour after; nothing comes before its hour.
        assert all((local.hour - at) % 24 <= 1 for local in locals_ for at in [_nearest(local.hour, rhythm, hour)])
        assert all(sum(other.date() == local.date() for other in locals_) <= per_day for local in locals_)
        assert rhythm is not Rhythm.WEEKLY or all(local.weekday() == 0 for local in locals_)


def _nearest(seen: int, rhythm: Rhythm, hour: int) -> int:
    return min(hours_of(rhythm, hour), key=lambda at: (seen - at) % 24)
