"""`bot.py cited`: lists the answers whose sources have changed or were withdrawn since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

from cogs.cards.change_note import SAYS
from cogs.records.answers import PublicAnswer, SavedAnswers
from cogs.records.database import FILE_NAME, Records
from corpus.storage.locations import DEFAULT, Database, Folder, Home
from retrieval.answering.citation_status import SourceChange, source_changes


async def find_stale_answers(
    home: Folder | Database,
) -> list[tuple[PublicAnswer, dict[int, SourceChange]]]:
    """Each stored, public answer with a changed source, and those sources by their numbers.

    Answers whose cards already say so are included. Raises StoreError.
    """
    if isinstance(home, Folder) and not (home.data_dir / FILE_NAME).exists():
        return []
    records = await Records.of(home)
    try:
        kept = await SavedAnswers(records).public_answers()
    finally:
        await records.close()
    by_server: dict[int | None, list[PublicAnswer]] = defaultdict(list)
    for living in kept:
        by_server[living.server].append(living)
    return [found for server, answers in by_server.items() for found in _of(home, server, answers)]


def _of(
    home: Home, server: int | None, answers: list[PublicAnswer]
) -> Iterator[tuple[PublicAnswer, dict[int, SourceChange]]]:
    names = [DEFAULT] if server is None else [str(server), DEFAULT]
    with ExitStack() as opened:
        places = [place for name in names if (place := home.place(name)).exists()]
        stores = [opened.enter_context(place.open_to_read()) for place in places]
        for living in answers:
            found = source_changes(stores, living.sources, [0] * len(living.sources))
            news = {number: one for number, one in enumerate(found, start=1) if one is not None}
            if news:
                yield living, news


def format_stale_answer(living: PublicAnswer, news: dict[int, SourceChange]) -> list[str]:
    """The lines for an answer: its question, its address, and what happened to its sources."""
    place = f"{living.server or '@me'}/{living.channel}/{living.message}"
    found = [living.question, f"  https://discord.com/channels/{place}"]
    for number, change in news.items():
        now = " ".join(change.now.split())
        found.append(f"  [{number}] {SAYS[change.kind]} {now}".rstrip())
    return found
