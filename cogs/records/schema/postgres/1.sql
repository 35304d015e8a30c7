-- What the bot remembers of Discord beside the libraries. A column called `server` or `member`
-- is what forgetting goes by: see cogs/records/database.py. Moments are seconds since 1970, UTC.

-- A server's settings, and those of one of its channels; channel 0 is the whole server.
-- `value` is JSON. What is not here is as it is by default.
CREATE TABLE setting (
  server BIGINT NOT NULL,
  channel BIGINT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (server, channel, name)
);

-- How many questions a member asked there on a day of the server's calendar, for its quota, and
-- under member 0 how many all did. Earlier days are deleted.
CREATE TABLE usage (
  server BIGINT NOT NULL,
  member BIGINT NOT NULL,
  day TEXT NOT NULL,
  questions BIGINT NOT NULL,
  PRIMARY KEY (server, member, day)
);

-- Since when the bot is no longer in a server. Its library and records go when that is long ago.
CREATE TABLE left_server (
  server BIGINT PRIMARY KEY,
  left_at DOUBLE PRECISION NOT NULL
);
