-- A library's one file. Positions are code points of version.text, end excluded.

CREATE TABLE article (
  id TEXT PRIMARY KEY,
  current INTEGER NOT NULL,  -- the version that is searched; earlier ones are only cited
  FOREIGN KEY (id, current) REFERENCES version (article_id, version)
    DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE version (
  article_id TEXT NOT NULL REFERENCES article (id) DEFERRABLE INITIALLY DEFERRED,
  version INTEGER NOT NULL CHECK (version >= 1),
  title TEXT NOT NULL CHECK (title <> ''),
  url TEXT,
  source TEXT,
  author TEXT,
  published TEXT,
  origin TEXT,
  text TEXT NOT NULL,
  added_at TEXT NOT NULL,
  PRIMARY KEY (article_id, version)
) STRICT;

-- Passages and sentences are those of current versions.
CREATE TABLE passage (
  id INTEGER PRIMARY KEY,
  article_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  embedding BLOB NOT NULL,  -- float16, unit length
  FOREIGN KEY (article_id, version) REFERENCES version (article_id, version)
) STRICT;
CREATE INDEX passage_of_article ON passage (article_id, start);

CREATE TABLE sentence (
  passage_id INTEGER NOT NULL REFERENCES passage (id) ON DELETE CASCADE,
  start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  embedding BLOB NOT NULL,
  PRIMARY KEY (passage_id, start)
) STRICT, WITHOUT ROWID;

-- BM25 over the passages' words, kept in step within the same transactions. It holds no
-- text of its own: the view has it.
CREATE VIEW passage_text AS
  SELECT passage.id AS id, version.title AS title,
         substr(version.text, passage.start + 1, passage.end - passage.start) AS body
  FROM passage JOIN version USING (article_id, version);
CREATE VIRTUAL TABLE passage_words USING fts5 (
  title, body, content = 'passage_text', content_rowid = 'id',
  tokenize = 'porter unicode61 remove_diacritics 2'
);

-- What the derived data were made with, and how often anything changed.
CREATE TABLE stamp (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO stamp VALUES ('changes', '0');
