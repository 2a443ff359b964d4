-- Tokens for Quay are signed by a ring of their own. Keys from before sign access tokens.
ALTER TABLE signing_key ADD COLUMN purpose TEXT NOT NULL DEFAULT 'ACCESS'
    CHECK (purpose IN ('ACCESS', 'QUAY'));

-- The accounts whose users in Quay were seen. `disabled_at`: when this server disabled the user.
CREATE TABLE quay_user (
    account_id  TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    seen_at     INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT, WITHOUT ROWID;

-- The team that this server makes in an organization. `marker` is part of its description in Quay.
CREATE TABLE quay_team (
    organization TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    marker       TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('MAKING', 'MADE', 'REMOVED')),
    since        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which accounts this server put into that team. A removal that was not its own stays until it is
-- approved again.
CREATE TABLE quay_enrolment (
    account_id   TEXT    NOT NULL,
    organization TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('MAKING', 'MADE', 'REMOVED')),
    since        INTEGER NOT NULL,
    PRIMARY KEY (account_id, organization)
) STRICT, WITHOUT ROWID;
