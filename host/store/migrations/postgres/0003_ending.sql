-- How islands end, and what happened to them.

-- How many rows a run wrote, by table: what else an island holds at its end, somebody else has added.
ALTER TABLE insula_run ADD COLUMN row_counts json NOT NULL DEFAULT '{}';

-- What was removed with an island, and the proof that nothing is left.
CREATE TABLE insula_certificate (
    island_id   uuid        PRIMARY KEY,
    ended_at    timestamptz NOT NULL,
    clean       boolean     NOT NULL,
    certificate json        NOT NULL
);

-- Who alone does a thing that several hosts could do, and until when, unless it is said again.
CREATE TABLE insula_lease (
    name   text        PRIMARY KEY,
    holder text        NOT NULL,
    until  timestamptz NOT NULL
);

-- What happened; nothing here is ever changed.
CREATE TABLE insula_event (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    kind      text        NOT NULL,
    island_id uuid,
    actor     text        NOT NULL,
    outcome   text        NOT NULL,
    details   json        NOT NULL
);

CREATE INDEX insula_event_island ON insula_event (island_id) WHERE island_id IS NOT NULL;

-- What may be forgotten one day.
CREATE INDEX insula_island_ended ON insula_island (removed_at) WHERE removed_at IS NOT NULL;
