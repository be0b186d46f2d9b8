"""A made-up history of any length, for rehearsals: leads, captures and sync records of one integration as two years of
events leave them behind. Written by Postgres itself, hundreds of thousands a statement.

Most went through; some twentieths failed, for a dozen causes, most of them of the last months; some wait. Nothing of it
leaves the house: the integration is Manual, and nothing is pushed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from integrations.contract import Cause
from integrations.models import Integration
from leads.models import Capture, Event, Lead, Organization
from reconciliation import figures
from reconciliation.models import Figure, Placement, SyncRecord

CHUNK = 100_000
EVENTS = 40
DAYS = 730
FAILED, WAITING = 0.06, 0.03

FIRST = "Ada Priya Seán Yuki Mara Tomás Ingrid Kwame Lena Noor Mateo Aiko Zofia Emeka Clara Ravi Hanna Luca Amara Jonas"
LAST = (
    "Lovelace Raman O'Brien Tanabe Lindqvist Okafor Novák Moreau Silva Haddad Kowalska Petrov Jensen Castillo Banerjee "
    "Weber Rossi Nakamura Adeyemi Schneider"
)
PLACES = "Berlin Chicago Singapore Lyon Austin Osaka Toronto Milan"
SHOWS = "Automate Summit,Robotics Week,Factory Days,Vision Forum,Hannover Floor"


@dataclass(frozen=True, slots=True)
class Fault:
    """A share of what failed. `ours`: refused before sending."""

    cause: Cause
    subject: str
    field: str
    value: str
    message: str
    ours: bool
    share: float


FAULTS = (
    Fault(Cause.NO_TAG_MAPPING, "Lead Score", "Rating", "Hot", "“Hot” of Lead Score has no option.", True, 0.24),
    Fault(Cause.NO_TAG_MAPPING, "Product", "Product__c", "Cell", "“Cell” of Product has no option.", True, 0.12),
    Fault(Cause.REQUIRED_FIELD_MISSING, "Company", "Company", "", "Required fields missing: [Company]", False, 0.16),
    Fault(Cause.REQUIRED_FIELD_MISSING, "Last Name", "LastName", "", "Last Name is empty.", True, 0.07),
    Fault(Cause.DATA_VALUE_VALIDATION, "Email", "Email", "x@", "Email: invalid email address: x@", False, 0.10),
    Fault(Cause.DATA_VALUE_VALIDATION, "Country", "Country", "Utopia", "A problem with this country.", False, 0.08),
    Fault(Cause.DUPLICATE_RECORD, "", "", "", "Use one of these records?", False, 0.06),
    Fault(Cause.REMOTE_RULE, "Phone", "Phone", "1", "Phone must start with a country code.", False, 0.06),
    Fault(Cause.PERMISSION, "Description", "Description", "", "No edit access to this field.", False, 0.04),
    Fault(Cause.CAMPAIGN_NOT_FOUND, "", "", "", "entity is deleted", False, 0.03),
    Fault(Cause.UNCONFIRMED, "", "", "", "The connection broke after sending.", False, 0.02),
    Fault(Cause.REMOTE_UNAVAILABLE, "", "", "", "Service Unavailable", False, 0.02),
)  # fmt: skip


def _dice(row: str, salt: int) -> str:
    """A number in [0, 1) that is the same for the same row, another one for each salt."""
    return f"((hashint8extended({row}.id, {salt}) & 2147483647) / 2147483648.0)"


# Where and when a lead was met: at one event, mostly of the newer ones, each eighth lead at a second one.
_MET = f"""
SELECT turn, (%(events)s::bigint[])[place] AS event,
    least((%(starts)s::timestamptz[])[place] + {_dice("l", 3)} * interval '3 days', now()) AS at
FROM (SELECT 1 AS turn, 1 + floor(%(count)s * power({_dice("l", 1)}, 1.6))::int AS place
    UNION ALL SELECT 2, 1 + floor(%(count)s * {_dice("l", 2)})::int WHERE l.id %% 8 = 0) AS places
"""  # noqa: S608 -- put together from the texts of this page
# The id is drawn first: everything else of a lead follows from it.
_LEADS = """
INSERT INTO leads_lead (id, {columns})
SELECT l.id, {values}
FROM (SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')) AS id, n
        FROM generate_series(%(start)s::int, %(end)s::int) AS n OFFSET 0) AS l,
    LATERAL (SELECT (%(first)s::text[])[1 + n %% %(firsts)s] AS first,
        (%(last)s::text[])[1 + n / 7 %% %(lasts)s] AS last, 'works-' || (n * 31 %% 60000) AS company) AS person,
    LATERAL (SELECT max(at) AS last, count(*) AS scans FROM ({met}) AS met) AS met
"""
_CAPTURES = f"""
INSERT INTO leads_capture (organization_id, lead_id, event_id, source, captured_by_email, captured_at, said, key,
    created_at)
SELECT l.organization_id, l.id, met.event, CASE WHEN met.turn = 1 THEN 'badge_scan' ELSE 'card_scan' END, '',
    met.at, '{{}}', '', now()
FROM leads_lead l, LATERAL ({_MET}) AS met
WHERE l.organization_id = %(organization)s AND l.id > %(after)s
"""  # noqa: S608 -- put together from the texts of this page
_RECORDS = f"""
INSERT INTO reconciliation_syncrecord (organization_id, integration_id, lead_id, state, priority, due_at, pushed,
    forced, tries, version_sent, setup_sent, remote_object, remote_id, remote_url, remote_company_object,
    remote_company_id, acknowledged, in_doubt, cause, refused_by_us, message, subject, remote_field, value, code,
    request_id, occasion,
    collides_with, warnings, changed_at, cleared_at, created_at)
SELECT %(organization)s, %(integration)s, r.id, r.state, 1, CASE WHEN r.state = 'waiting' THEN r.at END, false,
    false, 0, CASE WHEN r.state = 'cleared' THEN 1 ELSE 0 END, CASE WHEN r.state = 'cleared' THEN 1 ELSE 0 END,
    CASE WHEN r.state = 'cleared' THEN 'Lead' ELSE '' END,
    CASE WHEN r.state = 'cleared' THEN 'made-up-' || r.id ELSE '' END,
    '', '', '', '', false, coalesce(f.cause, ''), coalesce(f.ours, false), coalesce(f.message, ''),
    coalesce(f.subject, ''), coalesce(f.field, ''), coalesce(f.value, ''), '', '', '', '[]', '[]', r.at,
    CASE WHEN r.state = 'cleared' THEN r.at END, r.at
FROM (
    SELECT l.id, s.state, CASE WHEN s.state <> 'cleared' AND {_dice("l", 5)} < 0.5
        THEN now() - power({_dice("l", 6)}, 2) * interval '60 days'
        ELSE least(l.last_captured_at + {_dice("l", 7)} * interval '6 hours', now()) END AS at
    FROM leads_lead l, LATERAL (SELECT CASE WHEN {_dice("l", 4)} < %(failed)s THEN 'failed'
        WHEN {_dice("l", 4)} < %(failed)s + %(waiting)s THEN 'waiting' ELSE 'cleared' END AS state) AS s
    WHERE l.organization_id = %(organization)s AND l.id > %(after)s
) AS r
LEFT JOIN unnest(%(causes)s::text[], %(subjects)s::text[], %(fields)s::text[], %(values)s::text[], %(messages)s::text[],
    %(ours)s::bool[], %(lows)s::float[], %(highs)s::float[])
    AS f(cause, subject, field, value, message, ours, low, high)
    ON r.state = 'failed' AND {_dice("r", 8)} >= f.low AND {_dice("r", 8)} < f.high
"""  # noqa: S608 -- put together from the texts of this page


class RehearsalRefused(Exception):
    """Nothing was made; the text is a sentence."""


def make_records(*, integration: Integration, leads: int, say: Callable[[int], None] = lambda done: None) -> None:
    """Add `leads` made-up leads with their captures and sync records; `say` is told how many are made.

    Raises `RehearsalRefused` for an integration that would send them.
    """
    if not integration.is_manual:
        raise RehearsalRefused(
            "The integration is on Automatic and would send made-up leads. Switch it to Manual first."
        )
    organization = integration.organization
    events = _events(organization)
    known = organization.leads.count()
    for start in range(known + 1, known + leads + 1, CHUNK):
        end = min(start + CHUNK - 1, known + leads)
        with transaction.atomic():
            _chunk(integration, events, start, end)
        say(end - known)
    figures.compact()
    _tidy()


def _tidy() -> None:
    """What autovacuum does by itself within minutes on a server that is left alone."""
    tables = ", ".join(model._meta.db_table for model in (Lead, Capture, SyncRecord, Placement, Figure))
    with connection.cursor() as cursor:
        cursor.execute(f"{'ANALYZE' if connection.in_atomic_block else 'VACUUM ANALYZE'} {tables}")


def _events(organization: Organization) -> list[Event]:
    """Newest first, so that a small number is a recent event."""
    today = timezone.localdate()
    shows, places = SHOWS.split(","), PLACES.split()
    made = []
    for number in range(EVENTS):
        day = today - timedelta(days=2 + number * DAYS // EVENTS)
        name = f"{shows[number % len(shows)]} {places[number % len(places)]} {day:%B %Y}"
        event, _ = Event.objects.get_or_create(
            organization=organization, name=name, defaults={"starts_on": day, "ends_on": day + timedelta(days=2)}
        )
        made.append(event)
    return made


def _chunk(integration: Integration, events: list[Event], start: int, end: int) -> None:
    organization = integration.organization
    last = organization.leads.order_by("-pk").values_list("pk", flat=True).first() or 0
    highs = [sum(fault.share for fault in FAULTS[: place + 1]) for place in range(len(FAULTS))]
    asked: dict[str, Any] = {
        "organization": organization.pk,
        "integration": integration.pk,
        "start": start,
        "end": end,
        "after": last,
        "first": FIRST.split(),
        "firsts": len(FIRST.split()),
        "last": LAST.split(),
        "lasts": len(LAST.split()),
        "events": [event.pk for event in events],
        "starts": [event.starts_on for event in events],
        "count": len(events),
        "failed": FAILED,
        "waiting": WAITING,
        "causes": [fault.cause.value for fault in FAULTS],
        "subjects": [fault.subject for fault in FAULTS],
        "fields": [fault.field for fault in FAULTS],
        "values": [fault.value for fault in FAULTS],
        "messages": [fault.message for fault in FAULTS],
        "ours": [fault.ours for fault in FAULTS],
        "lows": [0.0, *highs[:-1]],
        "highs": [*highs[:-1], 1.1],
    }
    with connection.cursor() as cursor:
        for statement in (_leads(), _CAPTURES, _RECORDS):
            cursor.execute(statement, asked)


def _leads() -> str:
    """Every column of a lead: what is not made up is blank."""
    email = "lower(person.first) || '.' || n || '@' || person.company || '.example'"
    own = {
        "organization_id": "%(organization)s",
        "uid": "gen_random_uuid()",
        "version": "1",
        "first_name": "person.first",
        "last_name": "person.last",
        "email": email,
        "email_key": email,
        "company_name": "initcap(replace(person.company, '-', ' '))",
        "job_title": "'Head of Robotics'",
        "number_of_scans": "met.scans",
        "enrichment": "'done'",
        "enrich_until": "NULL",
        "provenance": "'{}'",
        "created_at": "now()",
        "updated_at": "now()",
        "last_captured_at": "met.last",
    }
    columns = [str(field.column) for field in Lead._meta.concrete_fields if not field.primary_key]
    return _LEADS.format(
        columns=", ".join(columns), values=", ".join(own.get(column, "''") for column in columns), met=_MET
    )
