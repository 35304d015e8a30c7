"""The articles that ship with the program, for a first question before any are added."""
