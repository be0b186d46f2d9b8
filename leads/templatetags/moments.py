"""Times as people say them: `{% moment lead.last_captured_at %}` → 14:32, Yesterday, Tue, 28 Oct, 28 Oct 2025."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def moment(value: datetime | None) -> SafeString | str:
    """Short, for a column: the hour today, the day otherwise."""
    return _element(value, short_words)


@register.simple_tag
def moment_long(value: datetime | None) -> SafeString | str:
    """For a story: the day with its hour."""
    return _element(value, long_words)


@register.simple_tag
def moment_ahead(value: datetime | None) -> SafeString | str:
    """For what is to come: Today 16:00, Tomorrow 08:00, Mon 30 Nov 08:00."""
    return _element(value, ahead_words)


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


def _element(value: datetime | None, words) -> SafeString | str:
    if value is None:
        return ""
    then, now = timezone.localtime(value), timezone.localtime()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        then.isoformat(timespec="minutes"),
        f"{then:%d %b %Y %H:%M %Z}",
        words(then, now),
    )
