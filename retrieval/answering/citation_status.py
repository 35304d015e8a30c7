"""What became of a quotation since it was given: what its source says now in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpus.article import SpanRef
from corpus.ingestion.revisions import ChangeKind, changes_since
from corpus.storage.page_state import is_page_gone
from corpus.storage.reader import StoreReader

WITHDRAWN = -1
"""In place of a version: that of an article that was taken back."""


class SourceChangeKind(StrEnum):
    """What became of it."""

    CHANGED = "changed"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A quotation that its source does not have any more as it was quoted.

    `version` is the article's now, WITHDRAWN where the article was removed from the library or
    its page from the web. `now` is what is said in the quotation's place, "" for nothing.
    """

    kind: SourceChangeKind
    version: int
    now: str = ""


def source_changes(
    stores: Sequence[StoreReader],
    refs: Sequence[SpanRef],
    known: Sequence[int],
) -> list[SourceChange | None]:
    """For each span that was quoted what became of it.

    None where it stands, and where nothing is new since the version that is `known`. Each is looked
    for in the first of the stores that has its article. Raises StoreError.
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
    became = changes_since(store, ref)
    if not became or all(change.kind is ChangeKind.UNCHANGED for change in became):
        return None
    now = " ".join(change.after.text for change in became if change.after is not None)
    return SourceChange(SourceChangeKind.CHANGED if now else SourceChangeKind.REMOVED, current, now)
