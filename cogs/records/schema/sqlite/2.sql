-- Answers that the buttons on their cards come back to, for the time that cogs/records/answers.py states.
-- Server 0 is a direct message; `member` asked. `details` is JSON and goes after some days; but for
-- what the member typed, no title, name or text of an article is in it, only places. A key is
-- random: the others in front of it and behind it are for looking up and forgetting.
CREATE TABLE answer (
  server INTEGER NOT NULL,
  key TEXT NOT NULL,
  member INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  is_private INTEGER NOT NULL,
  at REAL NOT NULL,
  question TEXT NOT NULL,
  details TEXT,
  PRIMARY KEY (server, key, member)
) STRICT, WITHOUT ROWID;

CREATE INDEX answer_at ON answer (at);

-- What members thought of an answer: one row each, of the last time that they said it.
CREATE TABLE feedback (
  server INTEGER NOT NULL,
  key TEXT NOT NULL,
  member INTEGER NOT NULL,
  is_good INTEGER NOT NULL,
  reason TEXT,
  at REAL NOT NULL,
  PRIMARY KEY (server, key, member)
) STRICT, WITHOUT ROWID;

CREATE INDEX feedback_at ON feedback (at);
