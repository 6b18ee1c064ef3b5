-- In which order things happen where several hosts write. Events are numbered as they are committed, since one writes at a
-- time.

-- How often an island was added to or edited: a run that was checked with what it held before is refused.
ALTER TABLE insula_island ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
