-- Articles can be forgotten, passages are never numbered twice, and whoever searches can ask
-- what is new and what is gone. The long texts leave the rows that filters read. What is
-- derived for searching lies beside this file.

CREATE TABLE version_2 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  article_id TEXT NOT NULL REFERENCES article (id) DEFERRABLE INITIALLY DEFERRED,
  version INTEGER NOT NULL CHECK (version >= 1),
  title TEXT NOT NULL CHECK (title <> ''),
  url TEXT,
  source TEXT,
  author TEXT,
  published TEXT,
  origin TEXT,
  added_at TEXT NOT NULL,
  UNIQUE (article_id, version)
) STRICT;
INSERT INTO version_2
  SELECT rowid, article_id, version, title, url, source, author, published, origin, added_at
  FROM version ORDER BY rowid;

CREATE TABLE body (
  version_id INTEGER PRIMARY KEY REFERENCES version_2 (id) ON DELETE CASCADE,
  text TEXT NOT NULL
) STRICT;
INSERT INTO body SELECT rowid, text FROM version;

-- Passages and sentences are those of current versions. An embedding is missing where
-- whoever wrote the passage gave none.
CREATE TABLE passage_2 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version_id INTEGER NOT NULL REFERENCES version_2 (id),
  start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  embedding BLOB  -- float16, unit length
) STRICT;
INSERT INTO passage_2
  SELECT passage.id, version.rowid, start, end, embedding
  FROM passage JOIN version USING (article_id, version) ORDER BY passage.id;

DROP VIEW passage_text;
DROP TABLE passage_words;
DROP TABLE passage;
DROP TABLE version;
ALTER TABLE version_2 RENAME TO version;
ALTER TABLE passage_2 RENAME TO passage;
CREATE INDEX passage_of_version ON passage (version_id, start);
CREATE INDEX version_of_source ON version (source);
CREATE INDEX version_of_day ON version (published);

-- Which passages went with which change; both ends are included.
CREATE TABLE dropped (
  change INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (change, first)
) STRICT, WITHOUT ROWID;

-- Tells this history of changes from that of a backup put in its place.
INSERT INTO stamp VALUES ('history', lower(hex(randomblob(8))));
