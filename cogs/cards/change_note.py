"""The note on an answer that a source of it was changed or withdrawn since."""

from __future__ import annotations

from cogs.ui.markdown import fit
from retrieval.answering.citation_status import Fate, Standing
from retrieval.wording.translations import tr

NOW_CHARS = 400  # of what the source says now
SAYS = {
    Fate.CHANGED: "has changed since. The source now says:",
    Fate.REMOVED: "was changed since, and the source does not say this any more.",
    Fate.WITHDRAWN: "was withdrawn since: the article is not there any more.",
}


def change_note(number: int, standing: Standing) -> str:
    """The note for the source of this number: what became of it, and what it says now."""
    line = rf"⚠️ **\[{number}\]** {tr(SAYS[standing.fate])}"
    return f"{line}\n> {fit(standing.now, NOW_CHARS)}" if standing.now else line
