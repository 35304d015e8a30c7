-- A library in a schema of its own; corpus/storage/sqlite/schema/ says what the tables are for. What is only
-- here is at the end. To be run with the schema first on the path.

CREATE TABLE article (
  id TEXT PRIMARY KEY,
  current INTEGER NOT NULL,
  rowid BIGINT GENERATED ALWAYS AS IDENTITY
);
CREATE TABLE version (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  article_id TEXT NOT NULL REFERENCES article (id) DEFERRABLE INITIALLY DEFERRED,
  version INTEGER NOT NULL CHECK (version >= 1),
  title TEXT NOT NULL CHECK (title <> ''),
  url TEXT,
  source TEXT,
  author TEXT,
  published TEXT,
  origin TEXT,
  added_at TEXT NOT NULL,
  document TEXT,
  updated TEXT,
  language TEXT,
  UNIQUE (article_id, version)
);
ALTER TABLE article ADD FOREIGN KEY (id, current) REFERENCES version (article_id, version)
  DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX version_of_source ON version (source);
CREATE INDEX version_of_day ON version (published);
CREATE INDEX version_of_document ON version (article_id) WHERE document IS NOT NULL;

CREATE TABLE body (
  version_id BIGINT PRIMARY KEY REFERENCES version (id) ON DELETE CASCADE,
  text TEXT NOT NULL,
  hash TEXT
);

CREATE TABLE passage (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version_id BIGINT NOT NULL REFERENCES version (id),
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  embedding BYTEA
);
CREATE INDEX passage_of_version ON passage (version_id, start);

CREATE TABLE sentence (
  passage_id BIGINT NOT NULL REFERENCES passage (id) ON DELETE CASCADE,
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  embedding BYTEA NOT NULL,
  PRIMARY KEY (passage_id, start)
);

CREATE TABLE stamp (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO stamp VALUES ('changes', '0'), ('history', substr(md5(random()::text), 1, 16));

CREATE TABLE dropped (
  change INTEGER NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT NOT NULL,
  PRIMARY KEY (change, first)
);

CREATE TABLE copy (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  article_id TEXT NOT NULL UNIQUE REFERENCES article (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  story BIGINT NOT NULL,
  signature BYTEA NOT NULL
);
CREATE INDEX copy_of_story ON copy (story);
CREATE TABLE band (
  hash BIGINT NOT NULL,
  copy_id BIGINT NOT NULL REFERENCES copy (id) ON DELETE CASCADE,
  PRIMARY KEY (hash, copy_id)
);
CREATE INDEX band_of_copy ON band (copy_id);

CREATE TABLE feed (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('feed', 'sitemap')),
  title TEXT,
  etag TEXT,
  modified TEXT,
  checked_at TEXT,
  next_at TEXT NOT NULL,
  pause_s DOUBLE PRECISION NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  problem TEXT
);
CREATE TABLE page (
  url TEXT PRIMARY KEY,
  feed_id BIGINT REFERENCES feed (id) ON DELETE SET NULL,
  article_id TEXT REFERENCES article (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'kept', 'refused', 'gone')),
  told TEXT,
  stamp TEXT,
  etag TEXT,
  modified TEXT,
  first_at TEXT NOT NULL,
  checked_at TEXT,
  next_at TEXT,
  looks INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  missed_at TEXT,
  problem TEXT,
  rowid BIGINT GENERATED ALWAYS AS IDENTITY,
  CHECK (state NOT IN ('kept', 'gone') OR article_id IS NOT NULL)
);
CREATE INDEX page_due ON page (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX page_of_article ON page (article_id);
CREATE INDEX page_of_feed ON page (feed_id);
CREATE TABLE forgotten (url_hash TEXT PRIMARY KEY);

-- What is derived for searching, by retrieval/index/pgvector.py: each passage's words with how often it
-- has them, and its embedding as pgvector searches it. Passages are numbered as they come, so that
-- a block range index finds those that go.
CREATE TABLE word (
  term TEXT NOT NULL,
  passage_id BIGINT NOT NULL,
  times SMALLINT NOT NULL,
  length SMALLINT NOT NULL  -- of the passage, in words
);
CREATE UNIQUE INDEX word_in ON word (term, passage_id) INCLUDE (times, length);
CREATE INDEX word_of ON word USING brin (passage_id) WITH (pages_per_range = 16);
CREATE TABLE nearby (
  passage_id BIGINT PRIMARY KEY REFERENCES passage (id) ON DELETE CASCADE,
  length SMALLINT NOT NULL,
  embedding halfvec
);
CREATE FUNCTION drop_words() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE first BIGINT; last BIGINT;
  BEGIN
    SELECT min(id), max(id) INTO first, last FROM gone;
    DELETE FROM word WHERE passage_id BETWEEN first AND last
      AND passage_id IN (SELECT id FROM gone);
    RETURN NULL;
  END $$;
CREATE TRIGGER drop_words AFTER DELETE ON passage
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION drop_words();

-- Filters (conditions.py): what a JSON value is as a number, a text, a moment; NULL where it is none.
CREATE FUNCTION footnote_number(value JSONB) RETURNS NUMERIC LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE jsonb_typeof(value)
    WHEN 'number' THEN (value #>> '{}')::numeric
    WHEN 'boolean' THEN (value #>> '{}')::boolean::int::numeric
  END $$;
CREATE FUNCTION footnote_text(value JSONB) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE jsonb_typeof(value) WHEN 'string' THEN value #>> '{}' END $$;
CREATE FUNCTION footnote_moment(told TEXT) RETURNS TIMESTAMPTZ LANGUAGE plpgsql STABLE AS $$
  BEGIN
    IF told !~ '^\d{4}-\d\d-\d\d' THEN
      RETURN NULL;
    END IF;
    IF told ~ '(Z|[+-]\d\d(:?\d\d)?)$' AND length(told) > 10 THEN
      RETURN date_trunc('milliseconds', told::timestamptz);
    END IF;
    RETURN date_trunc('milliseconds', told::timestamp AT TIME ZONE 'UTC');
  EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
  END $$;
