-- Who does what only one process may do: until when, in seconds since 1970 by the database's clock.
CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until DOUBLE PRECISION NOT NULL
);
