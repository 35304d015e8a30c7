"""What can go wrong between a question and its answer.

RetrievalError (a FootnoteError)
 ├── QuestionError     the question itself cannot be asked
 ├── ModelError        the embedder's files are missing or changed
 ├── Busy              too many questions wait already
 └── CitationLost      a citation that this library does not hold

`str(error)` is one sentence that may be shown to whoever asked; the cause is in
`__cause__`, for the log.
"""

from corpus.errors import FootnoteError


class RetrievalError(FootnoteError):
    """The question could not be worked on."""


class QuestionError(RetrievalError):
    """The question is empty or too long; the sentence says which and what to do."""


class ModelError(RetrievalError):
    """The embedder's files are missing, incomplete or not the ones they should be."""


class Busy(RetrievalError):
    """Too many questions wait already; asking again in a moment is the remedy."""


class CitationLost(RetrievalError):
    """The library that was asked holds no such article, version or span."""
