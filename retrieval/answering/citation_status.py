"""Finds quotations whose source has changed since, and what it says now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpus.article import SpanRef
from corpus.ingestion.revisions import ChangeKind, changes_since
from corpus.storage.page_state import is_page_gone
from corpus.storage.reader import StoreReader

WITHDRAWN = -1
"""The version number of an article that was removed or taken off the web."""


class SourceChangeKind(StrEnum):
    """How the source of a quotation changed."""

    CHANGED = "changed"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A change of the source that took a quotation out of it.

    `version` is the article's current one; WITHDRAWN where the article was removed from the
    library or its page from the web. `now` is what stands in the quotation's place; "" where
    nothing does.
    """

    kind: SourceChangeKind
    version: int
    now: str = ""


def source_changes(
    stores: Sequence[StoreReader],
    refs: Sequence[SpanRef],
    known: Sequence[int],
) -> list[SourceChange | None]:
    """Find what happened to quotations since they were given.

    Args:
        stores: Where to look. The first that has the article decides.
        refs: The places of the quotations.
        known: For each, the newest version that was already reported to its readers.

    Returns:
        For each place its change; None where the source still says it, and where there is no
        newer version than the known one.

    Raises:
        StoreError: A store cannot be read.
    """
    return [_source_change(stores, *one) for one in zip(refs, known, strict=True)]


def _source_change(stores: Sequence[StoreReader], ref: SpanRef, known: int) -> SourceChange | None:
    if known == WITHDRAWN:
        return None
    for store in stores:
        current = store.version(ref.article_id)
        if current is not None:
            break
    else:
        return SourceChange(SourceChangeKind.WITHDRAWN, WITHDRAWN)
    if is_page_gone(store, ref.article_id):
        return SourceChange(SourceChangeKind.WITHDRAWN, WITHDRAWN)
    if current in (ref.version, known):
        return None
    changes = changes_since(store, ref)
    if not changes or all(change.kind is ChangeKind.UNCHANGED for change in changes):
        return None
    now = " ".join(change.after.text for change in changes if change.after is not None)
    return SourceChange(SourceChangeKind.CHANGED if now else SourceChangeKind.REMOVED, current, now)
