-- In which order things happen where several hosts write.

-- An event's number begins with that of its transaction, and ends with a place among the others of the same: 14 bits. So
-- whoever listens no further than the oldest transaction under way misses none that is committed later.
ALTER TABLE insula_event ALTER COLUMN id DROP IDENTITY;
CREATE SEQUENCE insula_event_place MINVALUE 0 MAXVALUE 16383 CYCLE CACHE 64 OWNED BY insula_event.id;
ALTER TABLE insula_event ALTER COLUMN id
    SET DEFAULT pg_current_xact_id()::text::bigint * 16384 + nextval('insula_event_place');

-- How often an island was added to or edited: a run that was checked with what it held before is refused.
ALTER TABLE insula_island ADD COLUMN revision bigint NOT NULL DEFAULT 0;
