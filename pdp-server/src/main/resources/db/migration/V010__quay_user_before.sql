-- Whether the user was enabled when this server set out to disable it: what people disabled is not
-- enabled again. NULL = not looked, as with users that earlier versions disabled.
ALTER TABLE quay_user ADD COLUMN enabled_before INTEGER CHECK (enabled_before IN (0, 1));
