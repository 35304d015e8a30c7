"""Measures how well a set of questions is answered, and makes a first set to measure with."""
