"""How a command speaks: what it prints, how far it is, and an answer on the screen."""
