"""When a rule looks: at full hours of a place's clock, whatever summer time does there. Pure; imports no Django."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
# The second look of twice a day comes so many hours after the first: 08:00 and 16:00.
APART = 8
DEFAULT_HOUR = 8
MONDAY = 0


class Rhythm(enum.StrEnum):
    HOURLY = "hourly"
    TWICE_DAILY = "twice_daily"
    DAILY = "daily"
    WEEKLY = "weekly"


def next_due(*, rhythm: Rhythm, hour: int, zone: ZoneInfo, after: datetime) -> datetime:
    """The first look after `after`, in UTC. `hour` (0 to 23) is the first look of a day; Hourly does not ask for it.

    An hour that summer time leaves out is looked at as soon as it would have begun (02:00 becomes 03:00); an hour that
    comes twice counts once, the first time.
    """
    if rhythm is Rhythm.HOURLY:
        return _next_full_hour(zone, after)
    first_day = after.astimezone(zone).date() - timedelta(days=1)
    # Two weeks hold at least one Monday behind any moment.
    days = (first_day + timedelta(days=number) for number in range(15))
    looks = (_moment(day, at, zone) for day in days if _counts(rhythm, day) for at in hours_of(rhythm, hour))
    return min(look for look in looks if look > after)


def hours_of(rhythm: Rhythm, hour: int) -> list[int]:
    """The hours of a day at which the rhythm looks, in their order; none for Hourly."""
    if rhythm is Rhythm.HOURLY:
        return []
    return sorted({hour, (hour + APART) % 24}) if rhythm is Rhythm.TWICE_DAILY else [hour]


def _counts(rhythm: Rhythm, day: date) -> bool:
    return rhythm is not Rhythm.WEEKLY or day.weekday() == MONDAY


def _moment(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def _next_full_hour(zone: ZoneInfo, after: datetime) -> datetime:
    """Counted in real time from the place's clock: some places are half an hour off."""
    local = after.astimezone(zone)
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return after.astimezone(UTC) - into + HOUR
