"""The state machine, pair by pair."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contract import Cause
from reconciliation.policy import BUDGETS, ENDLESS, Kind, Next, Outcome, State, next_state

NOW = datetime(2026, 11, 19, 14, 20, tzinfo=UTC)
LASTING = [cause for cause in Cause if cause not in BUDGETS and cause not in ENDLESS]


def after(
    outcome: Outcome, *, tries: int = 0, moved_on: bool = False, in_doubt: bool = False, jitter: float = 0.5
) -> Next:
    return next_state(
        outcome=outcome, tries=tries, now=NOW, moved_on=moved_on, jitter=lambda: jitter, in_doubt=in_doubt
    )


@pytest.mark.parametrize("kind", [Kind.DELIVERED, Kind.UNCHANGED])
def test_what_the_vendor_acknowledged_is_cleared_and_beyond_doubt(kind: Kind) -> None:
    assert after(Outcome(kind), tries=3, in_doubt=True) == Next(State.CLEARED, None, 0, None, False)


def test_what_planning_refused_fails_at_once_with_its_cause() -> None:
    assert after(Outcome(Kind.REFUSED, Cause.NO_TAG_MAPPING)) == Next(
        State.FAILED, None, 0, Cause.NO_TAG_MAPPING, False
    )


@pytest.mark.parametrize("cause", LASTING)
def test_a_cause_that_does_not_pass_by_itself_fails_at_once(cause: Cause) -> None:
    assert after(Outcome(Kind.FAULTED, cause)).state is State.FAILED


@pytest.mark.parametrize("cause", list(BUDGETS))
def test_a_cause_that_may_pass_is_tried_again_until_its_budget_is_used_up(cause: Cause) -> None:
    outcome = Outcome(Kind.FAULTED, cause, transient=True)
    again = after(outcome, tries=BUDGETS[cause].tries - 1)
    assert (again.state, again.tries, again.cause) == (State.WAITING, BUDGETS[cause].tries, cause)
    assert after(outcome, tries=BUDGETS[cause].tries).state is State.FAILED


@pytest.mark.parametrize("cause", sorted(ENDLESS))
def test_throttling_never_uses_up_the_budget(cause: Cause) -> None:
    limited = after(Outcome(Kind.FAULTED, cause, wait=42), tries=99)
    assert limited == Next(State.WAITING, NOW + timedelta(seconds=42), 99, cause, False)


def test_a_wait_that_the_vendor_asked_for_is_kept_to() -> None:
    waiting = after(Outcome(Kind.FAULTED, Cause.REMOTE_UNAVAILABLE, wait=900, transient=True))
    assert waiting.due_at == NOW + timedelta(seconds=900)


def test_waits_grow_with_full_jitter_up_to_the_cap() -> None:
    outcome = Outcome(Kind.FAULTED, Cause.REMOTE_UNAVAILABLE, transient=True)
    waits = [(after(outcome, tries=tries, jitter=1.0).due_at or NOW) - NOW for tries in range(12)]
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40)]
    assert max(waits) == timedelta(seconds=1800)


def test_no_answer_leaves_the_record_in_doubt() -> None:
    assert after(Outcome(Kind.FAULTED, Cause.REMOTE_UNAVAILABLE, transient=True, ambiguous=True)).in_doubt


def test_a_later_fault_takes_no_doubt_away() -> None:
    assert after(Outcome(Kind.FAULTED, Cause.REMOTE_UNAVAILABLE), in_doubt=True).in_doubt
    assert after(Outcome(Kind.REFUSED, Cause.NO_TAG_MAPPING), in_doubt=True).in_doubt
    assert after(Outcome(Kind.FAULTED, Cause.REMOTE_RULE), in_doubt=True, moved_on=True).in_doubt


def test_a_held_record_keeps_its_doubt_and_its_tries() -> None:
    held = after(Outcome(Kind.HELD, Cause.RATE_LIMITED, wait=3), tries=2, in_doubt=True)
    assert held == Next(State.WAITING, NOW + timedelta(seconds=3), 2, Cause.RATE_LIMITED, True)


@pytest.mark.parametrize("kind", [Kind.DELIVERED, Kind.UNCHANGED, Kind.REFUSED, Kind.FAULTED])
def test_a_lead_that_changed_in_flight_is_due_again_at_once(kind: Kind) -> None:
    moved = after(Outcome(kind, Cause.REMOTE_RULE if kind is Kind.FAULTED else None), tries=5, moved_on=True)
    assert (moved.state, moved.due_at, moved.tries, moved.cause) == (State.WAITING, NOW, 0, None)


outcomes = st.builds(
    Outcome,
    kind=st.sampled_from(list(Kind)),
    cause=st.one_of(st.none(), st.sampled_from(list(Cause))),
    wait=st.one_of(st.none(), st.floats(-10, 90_000)),
    transient=st.booleans(),
    ambiguous=st.booleans(),
)


@given(outcomes, st.integers(0, 50), st.booleans(), st.booleans(), st.floats(0, 1))
def test_whatever_happens_the_record_is_in_a_state_that_can_exist(
    outcome: Outcome, tries: int, moved_on: bool, in_doubt: bool, jitter: float
) -> None:
    became = after(outcome, tries=tries, moved_on=moved_on, in_doubt=in_doubt, jitter=jitter)
    assert (became.due_at is not None) == (became.state is State.WAITING)
    assert became.due_at is None or became.due_at >= NOW
    assert became.cause is not None or became.state is not State.FAILED
    assert became.cause is None or became.state is not State.CLEARED


@given(outcomes, st.integers(0, 50), st.floats(0, 1))
def test_an_unanswered_write_stays_in_doubt_unless_the_vendor_acknowledged(
    outcome: Outcome, tries: int, jitter: float
) -> None:
    became = after(outcome, tries=tries, jitter=jitter)
    if outcome.ambiguous and outcome.kind in (Kind.FAULTED, Kind.HELD):
        assert became.in_doubt
