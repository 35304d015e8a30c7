"""What can go wrong between a file and a stored article.

CorpusError
 ├── Unreadable      this file is not an article; the rest of the batch goes on
 └── StoreError      the library cannot be opened or written

`str(error)` is one sentence that may be shown to whoever asked; the cause is in
`__cause__`, for the log.
"""


class CorpusError(Exception):
    """Something about the articles went wrong. `str(error)` may be shown to whoever asked."""


class Unreadable(CorpusError):
    """The file is not an article that can be read; the sentence says why and what to do."""


class StoreError(CorpusError):
    """The library cannot be opened, read or written; what was stored before stays as it was."""
