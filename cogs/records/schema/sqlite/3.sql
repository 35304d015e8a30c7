-- What was promised ("thinking…") and is not answered yet, for the time between the two: after a
-- crash it is answered, or excused. A message's row has no words of it: they are read again.
CREATE TABLE promise (
  id INTEGER PRIMARY KEY,
  server INTEGER,
  channel INTEGER NOT NULL,
  member INTEGER NOT NULL,
  token TEXT,
  private INTEGER NOT NULL,
  again TEXT
) STRICT;
