-- What was promised ("thinking…") and is not answered yet, for the time between the two: after a
-- crash it is answered, or excused. A message's row has no words of it: they are read again.
CREATE TABLE promise (
  id BIGINT PRIMARY KEY,
  server BIGINT,
  channel BIGINT NOT NULL,
  member BIGINT NOT NULL,
  token TEXT,
  private BOOLEAN NOT NULL,
  again TEXT
);
