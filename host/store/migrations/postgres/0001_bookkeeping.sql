-- What Insula knows about its islands. The names begin with insula_, so that they never meet a team's own tables.

-- That this is a test database, and which Insula brought its schema to which version.
CREATE TABLE insula_mark (
    schema_version bigint      PRIMARY KEY,
    insula         text        NOT NULL,
    written_at     timestamptz NOT NULL
);

-- A removed island keeps its row, so that who asks for it is told that it is gone.
CREATE TABLE insula_island (
    id         uuid        PRIMARY KEY,
    label      text,
    scenario   text        NOT NULL,
    version    text        NOT NULL,
    state      text        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    removed_at timestamptz
);

CREATE INDEX insula_island_expiry ON insula_island (expires_at) WHERE state = 'active' AND expires_at IS NOT NULL;

-- JSON is kept as it was written: jsonb would put its keys into another order.
CREATE TABLE insula_run (
    island_id       uuid        NOT NULL REFERENCES insula_island (id) DEFERRABLE,
    id              uuid        NOT NULL,
    scenario        text        NOT NULL,
    version         text        NOT NULL,
    plugin          text,
    params          json        NOT NULL,
    seed            bigint      NOT NULL,
    clock           timestamptz NOT NULL,
    digest          text        NOT NULL,
    names           json        NOT NULL,
    outputs         json        NOT NULL,
    cost            json        NOT NULL,
    logs            json        NOT NULL,
    created_at      timestamptz NOT NULL,
    idempotency_key text,
    request_hash    text,
    PRIMARY KEY (island_id, id)
);

CREATE UNIQUE INDEX insula_run_key ON insula_run (idempotency_key) WHERE idempotency_key IS NOT NULL;
