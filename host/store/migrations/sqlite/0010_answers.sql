-- What tells of the answers of several islands' runs is found by each of them.
CREATE INDEX insula_event_answered ON insula_event (id) WHERE kind = 'answered' AND island_id IS NULL;
