-- What a channel was summed up last: which articles, by subject, so that the next time tells what is
-- new. The subject is a hash of what was asked for; no word of it is here. `member` is who it was
-- with in a direct message, else 0.
CREATE TABLE summed (
  server BIGINT NOT NULL,
  channel BIGINT NOT NULL,
  subject TEXT NOT NULL,
  member BIGINT NOT NULL,
  at DOUBLE PRECISION NOT NULL,
  articles TEXT NOT NULL,
  PRIMARY KEY (server, channel, subject)
);

CREATE INDEX summed_at ON summed (at);

-- The last scheduled digest of a channel that was done with, sent or not: when it was due.
CREATE TABLE digest (
  server BIGINT NOT NULL,
  channel BIGINT NOT NULL,
  due DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (server, channel)
);
