-- Workloads: credentials that name one, tokens that may be used so often, and what was exchanged.

-- A third kind of proof, which SQLite can only allow in a new table.
CREATE TABLE credential_with_workloads (
    id             TEXT    NOT NULL PRIMARY KEY,
    account_id     TEXT    NOT NULL,
    secret_sha256  TEXT    UNIQUE,
    key_thumbprint TEXT    UNIQUE,
    public_jwk     TEXT,
    issuer         TEXT,
    subject        TEXT,
    audience       TEXT,
    created_by     TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER,
    replaced_by    TEXT,
    ceiling        TEXT,
    by_highest     INTEGER NOT NULL CHECK (by_highest IN (0, 1)),
    made_with      TEXT,
    last_used_at   INTEGER,
    CHECK ((secret_sha256 IS NOT NULL) + (key_thumbprint IS NOT NULL) + (issuer IS NOT NULL) = 1),
    CHECK ((key_thumbprint IS NULL) = (public_jwk IS NULL)),
    CHECK ((issuer IS NULL) = (subject IS NULL)),
    CHECK (audience IS NULL OR issuer IS NOT NULL),
    -- One credential a workload; the workload may be other accounts', too.
    UNIQUE (account_id, issuer, subject)
) STRICT, WITHOUT ROWID;

INSERT INTO credential_with_workloads
    (id, account_id, secret_sha256, key_thumbprint, public_jwk, created_by, created_at, expires_at,
     replaced_by, ceiling, by_highest, made_with, last_used_at)
SELECT id, account_id, secret_sha256, key_thumbprint, public_jwk, created_by, created_at, expires_at,
       replaced_by, ceiling, by_highest, made_with, last_used_at
FROM credential;

DROP TABLE credential;
ALTER TABLE credential_with_workloads RENAME TO credential;

CREATE INDEX credential_by_account ON credential (account_id);

-- How often a client assertion or a workload token was used.
ALTER TABLE spent_assertion ADD COLUMN uses INTEGER NOT NULL DEFAULT 1 CHECK (uses > 0);

-- The workloads behind access tokens that live: whether they are trusted is asked at every use.
CREATE TABLE exchange (
    token_id     TEXT    NOT NULL PRIMARY KEY,
    iss          TEXT    NOT NULL,
    workload     TEXT    NOT NULL,
    usable_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX exchange_by_end ON exchange (usable_until);

-- The token that the account was proved with: the target of the event of its issue.
ALTER TABLE decision ADD COLUMN token_id TEXT;
