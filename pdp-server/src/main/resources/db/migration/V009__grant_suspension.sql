-- Grants on an organization count no more once a call was let through that frees its name: from
-- before that call until it was refused or somebody confirms them. One row a call and name.
CREATE TABLE grant_suspension (
    decision_id  TEXT    NOT NULL,
    organization TEXT    NOT NULL,
    operation    TEXT    NOT NULL,
    since        INTEGER NOT NULL,
    PRIMARY KEY (decision_id, organization)
) STRICT, WITHOUT ROWID;
