"""/article add, list, show and remove, and *Add this article*: a server's own articles."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.cards.article_cards import (
    NO_ARTICLE,
    NOT_OWN,
    article_card,
    page_card,
    remove_card,
)
from cogs.cards.pagination import NO_SERVER
from cogs.commands.choices import source_choices
from cogs.interactions.deferred_replies import Promises, Reply
from cogs.interactions.permissions import is_allowed, require
from cogs.interactions.progress import (
    FETCHING,
    WAITING,
    OnProgress,
    run_with_progress,
    show_progress,
)
from cogs.interactions.sending import CONNECTION_ERRORS, say
from cogs.records.server_settings import Right
from cogs.ui.components import TITLE_CHARS, sentence_card
from cogs.ui.markdown import fit
from corpus.errors import CorpusError, FootnoteError, StoreError, Unreadable
from corpus.parsing.extract import max_bytes, too_large
from corpus.storage.store import Outcome
from retrieval.errors import AskerError
from retrieval.query.scope_resolver import MAX_CHOICES, Suggestion
from retrieval.serving.server_libraries import ServerLibraries as ServerArticles
from retrieval.wording.translations import tr, translate_sentence

log = logging.getLogger(__name__)

ADD_WITHIN_S = (
    13 * 60.0
)  # 90 s before Discord's token expires and "thinking…" can no longer be edited
DOWNLOAD_S = 120.0
COMPLETE_WITHIN_S = 2.0  # Discord waits for 3 s
MOST_AT_ONCE = 10  # files and links of one message
SENTENCE_CHARS = 300  # ten of them fit on a card
LINK = re.compile(r"https?://[^\s<>\"]+")
NOTHING_TO_ADD = "Nothing to add: give me a file or a link (http:// or https://)."
FIRST = (
    "From now on, answers on this server come only from its own articles, and no other server "
    "ever sees them."
)

Choices = list[app_commands.Choice[str]]


@dataclass(frozen=True, slots=True)
class AddResult:
    """What happened to a file or a link, as a line of the reply."""

    line: str
    is_new: bool = False


Job = Callable[[OnProgress], Awaitable[AddResult]]


class Articles(commands.Cog):
    """The commands. Each checks the member's right in the server where it is used."""

    article = app_commands.Group(
        name="article",
        description="The articles that answers come from",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False),
    )

    def __init__(self, bot: commands.Bot, articles: ServerArticles, promises: Promises) -> None:
        self._bot = bot
        self._articles = articles
        self._promises = promises
        self._menu = app_commands.ContextMenu(
            name="Add this article",
            callback=self.add_this,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False),
        )

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    # -- adding --------------------------------------------------------------------------

    @article.command(name="add", description="Add a file or a link to this server's articles")
    @app_commands.describe(
        file="Text, Markdown, HTML, PDF, Word (.docx) or EPUB",
        link="The article's address: https://…",
    )
    async def add(
        self,
        interaction: discord.Interaction[commands.Bot],
        file: discord.Attachment | None = None,
        link: app_commands.Range[str, 1, 2000] | None = None,
    ) -> None:
        await self._add(interaction, [file] if file else [], [link.strip()] if link else [])

    async def add_this(
        self, interaction: discord.Interaction[commands.Bot], message: discord.Message
    ) -> None:
        """Add the message's files or, if it has none, the pages that it links to."""
        links = [] if message.attachments else find_links(message.content)
        await self._add(interaction, message.attachments[:MOST_AT_ONCE], links)

    async def _add(
        self,
        interaction: discord.Interaction[commands.Bot],
        files: Sequence[discord.Attachment],
        links: Sequence[str],
    ) -> None:
        server = interaction.guild_id
        if server is None:
            await say(interaction, NO_SERVER)
            return
        if not files and not links:
            await say(interaction, NOTHING_TO_ADD)
            return
        if await require(interaction, Right.ADD) is None:
            return
        jobs: list[tuple[str, Job]] = []
        jobs += [(WAITING, partial(self._add_file, server, file)) for file in files]
        jobs += [(FETCHING, partial(self._add_link, server, link)) for link in links]

        async def work() -> Reply:
            was = await self._articles.count(server)
            became = [await self._run_job(interaction, first, job) for first, job in jobs]
            lines = [each.line for each in became]
            if was == 0 and any(each.is_new for each in became):
                lines.append(f"-# {tr(FIRST)}")
            return sentence_card("\n".join(lines))

        await self._promises.answer(interaction, work, within_s=ADD_WITHIN_S)

    async def _run_job(
        self, interaction: discord.Interaction[Any], first: str, job: Job
    ) -> AddResult:
        """Run the job and show its progress. A file that cannot be read becomes a line."""

        async def work(on_progress: OnProgress) -> AddResult:
            return await job(on_progress)

        try:
            return await run_with_progress(
                work, lambda sentence: show_progress(interaction, sentence), first=first
            )
        except StoreError:
            raise
        except (CorpusError, AskerError) as error:
            return AddResult(f"⚠️ {fit(translate_sentence(str(error)), SENTENCE_CHARS)}")

    async def _add_file(
        self, server: int, file: discord.Attachment, on_progress: OnProgress
    ) -> AddResult:
        added = await self._articles.add(
            server=server,
            name=file.filename,
            read=lambda: _download(file),
            on_progress=on_progress,
        )
        title, right = added.article.title, added.corrections
        return AddResult(
            outcome_sentence(added.outcome, title, right), added.outcome is Outcome.ADDED
        )

    async def _add_link(self, server: int, link: str, on_progress: OnProgress) -> AddResult:
        added = await self._articles.add_link(server=server, url=link)
        line = outcome_sentence(added.outcome, added.title, added.corrections)
        return AddResult(line, added.outcome is Outcome.ADDED)

    # -- seeing and removing -------------------------------------------------------------

    @article.command(name="list", description="List the articles that answers here come from")
    async def list(self, interaction: discord.Interaction[commands.Bot]) -> None:
        if await require(interaction, Right.ASK) is None:
            return
        await self._answer(interaction, lambda server: page_card(self._articles, server, 0))

    @article.command(name="show", description="Show how an article begins, and its versions")
    @app_commands.describe(article="Its title; choose one from the list")
    async def show(self, interaction: discord.Interaction[commands.Bot], article: str) -> None:
        if await require(interaction, Right.ASK) is None:
            return

        async def shown(server: int) -> Reply:
            found = await self._articles.show(server=server, article_id=article)
            return NO_ARTICLE if found is None else article_card(found)

        await self._answer(interaction, shown)

    @article.command(name="remove", description="Remove one of this server's own articles")
    @app_commands.describe(article="Its title; choose one from the list")
    async def remove(self, interaction: discord.Interaction[commands.Bot], article: str) -> None:
        if await require(interaction, Right.ADD) is None:
            return

        async def asked(server: int) -> Reply:
            found = await self._articles.show(server=server, article_id=article)
            if found is None:
                return NO_ARTICLE
            return remove_card(found.article.info) if found.is_own else NOT_OWN

        await self._answer(interaction, asked)

    async def _answer(
        self,
        interaction: discord.Interaction[commands.Bot],
        work: Callable[[int], Awaitable[Reply]],
    ) -> None:
        """Answer in private with what `work` makes of the server's id."""
        server = interaction.guild_id
        if server is None:
            await say(interaction, NO_SERVER)
            return
        await self._promises.answer(interaction, lambda: work(server), private=True)

    @show.autocomplete("article")
    async def complete_shown(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        return await self._complete(interaction, typed, Right.ASK, only_own=False)

    @remove.autocomplete("article")
    async def complete_removed(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        return await self._complete(interaction, typed, Right.ADD, only_own=True)

    async def _complete(
        self,
        interaction: discord.Interaction[commands.Bot],
        typed: str,
        right: Right,
        *,
        only_own: bool,
    ) -> Choices:
        """Articles of the server where the member types, if they have the right."""
        server = interaction.guild_id
        if server is None or not await is_allowed(interaction, right):
            return []
        try:
            async with asyncio.timeout(COMPLETE_WITHIN_S):
                found = await self._articles.completed(
                    server=server, typed=typed, max_count=MAX_CHOICES, only_own=only_own
                )
        except (FootnoteError, TimeoutError) as error:
            log.info("No articles could be offered: %r", error)
            return []
        return source_choices(Suggestion(info.title, info.id) for info in found)


def find_links(text: str) -> list[str]:
    """The addresses in a message, each once, without the punctuation that ends a sentence."""
    found = (match[0].rstrip(".,;:!?)]*_~|'") for match in LINK.finditer(text))
    return list(dict.fromkeys(found))[:MOST_AT_ONCE]


def outcome_sentence(outcome: Outcome, title: str, corrections: Sequence[str]) -> str:
    """The line for an article that was added, changed or unchanged."""
    name = fit(title, TITLE_CHARS)
    if outcome is Outcome.UNCHANGED:
        return tr("☑️ Already here, unchanged: **{name}**", name=name)
    if outcome is Outcome.ADDED:
        return tr("✅ Added: **{name}**", name=name)
    right = f" ({fit('; '.join(corrections), TITLE_CHARS)})" if corrections else ""
    return tr("✅ A new version: **{name}**", name=name) + right


async def _download(file: discord.Attachment) -> bytes:
    """Download an attachment from Discord. Raises Unreadable if it is too large or fails."""
    if file.size > max_bytes(file.filename):
        raise too_large(file.filename, file.size)
    try:
        async with asyncio.timeout(DOWNLOAD_S):
            return await file.read()
    except (discord.DiscordException, *CONNECTION_ERRORS) as error:
        raise Unreadable(
            f"{file.filename} could not be fetched from Discord; please send it again."
        ) from error
