"""Copying a library from one place to another: every row, counted and hashed on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import xxhash

from corpus.errors import StoreError
from corpus.storage.locations import Place
from corpus.storage.store import ArticleStore

_AT_ONCE = 2000  # rows, or numbers of passages
# Each table comes after those that it refers to, with the key by which its rows are read in order;
# the rows of `sentence` by the passages that they are in.
_TABLES: Mapping[str, tuple[str, str]] = {
    "article": ("id, current", "rowid"),
    "version": (
        "id, article_id, version, title, url, source, author, published, origin, added_at, "
        "document, updated, language",
        "id",
    ),
    "body": ("version_id, text, hash", "version_id"),
    "passage": ('id, version_id, start, "end", embedding', "id"),
    "sentence": ('passage_id, start, "end", embedding', "passage_id"),
    "copy": ("id, article_id, version, story, signature", "id"),
    "band": ("hash, copy_id", "copy_id"),
    "feed": (
        "id, url, kind, title, etag, modified, checked_at, next_at, pause_s, failures, problem",
        "id",
    ),
    "page": (
        "url, feed_id, article_id, state, told, stamp, etag, modified, first_at, checked_at, "
        "next_at, looks, failures, missed_at, problem",
        "rowid",
    ),
    "forgotten": ("url_hash", ""),
    "dropped": ("change, first, last", ""),
    "stamp": ("name, value", ""),
}
_OF_A_PLACE = ("layout", "analyzer", "indexed")
"""Stamps about the place where a library is; they are not copied."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows each table has, and a hash of all of them."""

    counts: Mapping[str, int]
    checksum: str


def move(
    source: Place, target: Place, on_passages: Callable[[int], None] = lambda count: None
) -> Content:
    """Copy a library to a place that has none yet; the source stays as it is.

    Args:
        source: Where it is.
        target: Where it is to be.
        on_passages: Called with the number of passages after each part that was copied.

    Returns:
        What both have now.

    Raises:
        StoreError: The target has articles already, or what arrived is not what was sent. Then
            nothing is written.
    """
    with source.open_to_read() as here, target.open() as there:
        if there.count():
            raise StoreError(
                f"There is a library {target.name} with articles already; name another, or move "
                "that away first."
            )
        with here.snapshot(), there.together():
            _empty(there)
            for table in _TABLES:
                for rows in _read(here, table):
                    columns = _TABLES[table][0].replace('"', "").split(", ")
                    there.connection.insert_rows(table, columns, rows)
                    on_passages(len(rows) if table == "passage" else 0)
            sent, arrived = content(here), content(there)
            if sent != arrived:
                raise StoreError(
                    f"What arrived of the library {source.name} is not what left "
                    f"({arrived.counts}, {sent.counts}); it stays where it is."
                )
            there.connection.continue_numbers(("version", "passage", "copy", "feed"))
    return sent


def content(store: ArticleStore) -> Content:
    """Count and hash all that is in a library; equal for equal libraries, in whichever database."""
    counts, hashed = {}, xxhash.xxh3_128()
    for table in _TABLES:
        counts[table] = 0
        for rows in _read(store, table):
            counts[table] += len(rows)
            for row in rows:
                hashed.update(repr(tuple(map(_plain, row))).encode())
    return Content(counts, hashed.hexdigest())


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, bytes | memoryview) else value


def _read(store: ArticleStore, table: str) -> Iterator[list[Row]]:
    """A table's rows in order, some at a time."""
    columns, key = _TABLES[table]
    if not key:
        rows: list[Row] = store.connection.rows(f"SELECT {columns} FROM {table}")
        kept = [row for row in rows if table != "stamp" or row[0] not in _OF_A_PLACE]
        yield sorted(kept, key=repr)
        return
    order = ", ".join(dict.fromkeys([key, *("start" if table == "sentence" else "").split()]))
    order += ", hash" if table == "band" else ""
    ((first, last),) = store.connection.rows(f"SELECT min({key}), max({key}) FROM {table}")
    at = 0 if first is None else first
    while last is not None and at <= last:
        rows = store.connection.rows(
            f"SELECT {columns} FROM {table} WHERE {key} >= $1 AND {key} < $2 ORDER BY {order}",
            at,
            at + _AT_ONCE,
        )
        at += _AT_ONCE
        if rows:
            yield rows


def _empty(store: ArticleStore) -> None:
    """Delete the stamps that a new library begins with."""
    store.connection.execute(
        "DELETE FROM stamp WHERE name NOT IN ('layout', 'analyzer', 'indexed')"
    )
