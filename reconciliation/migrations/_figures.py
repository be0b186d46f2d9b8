"""The triggers that keep `Placement` and `Figure`, statement by statement; applied by 0009.

A statement that changes a thousand records adds a handful of rows: changes of one hour, state and cause are summed
first, and what did not change sums up to nothing. Lists of an event are kept by the same triggers, and by those of the
captures, because a lead may be met at another event after it was sent.
"""

STATE = "CASE WHEN {row}.dismissed_at IS NULL THEN {row}.state ELSE 'dismissed' END"


def _counted(rows: str, sign: int, *, by_event: bool) -> str:
    """One side of a change as rows to be summed."""
    join = "JOIN reconciliation_placement p ON p.record_id = r.id" if by_event else ""
    return f"""SELECT r.integration_id AS integration, {"p.event_id" if by_event else "0::bigint"} AS event,
    {STATE.format(row="r")} AS state, r.cause, r.subject, r.remote_field, r.refused_by_us,
    date_trunc('hour', r.changed_at, 'UTC') AS hour, {sign} AS count FROM {rows} r {join}"""


def _add(*sides: str) -> str:
    told = " UNION ALL ".join(f"({side})" for side in sides)
    return f"""
  INSERT INTO reconciliation_figure
    (integration, event, state, cause, subject, remote_field, refused_by_us, hour, count, settled)
  SELECT integration, event, state, cause, subject, remote_field, refused_by_us, hour, sum(count), false
  FROM ({told}) AS sides
  GROUP BY integration, event, state, cause, subject, remote_field, refused_by_us, hour HAVING sum(count) <> 0;"""


def _of_placements(rows: str, sign: int) -> str:
    return f"""SELECT r.integration_id AS integration, p.event_id AS event, {STATE.format(row="r")} AS state,
    r.cause, r.subject, r.remote_field, r.refused_by_us, date_trunc('hour', r.changed_at, 'UTC') AS hour,
    {sign} AS count FROM {rows} p JOIN reconciliation_syncrecord r ON r.id = p.record_id"""


PLACE = f"""
  INSERT INTO reconciliation_placement (record_id, event_id, integration_id, state, changed_at)
  SELECT DISTINCT r.id, c.event_id, r.integration_id, {STATE.format(row="r")}, r.changed_at
  FROM {{records}} r JOIN {{captures}} c ON c.lead_id = r.lead_id
  WHERE c.event_id IS NOT NULL ON CONFLICT (record_id, event_id) DO NOTHING;"""
# Who places a record waits for whoever changes it, and the other way round: else one would count what the other has
# just moved. In the order of the lead, as everywhere that locks several records.
LOCK = """
  PERFORM 1 FROM reconciliation_syncrecord r WHERE r.lead_id IN (SELECT lead_id FROM {rows})
  ORDER BY r.lead_id, r.integration_id FOR NO KEY UPDATE;"""
# A capture went, or was told to belong elsewhere, and none is left of that lead at that event.
DISPLACE = """
  DELETE FROM reconciliation_placement p
  USING old_rows o JOIN reconciliation_syncrecord r ON r.lead_id = o.lead_id
  WHERE p.record_id = r.id AND p.event_id = o.event_id AND NOT EXISTS (
    SELECT 1 FROM leads_capture c WHERE c.lead_id = o.lead_id AND c.event_id = o.event_id);"""

# A claim, a renewed lease: nothing that is counted has changed.
NOTHING_MOVED = """
  IF NOT EXISTS (SELECT 1 FROM old_rows o JOIN new_rows n ON n.id = o.id
      WHERE (n.state, n.changed_at, n.dismissed_at, n.cause, n.subject, n.remote_field, n.refused_by_us)
        IS DISTINCT FROM (o.state, o.changed_at, o.dismissed_at, o.cause, o.subject, o.remote_field, o.refused_by_us))
  THEN RETURN NULL; END IF;"""

BODIES = {
    ("reconciliation_syncrecord", "insert"): _add(_counted("new_rows", 1, by_event=False))
    + PLACE.format(records="new_rows", captures="leads_capture"),
    ("reconciliation_syncrecord", "update"): NOTHING_MOVED
    + _add(
        _counted("old_rows", -1, by_event=False),
        _counted("new_rows", 1, by_event=False),
        _counted("old_rows", -1, by_event=True),
        _counted("new_rows", 1, by_event=True),
    )
    + f"""
  UPDATE reconciliation_placement p SET state = {STATE.format(row="r")}, changed_at = r.changed_at FROM new_rows r
  WHERE p.record_id = r.id AND (p.state <> {STATE.format(row="r")} OR p.changed_at <> r.changed_at);""",
    ("reconciliation_syncrecord", "delete"): _add(_counted("old_rows", -1, by_event=False)),
    ("reconciliation_placement", "insert"): _add(_of_placements("new_rows", 1)),
    ("reconciliation_placement", "delete"): _add(_of_placements("old_rows", -1)),
    ("leads_capture", "insert"): LOCK.format(rows="new_rows") + PLACE.format(records="reconciliation_syncrecord", captures="new_rows"),
    ("leads_capture", "update"): f"""
  IF EXISTS (SELECT 1 FROM old_rows o JOIN new_rows n ON n.id = o.id
      WHERE (n.lead_id, n.event_id) IS DISTINCT FROM (o.lead_id, o.event_id)) THEN
    {LOCK.format(rows="old_rows")}
    {LOCK.format(rows="new_rows")}
    {DISPLACE}
    {PLACE.format(records="reconciliation_syncrecord", captures="new_rows")}
  END IF;""",
    ("leads_capture", "delete"): LOCK.format(rows="old_rows") + DISPLACE,
}
TABLES = {"insert": "NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows"}


def _name(table: str, event: str) -> str:
    return f"figures_after_{event}_of_{table.partition('_')[2]}"


def _trigger(table: str, event: str, body: str) -> str:
    name = _name(table, event)
    tables = TABLES.get(event, "OLD TABLE AS old_rows NEW TABLE AS new_rows")
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{body}
  RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event.upper()} ON {table} REFERENCING {tables}
  FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


TRIGGERS = "".join(_trigger(table, event, body) for (table, event), body in BODIES.items())
NO_TRIGGERS = "".join(
    f"DROP TRIGGER {_name(*key)} ON {key[0]}; DROP FUNCTION {_name(*key)}();" for key in reversed(BODIES)
)
# What stands there already; the triggers are made before it, so that placing counts by event.
COUNT_ALL = _add(_counted("reconciliation_syncrecord", 1, by_event=False)) + PLACE.format(
    records="reconciliation_syncrecord", captures="leads_capture"
)
# What errors say, for the search.
WORDS = """
CREATE INDEX record_words ON reconciliation_syncrecord USING gin (words_of(message)) WHERE message <> ''
"""
NO_WORDS = "DROP INDEX record_words"
