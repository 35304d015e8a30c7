"""What can go wrong between a question and its answer.

RetrievalError (a FootnoteError)
 ├── ModelError        the embedder's files are missing or changed
 ├── SetError          a question set, or a line of it, is not as it should be
 ├── WriterError       the writer that was named cannot be had
 └── AskerError        for whoever asked, wherever that is
      ├── QuestionError     the question itself cannot be asked
      ├── Busy              too many questions wait already
      └── CitationLost      a citation that this library does not hold, or not unharmed

The sentences of all others may name files, and are for whoever runs the program.
"""

from corpus.errors import FootnoteError


class RetrievalError(FootnoteError):
    """The question could not be worked on."""


class AskerError(RetrievalError):
    """`str(error)` tells nothing of the machine and may be shown to anyone."""


class QuestionError(AskerError):
    """The question is empty or too long; the sentence says which and what to do."""


class ModelError(RetrievalError):
    """The embedder's files are missing, incomplete or not the ones they should be."""


class SetError(RetrievalError):
    """The question set cannot be used; the sentence names the file, the line and the remedy."""


class WriterError(RetrievalError):
    """The line that names the writer makes no sense, or its package or key is missing."""


class Busy(AskerError):
    """Too many questions wait already; asking again in a moment is the remedy."""


class CitationLost(AskerError):
    """The library that was asked holds no such article, version or span, or a damaged text."""
