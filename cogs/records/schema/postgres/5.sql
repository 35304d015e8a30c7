-- The message that an answer stands in, and what of its sources was told there already: JSON, from a
-- source's number to its article's version then. Both for cogs/background/source_changes.py.
ALTER TABLE answer ADD COLUMN message BIGINT;
ALTER TABLE answer ADD COLUMN told TEXT;
