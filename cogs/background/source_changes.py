"""Living answers: adds a note to an answer when a source of it has changed or was withdrawn.

Every minute it checks the stored answers that everybody sees. Each note is recorded, so that it is
added once. If a crash loses the record, the note is found on the message.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui
from discord.ext import commands, tasks

from cogs.background.rounds import one_round
from cogs.background.shards import owns
from cogs.cards.answer_card import read_key
from cogs.cards.change_note import change_note
from cogs.records.answers import PublicAnswer
from cogs.records.outbox import Promise
from cogs.services import ServiceClient
from cogs.ui.components import sentence_card
from cogs.ui.locale import use_language_in
from corpus.errors import FootnoteError
from retrieval.answering.citation_status import SourceChange

log = logging.getLogger(__name__)

LOOK_S = 60.0
MAX_FOLLOWED = 10  # sources of one answer; a summary has as many
AT_ONCE = 200  # sources looked up in one job of the retrieval thread
MESSAGE_CHARS = 4000
MOST_PARTS = 40


class LivingAnswers(commands.Cog):
    """Follows the answers that one client gave."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client
        self._answers = client.services.answers
        self._service = client.services.asking

    async def shown(self, promise: Promise, message: discord.Message) -> None:
        """Follow the answer that this message shows; on a failure it is logged and not followed."""
        key = read_key(message)
        if key is not None and not promise.private:
            await self.stands(key, promise.server, message)

    async def stands(self, key: str, server: int | None, message: discord.Message) -> None:
        """Follow the answer under this key, shown in this message; as in `shown`."""
        try:
            await self._answers.set_message(key, server, message.id)
        except FootnoteError as error:
            log.warning("An answer will not be followed: %s", error)

    async def cog_load(self) -> None:
        self.repeat.start()

    async def cog_unload(self) -> None:
        self.repeat.cancel()

    @tasks.loop(seconds=LOOK_S, name="source changes")
    async def repeat(self) -> None:
        with one_round("Looking for changed sources"):
            await self.look()

    @repeat.before_loop
    async def _wait(self) -> None:
        """Members who ask right after a start come first."""
        await self._client.wait_until_ready()
        await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Check all answers, and add the notes. Raises FootnoteError and Discord's errors."""
        by_server: dict[int | None, list[PublicAnswer]] = defaultdict(list)
        for living in await self._answers.public_answers():
            if owns(self._client, living.server):
                by_server[living.server].append(living)
        for server, answers in by_server.items():
            for first in range(0, len(answers), AT_ONCE // MAX_FOLLOWED):
                await self._look_at(server, answers[first : first + AT_ONCE // MAX_FOLLOWED])

    async def _look_at(self, server: int | None, answers: Sequence[PublicAnswer]) -> None:
        asked = [
            (living, number, ref)
            for living in answers
            for number, ref in enumerate(living.sources[:MAX_FOLLOWED], start=1)
        ]
        found = await self._service.source_changes(
            server=server,
            refs=[ref for _, _, ref in asked],
            known=[living.shown_versions.get(number, 0) for living, number, _ in asked],
        )
        news: dict[str, dict[int, SourceChange]] = defaultdict(dict)
        for (living, number, _), change in zip(asked, found, strict=True):
            if change is not None:
                news[living.key][number] = change
        for living in answers:
            if living.key in news:
                await self._tell(living, news[living.key])

    async def _tell(self, living: PublicAnswer, news: Mapping[int, SourceChange]) -> None:
        """Add the note to the card, or reply with it if the card is full.

        An answer whose message is gone is no longer followed.
        """
        await use_language_in(self._client, living.server, living.channel)
        note = "\n".join(change_note(number, change) for number, change in news.items())
        versions = {number: change.version for number, change in news.items()}
        channel = self._client.get_partial_messageable(living.channel, guild_id=living.server)
        try:
            message = await channel.fetch_message(living.message)
            await _add(message, note)
        except (discord.NotFound, discord.Forbidden) as error:
            log.info("An answer whose source changed cannot be changed: %s", error)
            await self._answers.record_shown(living, None)
        else:
            await self._answers.record_shown(living, versions)


async def _add(message: discord.Message, note: str) -> None:
    view = ui.LayoutView.from_message(message, timeout=None)
    view.stop()
    texts = [part.content for part in view.walk_children() if isinstance(part, ui.TextDisplay)]
    if note in texts:
        return
    written = sum(map(len, texts)) + len(note)
    box = next((part for part in view.children if isinstance(part, ui.Container)), None)
    if box is None or written > MESSAGE_CHARS or view.total_children_count >= MOST_PARTS:
        await message.reply(view=sentence_card(note), mention_author=False, nonce=message.id)
        return
    question, *rest = list(box.children)
    box.clear_items()
    parts: list[ui.Item[Any]] = [question, ui.TextDisplay(note), *rest]
    for part in parts:
        box.add_item(part)
    await message.edit(view=view)
