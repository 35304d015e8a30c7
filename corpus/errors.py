"""What can go wrong between a file and a stored article.

FootnoteError          the base of every error that a person may see
 ├── CorpusError
 │    ├── Unreadable   this file is not an article; the rest of the batch goes on
 │    └── StoreError   the library cannot be opened or written
 └── RetrievalError    in retrieval/errors.py

`str(error)` is one sentence that may be shown to whoever asked; the cause is in
`__cause__`, for the log.
"""


class FootnoteError(Exception):
    """`str(error)` is one sentence that says what to do, for whoever asked."""


class CorpusError(FootnoteError):
    """Something about the articles went wrong."""


class Unreadable(CorpusError):
    """The file is not an article that can be read; the sentence says why and what to do."""


class StoreError(CorpusError):
    """The library cannot be opened, read or written; what was stored before stays as it was."""
