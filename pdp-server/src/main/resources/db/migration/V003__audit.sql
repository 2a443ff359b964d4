-- What makes the records evidence: a chain over them, and counters for denials beyond the budget.

-- Rows from before count as mutating: nothing says that they are not.
ALTER TABLE decision ADD COLUMN mutates INTEGER NOT NULL DEFAULT 1 CHECK (mutates IN (0, 1));

-- Denials counted together. `linked` is 0 while the minute may still be counted in, and then 1 for
-- ever: the row has its link in the chain and does not change any more.
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

-- Keys of the audit, encrypted under the key-encryption key: `chain`, and `checkpoints` with its
-- public half.
CREATE TABLE audit_key (
    name       TEXT    NOT NULL PRIMARY KEY CHECK (name IN ('chain', 'checkpoints')),
    sealed     TEXT    NOT NULL,
    public_jwk TEXT,
    created_at INTEGER NOT NULL,
    CHECK ((public_jwk IS NULL) = (name = 'chain'))
) STRICT, WITHOUT ROWID;

-- One link a record, in the order of the commits: `mac` covers the link before, the sequence, the
-- kind and every column of the record.
CREATE TABLE audit_link (
    sequence  INTEGER NOT NULL PRIMARY KEY,
    kind      TEXT    NOT NULL,
    record_id TEXT    NOT NULL,
    mac       BLOB    NOT NULL
) STRICT;

-- Where the chain begins once old records are deleted: `mac` is that of the last deleted link,
-- `proof` covers both under the chain's key.
CREATE TABLE audit_anchor (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    mac      BLOB    NOT NULL,
    proof    BLOB    NOT NULL
) STRICT;

-- Checkpoints as they were signed.
CREATE TABLE audit_checkpoint (
    sequence INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    signed   TEXT    NOT NULL,
    PRIMARY KEY (sequence, taken_at)
) STRICT, WITHOUT ROWID;

-- For the filters of queries. Each index holds the id behind its columns, so that what is found is
-- in order already.
CREATE INDEX decision_by_principal ON decision (principal_type, principal_id);
CREATE INDEX decision_by_action ON decision (action);
CREATE INDEX decision_by_resource ON decision (resource_type, resource_id);
CREATE INDEX decision_by_cause ON decision (cause) WHERE cause IS NOT NULL;
CREATE INDEX decision_by_time ON decision (decided_at);

CREATE INDEX event_by_kind ON event (kind);
CREATE INDEX event_by_actor ON event (actor) WHERE actor IS NOT NULL;
CREATE INDEX event_by_account ON event (account) WHERE account IS NOT NULL;
CREATE INDEX event_by_time ON event (happened_at);
