-- How islands end, and what happened to them.

-- How many rows a run wrote, by table: what else an island holds at its end, somebody else has added.
ALTER TABLE insula_run ADD COLUMN row_counts TEXT NOT NULL DEFAULT '{}';

-- What was removed with an island, and the proof that nothing is left.
CREATE TABLE insula_certificate (
    island_id   BLOB    NOT NULL PRIMARY KEY,
    ended_at    INTEGER NOT NULL,
    clean       INTEGER NOT NULL,
    certificate TEXT    NOT NULL
) WITHOUT ROWID, STRICT;

-- Who alone does a thing that several hosts could do, and until when, unless it is said again.
CREATE TABLE insula_lease (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    until  INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

-- What happened; nothing here is ever changed. A larger id was committed later.
CREATE TABLE insula_event (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    island_id BLOB,
    actor     TEXT    NOT NULL,
    outcome   TEXT    NOT NULL,
    details   TEXT    NOT NULL
) STRICT;

CREATE INDEX insula_event_island ON insula_event (island_id) WHERE island_id IS NOT NULL;

-- What may be forgotten one day.
CREATE INDEX insula_island_ended ON insula_island (removed_at) WHERE removed_at IS NOT NULL;
