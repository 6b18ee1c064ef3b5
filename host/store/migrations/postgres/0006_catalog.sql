-- Scenarios that were added while hosts ran. What a host brings along itself is not in here.

-- A number that grows with each change: who has seen it knows whether there is anything new. One row, or none before
-- the first change.
CREATE TABLE insula_catalog (
    id         integer PRIMARY KEY CHECK (id = 1),
    generation bigint  NOT NULL
);

CREATE TABLE insula_plugin (
    scenario   text        NOT NULL,
    version    text        NOT NULL,
    digest     text        NOT NULL,
    signature  text,
    origin     text        NOT NULL,
    actor      text        NOT NULL,
    added_at   timestamptz NOT NULL,
    generation bigint      NOT NULL,
    wasm       bytea       NOT NULL DEFAULT '',
    PRIMARY KEY (scenario, version)
);

-- Versions that are passed over, wherever they are from: they run for those alone who ask for them.
CREATE TABLE insula_rollback (
    scenario text NOT NULL,
    version  text NOT NULL,
    PRIMARY KEY (scenario, version)
);
