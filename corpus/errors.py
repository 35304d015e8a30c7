"""The errors that people see, from a file or an address to a stored article.

FootnoteError          the base of every error that a person may see
 ├── CorpusError
 │    ├── Unreadable   this is not an article; the rest of the batch goes on
 │    │    └── FetchError   this address cannot be fetched
 │    ├── FeedError    there is no such feed, or none at this address
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
    """A file is no article, or cannot be read; the sentence says why and what to do."""


class FetchError(Unreadable):
    """An address could not be fetched, or what it gave is no article and no feed.

    `status` is the server's HTTP status, None where that is not what was wrong. `passing` says
    whether trying again later may help; `retry_after_s` is for how many seconds the server asks
    to be left alone, None where it does not ask.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        passing: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.passing = passing
        self.retry_after_s = retry_after_s


class FeedError(CorpusError):
    """No such feed is watched, or there is no feed at an address; the sentence says what to do."""


class StoreError(CorpusError):
    """The library cannot be opened, read or written; what was stored before stays as it was."""
