-- What is read from the web: feeds that are watched, pages, and which article a page became. All
-- times are UTC, ISO 8601 to the second, so that they compare as text.
CREATE TABLE feed (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('feed', 'sitemap')),
  title TEXT,
  etag TEXT,
  modified TEXT,
  checked_at TEXT,
  next_at TEXT NOT NULL,
  pause_s REAL NOT NULL,  -- between two looks, while all is well
  failures INTEGER NOT NULL DEFAULT 0,  -- in a row
  problem TEXT
) STRICT;

-- Several addresses may lead to one article; those that only lead there are never due.
CREATE TABLE page (
  url TEXT PRIMARY KEY,  -- in the one form of addresses
  feed_id INTEGER REFERENCES feed (id) ON DELETE SET NULL,
  article_id TEXT REFERENCES article (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'kept', 'refused', 'gone')),
  told TEXT,  -- what the feed says of it, as JSON, until it has been read
  stamp TEXT,  -- when it was changed last, as the feed says
  etag TEXT,
  modified TEXT,
  first_at TEXT NOT NULL,
  checked_at TEXT,
  next_at TEXT,  -- NULL: not to be looked at again
  looks INTEGER NOT NULL DEFAULT 0,  -- since it was last new
  failures INTEGER NOT NULL DEFAULT 0,  -- in a row
  missed_at TEXT,  -- when it was first not there, of the times in a row
  problem TEXT,
  CHECK (state NOT IN ('kept', 'gone') OR article_id IS NOT NULL)
) STRICT;
CREATE INDEX page_due ON page (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX page_of_article ON page (article_id);
CREATE INDEX page_of_feed ON page (feed_id);

-- What was forgotten does not come back by a feed that still lists it; of its address only a
-- hash is left. text_hash is corpus.storage.text_hash's. The trigger went with step 7.
CREATE TABLE forgotten (url_hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TRIGGER forget_pages BEFORE DELETE ON article BEGIN
  INSERT OR IGNORE INTO forgotten SELECT text_hash(url) FROM page WHERE article_id = old.id;
END;
