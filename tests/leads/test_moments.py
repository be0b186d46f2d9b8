from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from leads.templatetags.moments import days_words, long_words, range_words, short_words

NOW = datetime(2026, 11, 19, 14, 20, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("then", "short", "long"),
    [
        (datetime(2026, 11, 19, 13, 57, tzinfo=UTC), "13:57", "Today 13:57"),
        (datetime(2026, 11, 18, 16, 8, tzinfo=UTC), "Yesterday", "Yesterday 16:08"),
        (datetime(2026, 11, 17, 10, 44, tzinfo=UTC), "Tue 10:44", "Tue 10:44"),
        (datetime(2026, 10, 28, 9, 15, tzinfo=UTC), "28 Oct", "28 Oct 09:15"),
        (datetime(2025, 10, 28, 9, 15, tzinfo=UTC), "28 Oct 2025", "28 Oct 2025 09:15"),
        (datetime(2026, 11, 25, 9, 15, tzinfo=UTC), "25 Nov", "25 Nov 09:15"),
    ],
)
def test_times_are_said_as_people_say_them(then, short, long):
    assert (short_words(then, NOW), long_words(then, NOW)) == (short, long)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ((19, 11, 17), (19, 13, 58), ("11:17", "13:58")),
        ((19, 13, 58), (19, 13, 58), ("13:58", "")),
        ((18, 9, 30), (18, 16, 12), ("Yesterday 09:30", "16:12")),
        ((17, 10, 44), (17, 14, 2), ("Tue 10:44", "14:02")),
        ((17, 10, 44), (19, 14, 2), ("Tue 10:44", "today 14:02")),
        ((2, 8, 0), (18, 16, 12), ("2 Nov", "yesterday")),
        ((2, 8, 0), (2, 16, 12), ("2 Nov", "")),
        ((2, 8, 0), (9, 16, 12), ("2 Nov", "9 Nov")),
    ],
)
def test_a_range_of_times_says_nothing_twice(first, last, words):
    begun, ended = (datetime(2026, 11, day, hour, minute, tzinfo=UTC) for day, hour, minute in (first, last))
    assert range_words(begun, ended, NOW) == words


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 17), date(2026, 11, 19), "17 to 19 Nov"),
        (date(2026, 11, 18), None, "18 Nov"),
        (date(2026, 11, 18), date(2026, 11, 18), "18 Nov"),
        (date(2026, 10, 30), date(2026, 11, 2), "30 Oct to 2 Nov"),
        (date(2027, 4, 20), date(2027, 4, 23), "20 to 23 Apr 2027"),
        (date(2026, 12, 30), date(2027, 1, 2), "30 Dec to 2 Jan 2027"),
        (None, None, "No date yet"),
    ],
)
def test_days_are_said_as_people_say_them(first, last, words):
    assert days_words(first, last, NOW.date()) == words
