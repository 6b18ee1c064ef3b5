-- How far leases were moved in all, in microseconds, since clocks have jumped. One row.
CREATE TABLE insula_clock (moved INTEGER NOT NULL);
INSERT INTO insula_clock VALUES (0);
