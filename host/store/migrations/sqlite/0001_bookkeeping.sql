-- What Insula knows about its islands. The names begin with insula_, so that they never meet a team's own tables.

-- That this is a test database, and which Insula brought its schema to which version.
CREATE TABLE insula_mark (
    schema_version INTEGER PRIMARY KEY,
    insula         TEXT    NOT NULL,
    written_at     INTEGER NOT NULL
) STRICT;

-- A removed island keeps its row, so that who asks for it is told that it is gone.
CREATE TABLE insula_island (
    id         BLOB    NOT NULL PRIMARY KEY,
    label      TEXT,
    scenario   TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    removed_at INTEGER
) WITHOUT ROWID, STRICT;

CREATE INDEX insula_island_expiry ON insula_island (expires_at) WHERE state = 'active' AND expires_at IS NOT NULL;

CREATE TABLE insula_run (
    island_id       BLOB    NOT NULL REFERENCES insula_island (id) DEFERRABLE INITIALLY DEFERRED,
    id              BLOB    NOT NULL,
    scenario        TEXT    NOT NULL,
    version         TEXT    NOT NULL,
    plugin          TEXT,
    params          TEXT    NOT NULL,
    seed            INTEGER NOT NULL,
    clock           INTEGER NOT NULL,
    digest          TEXT    NOT NULL,
    names           TEXT    NOT NULL,
    outputs         TEXT    NOT NULL,
    cost            TEXT    NOT NULL,
    logs            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    idempotency_key TEXT,
    request_hash    TEXT,
    PRIMARY KEY (island_id, id)
) WITHOUT ROWID, STRICT;

CREATE UNIQUE INDEX insula_run_key ON insula_run (idempotency_key) WHERE idempotency_key IS NOT NULL;
