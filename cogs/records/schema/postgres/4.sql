-- The servers that the bot is in, as of the last time that it was connected: one that is missing
-- then has removed it meanwhile.
CREATE TABLE present_server (
  server BIGINT PRIMARY KEY
);
