-- Scenarios that were added while hosts ran. What a host brings along itself is not in here.

-- A number that grows with each change: who has seen it knows whether there is anything new. One row, or none before
-- the first change.
CREATE TABLE insula_catalog (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL
) STRICT;

CREATE TABLE insula_plugin (
    scenario   TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    signature  TEXT,
    origin     TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    added_at   INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    wasm       BLOB    NOT NULL DEFAULT x'',
    PRIMARY KEY (scenario, version)
) STRICT;

-- Versions that are passed over, wherever they are from: they run for those alone who ask for them.
CREATE TABLE insula_rollback (
    scenario TEXT NOT NULL,
    version  TEXT NOT NULL,
    PRIMARY KEY (scenario, version)
) WITHOUT ROWID, STRICT;
