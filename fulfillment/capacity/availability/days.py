"""What a day of a pool has, as pieces of SQL. Each rule stands here once; every reading is put together from these.

A piece names the pool it is about `w` (columns id, node_id, usual, follows_hours, opens_at, closes_at, has_hours, and for
`over` timezone and today, the day that it is at the node).
"""

from __future__ import annotations

# Whether slots of these kinds follow the hours of their node, as SlotPool.follows_hours says.
FOLLOWS_HOURS = "kind IN ('dock', 'picks', 'table')"
HAS_HOURS = "EXISTS (SELECT FROM coop_openinghours h WHERE h.node_id = {node})"


def usual(day: str, *, when: str = "true") -> str:
    """A row `usual_day` (capacity, why): what opening this day would give, and why nothing if the node does not work.

    It is only looked up `when` that is so (NULL otherwise).

    A node without hours works on all days but its closures. A dock is closed, too, when its window lies outside the
    hours of that weekday; both are times on the node's wall, so summer time changes neither.
    """
    return f"""
    LEFT JOIN LATERAL (
      SELECT CASE WHEN off.why = '' THEN w.usual ELSE 0 END AS capacity, off.why
      FROM (SELECT ({day})::date AS day WHERE {when}) AS one
      LEFT JOIN coop_closure c ON c.node_id = w.node_id AND c.day = one.day
      LEFT JOIN coop_openinghours h ON h.node_id = w.node_id AND h.weekday = extract(isodow FROM one.day) - 1
      CROSS JOIN LATERAL (SELECT CASE
        WHEN NOT w.follows_hours THEN ''
        WHEN c.id IS NOT NULL THEN coalesce(nullif(c.reason, ''), 'closed')
        WHEN NOT w.has_hours THEN ''
        WHEN h.id IS NULL THEN 'closed on ' || to_char(one.day, 'FMDay') || 's'
        WHEN w.closes_at <= h.opens OR w.opens_at >= h.closes
          THEN 'open ' || to_char(h.opens, 'HH24:MI') || '–' || to_char(h.closes, 'HH24:MI')
               || ' on ' || to_char(one.day, 'FMDay') || 's'
        ELSE '' END AS why) AS off
    ) AS usual_day ON true"""  # noqa: S608 - put together from constants


def over(day: str, now: str) -> str:
    """Whether a day is over for the pool: the day itself; of today a dock whose window ended, picks and tables when the node closed.

    A node that has told no hours of today works to the day's end. Goods may come onto a shelf all day long. Moments are
    compared, so that the hour that comes twice is told apart.
    """
    return f"""({day} < w.today OR {day} = w.today AND w.follows_hours AND {now} >= (
      {day} + coalesce(w.closes_at, (
        SELECT h.closes FROM coop_openinghours h
        WHERE h.node_id = w.node_id AND h.weekday = extract(isodow FROM {day}) - 1
      ), '24:00'::time)
    ) AT TIME ZONE w.timezone)"""  # noqa: S608 - put together from constants


def kept_by_holds(pool: str, day: str) -> str:
    """A row `kept` (running, run_out, until): how much of a pool's day holds keep that run, and those past their time.

    `until` is when the first of those that run ends.
    """
    return f"""
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(n) FILTER (WHERE NOT is_out), 0)::int AS running,
             coalesce(sum(n) FILTER (WHERE is_out), 0)::int AS run_out,
             min(held_until) FILTER (WHERE NOT is_out) AS until
      FROM (
        SELECT o.run_out AS is_out, o.held_until, CASE o.pool_id WHEN {pool} THEN o.slots ELSE o.skus END AS n FROM holds o
        WHERE {pool} IN (o.pool_id, o.assortment_id) AND {day} BETWEEN o.first_day AND o.last_day
      ) AS each
    ) AS kept"""  # noqa: S608 - put together from constants


def holds(first: str, last: str, *, run_out: str = "b.held_until <= %(now)s", where: str = "true") -> str:
    """The rows `holds` that touch these days, as far as `where` goes. One past its time is worth nothing from that second on, swept up or not."""
    return f"""holds AS MATERIALIZED (
      SELECT b.pool_id, b.assortment_id, b.slots, b.skus, b.first_day, b.last_day, b.held_until, ({run_out}) AS run_out
      FROM fulfillment_booking b
      WHERE b.state = 'held' AND b.first_day <= {last} AND b.last_day >= {first} AND ({where})
    )"""  # noqa: S608 - put together from constants
