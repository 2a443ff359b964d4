-- One row a decision. Times are milliseconds since the epoch, UTC; ids sort by time, so that the
-- primary key is also the order of the log and rows are appended at its right edge.
CREATE TABLE decision (
    id             TEXT    NOT NULL PRIMARY KEY,
    decided_at     INTEGER NOT NULL,
    caller         TEXT    NOT NULL,
    request_id     TEXT,
    principal_type TEXT,
    principal_id   TEXT,
    workload_type  TEXT,
    workload_id    TEXT,
    action         TEXT,
    resource_type  TEXT,
    resource_id    TEXT,
    allowed        INTEGER NOT NULL CHECK (allowed IN (0, 1)),
    cause          TEXT,
    policies       TEXT    NOT NULL,
    policy_version TEXT    NOT NULL,
    parameters     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
