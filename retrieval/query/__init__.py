"""What is asked: the question, made whole, and the articles that it is restricted to."""
