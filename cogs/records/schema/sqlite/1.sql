-- What the bot remembers of Discord beside the libraries. A column called `server` or `member`
-- is what forgetting goes by: see cogs/records/database.py. Moments are seconds since 1970, UTC.

-- A server's settings, and those of one of its channels; channel 0 is the whole server.
-- `value` is JSON. What is not here is as it is by default.
CREATE TABLE setting (
  server INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (server, channel, name)
) STRICT, WITHOUT ROWID;

-- How many questions a member asked there on a day of the server's calendar, for its quota, and
-- under member 0 how many all did. Earlier days are deleted.
CREATE TABLE usage (
  server INTEGER NOT NULL,
  member INTEGER NOT NULL,
  day TEXT NOT NULL,
  questions INTEGER NOT NULL,
  PRIMARY KEY (server, member, day)
) STRICT, WITHOUT ROWID;

-- Since when the bot is no longer in a server. Its library and records go when that is long ago.
CREATE TABLE left_server (
  server INTEGER PRIMARY KEY,
  left_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
