-- What platforms called the things behind workloads when they were last seen, by the ids that never
-- change hands: a name that changes is worth an event.
CREATE TABLE workload_name (
    iss  TEXT NOT NULL,
    id   TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (iss, id)
) STRICT, WITHOUT ROWID;

-- Whose token a credential of a workload takes: the issuer's name alone could be another's later. Those
-- of before have none and take no token until they are made again.
ALTER TABLE credential ADD COLUMN iss TEXT;
