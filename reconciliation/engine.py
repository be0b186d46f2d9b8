"""Carrying due leads to their vendor: claim -> plan -> deliver -> settle. The only place that decides a record's state.

`run_lane` works off one integration until nothing is due, its time slice is over or the lane is lost. Planning and
delivering hold no transaction; settling writes only what the claim still fences.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import reset_queries
from django.db.models import F
from django.utils import timezone

from integrations import connect
from integrations.contract import (
    AuthenticationFailed,
    Cause,
    Delivery,
    Fault,
    Provider,
    ProviderError,
    Refusal,
    RemoteField,
    Result,
    Step,
    Throttled,
    Unavailable,
)
from integrations.contract.codewords import BLOCKED
from integrations.models import Integration
from integrations.planning import Setup, nothing_to_do, payload_hash, plan
from integrations.providers import provider_of
from integrations.setup import setup_of
from leads.bulk import rewrite
from mobly_sync import points
from reconciliation import claims, companies
from reconciliation.models import Lane
from reconciliation.policy import Kind, Outcome
from reconciliation.settling import Settlement, settle
from reconciliation.snapshots import Load, load_batch

logger = logging.getLogger(__name__)

# After an outage the whole lane rests: 5 s, 10 s, 20 s … at most this long, in seconds.
LONGEST_REST = 300


@dataclass(slots=True)
class Report:
    """What one run of a lane did."""

    batches: int = 0
    settled: int = 0
    calls: int = 0
    more: bool = False


@dataclass(slots=True)
class Planned:
    load: Load
    delivery: Delivery


def run_lane(integration_id: int) -> Report:
    """Work off what is due at one integration. Returns at once when another worker has its lane."""
    hold = claims.take_lane(integration_id)
    if hold is None:
        return Report()
    try:
        return _Run(hold).work()
    finally:
        claims.release_lane(hold)


@dataclass(slots=True)
class _Run:
    """One worker's turn on one lane."""

    hold: claims.Hold
    report: Report = field(default_factory=Report)
    setup: Setup | None = None
    client: Any = None
    heartbeat: claims.Heartbeat | None = None
    # The vendor asked us to wait, lost our credentials or is away: this turn is over.
    stopped: bool = False

    def work(self) -> Report:
        ends = time.monotonic() + settings.LANE_SLICE_SECONDS
        while not self.stopped:
            integration = Integration.objects.get(pk=self.hold.integration_id)
            if not integration.is_connected:
                break
            self.setup = self._fresh_setup(integration)
            if not self.setup.ready:
                break
            provider = provider_of(integration.provider)
            claim = self._claim(integration, provider)
            if claim is None:
                break
            try:
                with claims.Heartbeat(self.hold, claim) as self.heartbeat:
                    self._carry_claim(integration, provider, claim)
            except claims.LeaseLost:
                logger.warning("The lease of integration %s ended in the middle of a batch", integration.pk)
                break
            self.report.batches += 1
            reset_queries()  # in debug Django keeps the text of every statement, megabytes to a batch
            if time.monotonic() > ends:
                self.report.more = True
                break
        return self.report

    def _claim(self, integration: Integration, provider: Provider) -> claims.Claim | None:
        """The next batch; one that is still filling is waited for, a moment each time and not for ever."""
        limit = 1 if self.hold.probing else provider.batch_size
        patience = time.monotonic() + 4 * settings.GATHER_SECONDS
        while True:
            try:
                return claims.claim_batch(self.hold, integration, limit, patient=time.monotonic() < patience)
            except claims.Filling:
                time.sleep(settings.GATHER_SECONDS / 4)

    def _fresh_setup(self, integration: Integration) -> Setup:
        if self.setup is None or self.setup.version != integration.setup_version:
            return setup_of(integration)
        return self.setup

    # -- one batch

    def _carry_claim(self, integration: Integration, provider: Provider, claim: claims.Claim) -> None:
        assert self.setup is not None
        started = timezone.now()
        points.reached(points.CLAIMED)
        loads = load_batch(claim.record_ids, in_doubt=claim.in_doubt)
        settled_now, planned = self._plan(loads, started)
        self._settle(claim, settled_now)
        if not planned:
            return
        _note_emails(planned)
        planned = _note_companies(integration, planned)
        points.reached(points.BEFORE_DELIVERY)
        results = self._deliver(integration, provider, planned)
        points.reached(points.DELIVERED)
        self._settle(claim, [_settlement(planned[key], result, self.setup, started) for key, result in results.items()])
        self._count_calls()

    def _plan(self, loads: list[Load], started: datetime) -> tuple[list[Settlement], dict[str, Planned]]:
        assert self.setup is not None
        at_once: list[Settlement] = []
        planned: dict[str, Planned] = {}
        for load in loads:
            delivery = plan(load.lead, self.setup, load.standing)
            if isinstance(delivery, Refusal):
                outcome = Outcome(Kind.REFUSED, delivery.cause)
                at_once.append(Settlement(load, outcome, self.setup.version, started, refusal=delivery))
            elif nothing_to_do(delivery):
                outcome = _planned_outcome(delivery) or Outcome(Kind.UNCHANGED)
                entry = Settlement(load, outcome, self.setup.version, started, delivery, refusal=delivery.refusal)
                at_once.append(entry)
            else:
                planned[delivery.key] = Planned(load, delivery)
        return at_once, planned

    def _settle(self, claim: claims.Claim, settlements: list[Settlement]) -> None:
        if settlements:
            self.report.settled += settle(claim=claim, settlements=settlements, jitter=random.random)

    # -- the vendor

    def _still_ours(self) -> None:
        """Asked before every call: a worker that slept through its lease must not go on beside its successor."""
        if self.heartbeat is not None:
            self.heartbeat.still_ours()

    def _deliver(
        self, integration: Integration, provider: Provider, planned: Mapping[str, Planned]
    ) -> dict[str, Result | ProviderError]:
        """A result per lead; where the call failed as a whole, the error that concerns it.

        A batch that was refused as a whole is split until the bad record stands alone.
        """
        try:
            if self.client is None:
                self.client = connect.open_client(integration, guard=self._still_ours)
            deliveries = [entry.delivery for entry in planned.values()]
            results: dict[str, Result | ProviderError] = dict(
                provider.deliver(self.client, deliveries, integration.options)
            )
        except claims.LeaseLost:
            raise
        except AuthenticationFailed as lost:
            self._stop_for_attention(integration, lost.fault)
            return dict.fromkeys(planned, lost)
        except (Throttled, Unavailable) as away:
            self._rest(integration, away.fault)
            return dict.fromkeys(planned, away)
        except Exception as refused:
            if not isinstance(refused, ProviderError):
                logger.exception("Delivering %d leads to integration %s failed", len(planned), integration.pk)
            return self._split(integration, provider, planned, refused)
        self._heed(integration, results)
        forgotten = ProviderError(Fault(Cause.INTERNAL, "The provider answered nothing for this lead.", ambiguous=True))
        return {key: results.get(key, forgotten) for key in planned}

    def _split(
        self, integration: Integration, provider: Provider, planned: Mapping[str, Planned], refused: Exception
    ) -> dict[str, Result | ProviderError]:
        if len(planned) == 1:
            return dict.fromkeys(planned, refused if isinstance(refused, ProviderError) else _our_fault(refused))
        keys = list(planned)
        results: dict[str, Result | ProviderError] = {}
        for half in (keys[: len(keys) // 2], keys[len(keys) // 2 :]):
            part = {key: planned[key] for key in half}
            results |= dict.fromkeys(part, _held()) if self.stopped else self._deliver(integration, provider, part)
        return results

    def _heed(self, integration: Integration, results: Mapping[str, Result | ProviderError]) -> None:
        """What one lead's fault says about the whole integration."""
        faults = [result.fault for result in results.values() if isinstance(result, Result) and result.fault]
        lost = next((fault for fault in faults if fault.cause is Cause.AUTHENTICATION), None)
        resting = [fault for fault in faults if fault.cause in (Cause.RATE_LIMITED, Cause.REMOTE_UNAVAILABLE)]
        if lost is not None:
            self._stop_for_attention(integration, lost)
        elif resting:
            self._rest(integration, max(resting, key=lambda fault: fault.wait or 0.0))
        else:
            claims.open_lane(integration.pk)
            self.hold.probing = False

    def _stop_for_attention(self, integration: Integration, fault: Fault) -> None:
        self.stopped = True
        connect.mark_needs_attention(integration=integration, reason=fault.message)

    def _rest(self, integration: Integration, fault: Fault) -> None:
        self.stopped = True
        lane = Lane.objects.filter(pk=integration.pk)
        if fault.cause is not Cause.RATE_LIMITED:  # being asked to slow down is no outage
            lane.update(failures_in_a_row=F("failures_in_a_row") + 1)
        failures = max(lane.values_list("failures_in_a_row", flat=True).get(), 1)
        rest = (
            fault.wait
            if fault.wait is not None
            else min(LONGEST_REST, 5 * 2 ** min(failures - 1, 8)) * random.uniform(0.5, 1)  # noqa: S311 -- spreads retries
        )
        because = BLOCKED if fault.code == BLOCKED else fault.cause.value
        if because == BLOCKED and lane.exclude(closed_because=BLOCKED).exists():  # once, however often it comes back
            who = integration.provider, integration.pk
            logger.error("%s blocks the traffic of integration %s: %s", *who, fault.message)
        claims.close_lane(integration.pk, until=timezone.now() + timedelta(seconds=rest), because=because)

    def _count_calls(self) -> None:
        """Keep how many calls we made and what the vendor said of the day's."""
        if self.client is None or self.client.calls == self.report.calls:
            return
        changes: dict[str, Any] = {"calls": F("calls") + (self.client.calls - self.report.calls)}
        if self.client.usage is not None:
            used, allowed = self.client.usage
            changes |= {"used_today": used, "allowed_today": allowed, "usage_seen_at": timezone.now()}
        Lane.objects.filter(pk=self.hold.integration_id).update(**changes)
        self.report.calls = self.client.calls


def _note_emails(planned: Mapping[str, Planned]) -> None:
    """Keep what each new person is looked up by before anything leaves: after a lost answer only this key finds it."""
    changed = []
    for entry in planned.values():
        if entry.delivery.known is None and entry.load.record.tried_email != entry.delivery.keys.email:
            entry.load.record.tried_email = entry.delivery.keys.email
            changed.append(entry.load.record)
    rewrite(changed, ["tried_email"])


def _note_companies(integration: Integration, planned: Mapping[str, Planned]) -> dict[str, Planned]:
    """Keep which companies may be created, and tell the provider of those that somebody may just have created."""
    deliveries = [entry.delivery for entry in planned.values()]
    doubtful = companies.expect(integration_id=integration.pk, deliveries=deliveries)
    return {
        key: Planned(entry.load, replace(entry.delivery, company_in_doubt=seconds))
        if (seconds := doubtful.get(companies.identity_of(entry.delivery), 0.0))
        else entry
        for key, entry in planned.items()
    }


def _settlement(planned: Planned, answer: Result | ProviderError, setup: Setup, started: datetime) -> Settlement:
    result = answer if isinstance(answer, Result) else Result(planned.delivery.key, fault=answer.fault)
    at_fault = _field_at_fault(result.fault, setup) if result.fault else None
    if result.fault and at_fault:
        result.fault = replace(result.fault, value=_as_people_read_it(result.fault.value, at_fault))
    return Settlement(
        load=planned.load,
        outcome=_outcome(result, answer, planned.delivery),
        setup_version=setup.version,
        started_at=started,
        delivery=planned.delivery,
        result=result,
        refusal=None if result.fault else planned.delivery.refusal,
        acknowledged=payload_hash(planned.delivery) if result.person_written else "",
        company_in_doubt=_leaves_company_in_doubt(planned.delivery, answer),
        subject=at_fault.label if at_fault else _several(result.fault, setup),
    )


def _leaves_company_in_doubt(delivery: Delivery, answer: Result | ProviderError) -> bool:
    """Whether its company may have been created without our knowing; of a lost answer about the person alone it was
    not.
    """
    fault = answer.fault
    lost = (
        fault is not None and fault.ambiguous and (isinstance(answer, ProviderError) or fault.step is not Step.PERSON)
    )
    return lost or bool(delivery.company_in_doubt)


def _several(fault: Fault | None, setup: Setup) -> str:
    """The further object of which there are several records for one person; else it is the person who is meant."""
    if fault is None or fault.cause is not Cause.AMBIGUOUS_MATCH or fault.step is not Step.FURTHER:
        return ""
    return setup.objects[fault.object].label if fault.object in setup.objects else fault.object


def _field_at_fault(fault: Fault, setup: Setup) -> RemoteField | None:
    named = [setup.objects[fault.object]] if fault.object in setup.objects else list(setup.objects.values())
    return next((remote.fields[fault.field] for remote in named if fault.field in remote.fields), None)


def _as_people_read_it(value: str, remote: RemoteField) -> str:
    """The label of an option, where the vendor's own value for it is a number or a code."""
    option = remote.option(value)
    return option.label if option else value


def _planned_outcome(delivery: Delivery) -> Outcome | None:
    """Failed for what planning refused of it, although the rest stands; None when nothing was."""
    return Outcome(Kind.REFUSED, delivery.refusal.cause) if delivery.refusal else None


def _outcome(result: Result, answer: Result | ProviderError, delivery: Delivery) -> Outcome:
    fault = result.fault
    if fault is None:
        return _planned_outcome(delivery) or Outcome(Kind.DELIVERED)
    if isinstance(answer, AuthenticationFailed | Throttled) or fault.cause is Cause.AUTHENTICATION or fault.held:
        return Outcome(Kind.HELD, fault.cause, wait=fault.wait, ambiguous=fault.ambiguous)
    return Outcome(Kind.FAULTED, fault.cause, wait=fault.wait, transient=fault.transient, ambiguous=fault.ambiguous)


def _our_fault(error: Exception) -> ProviderError:
    """A bug of ours while this one lead was on its way; it may have been sent."""
    text = f"{type(error).__name__}: {error}"
    return ProviderError(Fault(Cause.INTERNAL, text[:500], step=Step.PERSON, ambiguous=True, transient=True))


def _held() -> ProviderError:
    return Throttled(
        Fault(Cause.RATE_LIMITED, "Held back: the vendor asked for a pause while the batch was on its way.")
    )
