"""What the store asks of a database. SQLite and PostgreSQL each have a connection that answers.

Statements mark their values with $1, $2, …, which both databases read as they are, so that most
statements are written once. A mark may occur several times. The column "end" stands in quotes, for
it is a word of PostgreSQL's. What the two say differently is a method here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from corpus.storage.filters import Conditions, Parameters


class Connection(Protocol):
    """An open database. For one thread at a time. Every method may raise StoreError."""

    @property
    def is_server(self) -> bool:
        """Whether it is a database server, which several machines may ask."""

    @property
    def in_transaction(self) -> bool:
        """Whether `reading` or `writing` is under way."""

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that a statement returns; [] for none."""

    def stream(self, statement: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The same one by one, for rows that are too many to hold."""

    def execute(self, statement: str, *values: object) -> int:
        """Do what a statement says. Returns how many rows it wrote or deleted."""

    def insert_rows(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """Insert rows, all of them in one journey to the database."""

    def run_script(self, script: str) -> None:
        """Do the statements of a script in their order; each begins on a line of its own."""

    def reading(self) -> AbstractContextManager[None]:
        """A transaction in which all that is read is of one moment."""

    def writing(self) -> AbstractContextManager[None]:
        """A transaction: all that is written inside is there at the end, or none of it.

        Inside of another one it is part of that.
        """

    def numbers(self, mark: str) -> str:
        """A table for FROM, of one column `value`: the numbers in the JSON list at `mark`."""

    def texts(self, mark: str) -> str:
        """The same of texts."""

    def conditions(self, parameters: Parameters) -> Conditions:
        """Filters in this database's words."""

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""

    def tables_with(self, column: str) -> list[str]:
        """The names of the tables that have a column of this name, sorted."""

    def clock_s(self) -> float:
        """Seconds since 1970, by the clock that all share who use the database."""

    def change_token(self) -> tuple[int, int] | None:
        """Differs from an earlier one when anybody wrote since; None where that is not known."""

    def continue_numbers(self, tables: Sequence[str]) -> None:
        """Number new rows of these tables above those that were inserted with a number."""

    def wipe(self, tables: Sequence[str]) -> bool:
        """Have deleted rows of these tables leave the files; False while a reader needs them."""

    def close(self) -> None:
        """Close it; closing twice does nothing."""
