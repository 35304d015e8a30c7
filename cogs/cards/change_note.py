"""The note on an answer that one of its sources was changed or withdrawn."""

from __future__ import annotations

from cogs.ui.markdown import fit
from retrieval.answering.citation_status import SourceChange, SourceChangeKind
from retrieval.wording.translations import tr

NOW_CHARS = 400  # of what the source says now
SAYS = {
    SourceChangeKind.CHANGED: "has changed since. The source now says:",
    SourceChangeKind.REMOVED: "has changed since, and the source no longer says this.",
    SourceChangeKind.WITHDRAWN: "was withdrawn since: the article is gone.",
}


def change_note(number: int, change: SourceChange) -> str:
    """The note for the source of this number: what happened to it, and what it says now."""
    line = rf"⚠️ **\[{number}\]** {tr(SAYS[change.kind])}"
    return f"{line}\n> {fit(change.now, NOW_CHARS)}" if change.now else line
