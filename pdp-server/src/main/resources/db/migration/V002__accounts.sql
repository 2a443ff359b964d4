-- Accounts, their credentials and grants, and what happened to them. Times are milliseconds since
-- the epoch, UTC; lists and maps are JSON; ids are made by the program and sort by time.

-- Every name that was ever an account's. A row is never deleted: a retired name is a tombstone.
CREATE TABLE account_name (
    name       TEXT    NOT NULL,
    origin     TEXT    NOT NULL CHECK (origin IN ('API', 'GIT')),
    account_id TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (name, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_account (
    id              TEXT    NOT NULL PRIMARY KEY,
    name            TEXT    NOT NULL UNIQUE,
    display_name    TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    owner           TEXT,
    group_names     TEXT    NOT NULL,
    labels          TEXT    NOT NULL,
    enabled         INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at      INTEGER,
    expires_at      INTEGER,
    created_by      TEXT    NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    disabled_by     TEXT    CHECK (disabled_by IN ('ORGANIZATION', 'REGISTRY')),
    legacy_audience INTEGER NOT NULL CHECK (legacy_audience IN (0, 1))
) STRICT, WITHOUT ROWID;

-- What proves an account: the hash of a secret, or a public key. Each belongs to one credential.
-- `account_id` is no foreign key: accounts that are declared in Git have credentials too.
CREATE TABLE credential (
    id             TEXT    NOT NULL PRIMARY KEY,
    account_id     TEXT    NOT NULL,
    secret_sha256  TEXT    UNIQUE,
    key_thumbprint TEXT    UNIQUE,
    public_jwk     TEXT,
    created_by     TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER,
    replaced_by    TEXT,
    ceiling        TEXT,
    by_highest     INTEGER NOT NULL CHECK (by_highest IN (0, 1)),
    made_with      TEXT,
    last_used_at   INTEGER,
    CHECK ((secret_sha256 IS NULL) <> (key_thumbprint IS NULL)),
    CHECK ((key_thumbprint IS NULL) = (public_jwk IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX credential_by_account ON credential (account_id);

CREATE TABLE account_grant (
    id            TEXT    NOT NULL PRIMARY KEY,
    account_id    TEXT    NOT NULL REFERENCES service_account (id) ON DELETE CASCADE,
    role          TEXT    NOT NULL,
    resource_type TEXT    NOT NULL,
    resource_id   TEXT    NOT NULL,
    expires_at    INTEGER,
    created_by    TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX account_grant_by_account ON account_grant (account_id);

-- Outlives what it concerns: `target` is no foreign key.
CREATE TABLE revocation (
    id          TEXT    NOT NULL PRIMARY KEY,
    target_kind TEXT    NOT NULL
        CHECK (target_kind IN ('ACCOUNT', 'CREDENTIAL', 'ISSUER', 'TOKEN', 'EVERYTHING')),
    target      TEXT    CHECK ((target IS NULL) = (target_kind = 'EVERYTHING')),
    before      INTEGER NOT NULL,
    created_by  TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Creations by idempotency key.
CREATE TABLE idempotent_request (
    caller          TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    fingerprint     TEXT    NOT NULL,
    created_id      TEXT    NOT NULL,
    requested_at    INTEGER NOT NULL,
    PRIMARY KEY (caller, idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotent_request_by_age ON idempotent_request (requested_at);

-- One row an event; its id sorts by time, so that the primary key is also the order of the log.
-- Names and ids are those of that time and no foreign keys.
CREATE TABLE event (
    id            TEXT    NOT NULL PRIMARY KEY,
    happened_at   INTEGER NOT NULL,
    kind          TEXT    NOT NULL,
    actor         TEXT,
    credential_id TEXT,
    account       TEXT,
    target        TEXT,
    cause         TEXT,
    policies      TEXT    NOT NULL,
    request_id    TEXT,
    source_ip     TEXT,
    details       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Client assertions that may not be used again.
CREATE TABLE spent_assertion (
    hash         TEXT    NOT NULL PRIMARY KEY,
    usable_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX spent_assertion_by_end ON spent_assertion (usable_until);

-- The key ring; private keys are encrypted before they come here.
CREATE TABLE signing_key (
    kid            TEXT    NOT NULL PRIMARY KEY,
    algorithm      TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('NEXT', 'ACTIVE', 'RETIRING')),
    public_jwk     TEXT    NOT NULL,
    sealed_private TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    state_since    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
