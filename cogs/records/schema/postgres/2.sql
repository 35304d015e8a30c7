-- Answers that the buttons on their cards come back to, for the time that cogs/records/answers.py states.
-- Server 0 is a direct message; `member` asked. `details` is JSON and goes after some days; but for
-- what the member typed, no title, name or text of an article is in it, only places. A key is
-- random: the others in front of it and behind it are for looking up and forgetting.
CREATE TABLE answer (
  server BIGINT NOT NULL,
  key TEXT NOT NULL,
  member BIGINT NOT NULL,
  channel BIGINT NOT NULL,
  is_private BOOLEAN NOT NULL,
  at DOUBLE PRECISION NOT NULL,
  question TEXT NOT NULL,
  details TEXT,
  PRIMARY KEY (server, key, member)
);

CREATE INDEX answer_at ON answer (at);

-- What members thought of an answer: one row each, of the last time that they said it.
CREATE TABLE feedback (
  server BIGINT NOT NULL,
  key TEXT NOT NULL,
  member BIGINT NOT NULL,
  is_good BOOLEAN NOT NULL,
  reason TEXT,
  at DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (server, key, member)
);

CREATE INDEX feedback_at ON feedback (at);
