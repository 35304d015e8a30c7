"""Compares two versions of an article, sentence by sentence.

A sentence that is in both is unchanged, wherever it stands. Two sentences that stand between the
same neighbours and share most of their words are one that changed; the numbers that differ in it
are listed. A correction is a sentence that says that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest

from corpus.article import Sentence, SpanRef
from corpus.english import TENS, UNDER_TWENTY
from corpus.segmentation.splitter import sentences
from corpus.storage.reader import StoreReader

MIN_SIMILARITY = 0.5  # of the words of two sentences, for one to be a changed form of the other
_WINDOW = 30  # how many sentences ahead a changed form is looked for
_MANY = 1000  # sentences: in longer texts, those that are often repeated are no landmarks
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|\w+")
_NUMBER_WORDS = frozenset([*UNDER_TWENTY[2:], *TENS, "hundred", "thousand", "million", "billion"])
_CORRECTION = re.compile(
    r"^\W*(?:corrections?|clarifications?|editor(?:['’]s|s['’]?)?\s+note|erratum)\b\W*[:—–-]"
    r"|^\W*(?:correction|clarification)\W*$"
    r"|\b(?:an?|the)\s+(?:earlier|previous|original|initial|prior)\s+versions?\s+of\s+this\s+"
    r"(?:article|story|report|post|page|headline|piece)\b"
    r"|\bthis\s+(?:article|story|report|post|piece|headline)\s+(?:has\s+been|was)\s+"
    r"(?:corrected|amended|updated\s+to\s+(?:correct|reflect))\b",
    re.IGNORECASE,
)


class ChangeKind(StrEnum):
    """What became of a sentence."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence in the old version and in the new one; None in the version that has it not.

    `numbers` are those that differ, before and after: (("12", "14"),). "" where one is missing.
    """

    before: Sentence | None
    after: Sentence | None
    numbers: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> ChangeKind:
        """What became of the sentence. Spacing, quotation marks and dashes do not count."""
        if self.before is None:
            return ChangeKind.ADDED
        if self.after is None:
            return ChangeKind.REMOVED
        same = _plain(self.before.text) == _plain(self.after.text)
        return ChangeKind.UNCHANGED if same else ChangeKind.CHANGED

    @property
    def is_correction(self) -> bool:
        """Whether the new version says here that the old one was wrong."""
        added = self.kind in (ChangeKind.ADDED, ChangeKind.CHANGED)
        return added and self.after is not None and is_correction_notice(self.after.text)


def is_correction_notice(sentence: str) -> bool:
    """Whether a sentence says that an article was corrected.

    "Correction: …", "An earlier version of this article …", "This story has been corrected …".
    """
    return _CORRECTION.search(sentence) is not None


def compare_sentences(before: str, after: str) -> list[Change]:
    """Compare two versions of a text.

    Args:
        before: The old text.
        after: The new text.

    Returns:
        One Change for every sentence, in the order of `after`; a sentence that is gone stands
        where it was.
    """
    old, new = sentences(before), sentences(after)
    old_plain, new_plain = [_plain(s.text) for s in old], [_plain(s.text) for s in new]
    is_long = max(len(old), len(new)) > _MANY
    matcher = SequenceMatcher(None, old_plain, new_plain, autojunk=is_long)
    found: list[Change] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found += [Change(o, n) for o, n in zip(old[a:b], new[c:d], strict=True)]
        else:
            found += _replaced(old[a:b], new[c:d])
    return _moved(found)


def changed_sentences(before: str, after: str) -> list[Change]:
    """Like `compare_sentences`, without the sentences that are unchanged."""
    return [
        change
        for change in compare_sentences(before, after)
        if change.kind is not ChangeKind.UNCHANGED
    ]


def corrections(before: str, after: str) -> list[str]:
    """List what a new version put right.

    Args:
        before: The old text.
        after: The new text.

    Returns:
        One line each, without repeats: numbers that changed ("12 → 14"), and sentences that say
        that they correct something.
    """
    found = []
    for change in changed_sentences(before, after):
        if change.is_correction and change.after is not None:
            found.append(" ".join(change.after.text.split()))
        else:
            found += [f"{old} → {new}" for old, new in change.numbers if old and new]
    return list(dict.fromkeys(found))


def changes_since(store: StoreReader, cited_at: SpanRef) -> list[Change] | None:
    """Find what became of cited sentences in the current version of their article.

    Args:
        store: The library.
        cited_at: Where the citation stands.

    Returns:
        One Change for each sentence that the span touches, in their order. None where the library
        lacks one of the two versions.

    Raises:
        StoreError: The library cannot be read.
    """
    cited = store.article(cited_at.article_id, cited_at.version)
    current = store.article(cited_at.article_id)
    if cited is None or current is None:
        return None
    return changes_in_span(cited.text, current.text, cited_at.start, cited_at.end)


def changes_in_span(before: str, after: str, start: int, end: int) -> list[Change]:
    """Find what became of the sentences that a span touches.

    Args:
        before: The old text.
        after: The new text.
        start: Where the span starts in `before`, in characters.
        end: Where it ends, excluded.

    Returns:
        One Change for each, in the order of `before`.
    """
    touched = [
        (change.before.start, change)
        for change in compare_sentences(before, after)
        if change.before is not None and change.before.start < end and start < change.before.end
    ]
    return [change for _, change in sorted(touched, key=lambda pair: pair[0])]


def _replaced(old: Sequence[Sentence], new: Sequence[Sentence]) -> Iterator[Change]:
    """Pairs of sentences that are alike, in their order, and the others alone."""
    at = 0
    for sentence in new:
        near = range(at, min(len(old), at + _WINDOW))
        likeness, best = max(((_likeness(old[n], sentence), -n) for n in near), default=(0.0, 0))
        best = -best
        if likeness < MIN_SIMILARITY:
            yield Change(None, sentence)
            continue
        yield from (Change(gone, None) for gone in old[at:best])
        yield Change(old[best], sentence, tuple(_numbers(old[best].text, sentence.text)))
        at = best + 1
    yield from (Change(gone, None) for gone in old[at:])


def _moved(changes: list[Change]) -> list[Change]:
    """A sentence that is gone here and new there was moved, and is unchanged."""
    gone: dict[str, list[Sentence]] = {}
    for change in changes:
        if change.before and not change.after:
            gone.setdefault(_plain(change.before.text), []).append(change.before)
    found: list[Change] = []
    moved: set[int] = set()
    for change in changes:
        known = gone.get(_plain(change.after.text)) if change.after and not change.before else None
        if known:
            moved.add(known[0].start)
            found.append(Change(known.pop(0), change.after))
        else:
            found.append(change)
    return [c for c in found if c.after or (c.before and c.before.start not in moved)]


def _plain(text: str) -> str:
    """Without white space and marks that are only set otherwise: “ or ", – or -."""
    plain = re.sub("[“”„«»]", '"', re.sub("[‘’]", "'", re.sub("[–—‐‑]", "-", text)))
    return " ".join(plain.split())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _likeness(one: Sentence, other: Sentence) -> float:
    first, second = _words(one.text), _words(other.text)
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _numbers(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Numbers, in figures or in words, that stand in each other's place."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(
        None, [word.lower() for word in old], [word.lower() for word in new], autojunk=False
    )
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone, come = filter(_is_number, old[a:b]), filter(_is_number, new[c:d])
        yield from zip_longest(gone, come, fillvalue="")


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word.lower() in _NUMBER_WORDS
