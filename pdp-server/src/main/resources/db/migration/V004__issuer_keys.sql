-- What each issuer published last, so that its keys outlive a restart of the server during an
-- outage of the issuer, and a trust domain's bundle never goes back. `seen_at` is the latest moment
-- that is known to have come since `fetched_at`.
CREATE TABLE issuer_keys (
    issuer     TEXT    NOT NULL PRIMARY KEY,
    source     TEXT    NOT NULL,
    document   TEXT    NOT NULL,
    fetched_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;
