-- When the publisher last changed an article, and its language (BCP 47).
ALTER TABLE version ADD COLUMN updated TEXT;
ALTER TABLE version ADD COLUMN language TEXT;

-- Articles whose texts are copies, or nearly, are one story. `version` is the one that was
-- looked at; `story` is a number that all have in common. `signature` is the text's MinHash, and
-- bands are hashes of parts of it: copies share some.
CREATE TABLE copy (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  article_id TEXT NOT NULL UNIQUE REFERENCES article (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  story INTEGER NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE INDEX copy_of_story ON copy (story);
CREATE TABLE band (
  hash INTEGER NOT NULL,
  copy_id INTEGER NOT NULL REFERENCES copy (id) ON DELETE CASCADE,
  PRIMARY KEY (hash, copy_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX band_of_copy ON band (copy_id);
