-- What became of calls that the gateway took: how the execution of an allowed one ended, or that one
-- was passed on without a decision.
CREATE TABLE quay_call (
    id          TEXT    NOT NULL PRIMARY KEY,
    ended_at    INTEGER NOT NULL,
    decision_id TEXT    UNIQUE,
    state       TEXT    NOT NULL,
    status      INTEGER,
    millis      INTEGER,
    request_id  TEXT,
    credential  TEXT,
    method      TEXT,
    action      TEXT,
    source_ip   TEXT,
    CHECK ((decision_id IS NULL) = (state = 'passed'))
) STRICT, WITHOUT ROWID;

-- For what a crash left without an end.
CREATE INDEX decision_of_gateway ON decision (id) WHERE caller = 'pdp:gateway' AND allowed = 1;
