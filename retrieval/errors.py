"""The errors between a question and its answer.

RetrievalError (a FootnoteError)
 ├── ModelError        a model's files are missing or damaged
 ├── SetError          a question set, or a line of it, cannot be used
 ├── WriterError       the language model that is set cannot be used
 └── AskerError        for whoever asked, in Discord or in the terminal
      ├── QuestionError     the question cannot be asked
      ├── Busy              too many questions wait already
      └── CitationLost      the library does not hold a citation, or holds it damaged

The sentences of the other errors may name files; they are for whoever runs the program.
"""

from corpus.errors import FootnoteError


class RetrievalError(FootnoteError):
    """Something went wrong in the search for an answer."""


class AskerError(RetrievalError):
    """`str(error)` may be shown to anyone; it says nothing about the machine."""


class QuestionError(AskerError):
    """The question is empty or too long; the sentence says which and what to do."""


class ModelError(RetrievalError):
    """A model's files are missing, incomplete, or not the ones that model.json describes."""


class SetError(RetrievalError):
    """The question set cannot be used; the sentence names the file and the line, and the remedy."""


class WriterError(RetrievalError):
    """The setting for the writer cannot be read, or the writer's package or key is missing."""


class Busy(AskerError):
    """Too many questions wait already; ask again in a moment."""


class CitationLost(AskerError):
    """The library has no such article, version or span, or its text is damaged."""
