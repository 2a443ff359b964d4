-- What makes the records evidence: a chain over them, and counters for denials beyond the budget.

-- Rows from before count as mutating: nothing says that they are not.
ALTER TABLE decision ADD COLUMN mutates INTEGER NOT NULL DEFAULT 1 CHECK (mutates IN (0, 1));

-- Denials counted together. `linked` is 0 while the minute may still be counted in, and then 1 for
-- ever: the row does not change any more.
CREATE TABLE denied_group (
    id             TEXT    NOT NULL PRIMARY KEY,
    window_start   INTEGER NOT NULL,
    caller         TEXT,
    principal_type TEXT,
    principal_id   TEXT,
    action         TEXT,
    cause          TEXT,
    denials        INTEGER NOT NULL,
    linked         INTEGER NOT NULL CHECK (linked IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX denied_group_open ON denied_group (window_start) WHERE linked = 0;
