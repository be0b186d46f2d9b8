"""Times as people say them: `{% moment lead.last_captured_at %}` → 14:32, Yesterday, Tue, 28 Oct, 28 Oct 2025."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

Words = Callable[[datetime, datetime], str]


@register.simple_tag
def moment(value: datetime | None) -> SafeString | str:
    """Short, for a column: the hour today, the day otherwise."""
    return _element(value, short_words)


@register.simple_tag
def moment_long(value: datetime | None, *, within: bool = False) -> SafeString | str:
    """For a story: the day with its hour. `within` a sentence it begins small: since today 14:32."""
    return _element(value, long_words, within=within)


@register.simple_tag
def moment_ahead(value: datetime | None, *, within: bool = False) -> SafeString | str:
    """For what is to come: Today 16:00, Tomorrow 08:00, Mon 30 Nov 08:00. `within` a sentence it begins small."""
    return _element(value, ahead_words, within=within)


@register.simple_tag
def moment_range(first: datetime | None, last: datetime | None) -> SafeString | str:
    """From the first to the last: 11:17 to 13:58, Tue 10:44 to 14:02, 28 Oct to yesterday, 28 Oct."""
    if first is None or last is None:
        return ""
    start, end = range_words(timezone.localtime(first), timezone.localtime(last), timezone.localtime())
    begun = _element(first, lambda then, now: start)
    return format_html("{} to {}", begun, _element(last, lambda then, now: end)) if end else begun


def short_words(then: datetime, now: datetime) -> str:
    if then.date() == now.date():
        return f"{then:%H:%M}"
    if then.date() == now.date() - timedelta(days=1):
        return "Yesterday"
    return f"{then:%a %H:%M}" if _within_a_week(then, now) else _day(then.date(), now.date())


def ahead_words(then: datetime, now: datetime) -> str:
    if then <= now:
        return "In a moment"
    if then.date() == now.date():
        return f"Today {then:%H:%M}"
    if then.date() == now.date() + timedelta(days=1):
        return f"Tomorrow {then:%H:%M}"
    return f"{then:%a} {_day(then.date(), now.date())} {then:%H:%M}"


def long_words(then: datetime, now: datetime) -> str:
    if then.date() == now.date():
        return f"Today {then:%H:%M}"
    if then.date() == now.date() - timedelta(days=1):
        return f"Yesterday {then:%H:%M}"
    if _within_a_week(then, now):
        return f"{then:%a %H:%M}"
    return f"{_day(then.date(), now.date())} {then:%H:%M}"


def range_words(first: datetime, last: datetime, now: datetime) -> tuple[str, str]:
    """The words of both ends; the second is empty where the first says it all."""
    if first.date() != last.date():
        today = last.date() == now.date()
        return short_words(first, now), f"today {last:%H:%M}" if today else _small(short_words(last, now))
    if not _within_a_week(first, now):
        return _day(first.date(), now.date()), ""
    start = short_words(first, now) if first.date() == now.date() else long_words(first, now)
    return start, f"{last:%H:%M}" if (first.hour, first.minute) != (last.hour, last.minute) else ""


@register.simple_tag
def days(first: date | None, last: date | None) -> str:
    """17 to 19 Nov, 30 Oct to 2 Nov, 18 Nov, 20 to 23 Apr 2027; "No date yet" without a day."""
    return days_words(first, last, timezone.localdate())


def days_words(first: date | None, last: date | None, today: date) -> str:
    if first is None or last is None or first == last:
        only = first or last
        return _day(only, today) if only else "No date yet"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {_day(last, today)}"
    start = _day(first, last if first.year == last.year else today)
    return f"{start} to {_day(last, today)}"


def _within_a_week(then: datetime, now: datetime) -> bool:
    return timedelta() <= now.date() - then.date() < timedelta(days=7)


def _day(day: date, today: date) -> str:
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def _small(words: str) -> str:
    """Weekdays and months keep their capital."""
    return re.sub(r"^(Today|Yesterday|Tomorrow|In)\b", lambda found: found[0].lower(), words)


def _element(value: datetime | None, words: Words, *, within: bool = False) -> SafeString | str:
    if value is None:
        return ""
    then, now = timezone.localtime(value), timezone.localtime()
    said = words(then, now)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        then.isoformat(timespec="minutes"),
        f"{then:%d %b %Y %H:%M %Z}",
        _small(said) if within else said,
    )
