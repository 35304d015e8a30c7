"""A small bot with one of each thing a real one has, for the emulator's own tests.

Some of its commands break Discord's rules on purpose: `slow`, `verbose`, `twice`.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

ARTICLES = [f"Article {number:02d}" for number in range(60)]


class SampleBot(commands.Bot):
    """Answers mentions, commands, clicks and forms; writes down its gateway events and errors.

    `slow_s` is how long /slow waits before it acknowledges; `pause_s` how long an answer takes.
    """

    def __init__(
        self,
        *,
        slow_s: float = 0.0,
        pause_s: float = 0.0,
        message_content: bool = True,
        **options: Any,
    ) -> None:
        intents = discord.Intents.default()
        intents.message_content = message_content
        options.setdefault("guild_ready_timeout", 0.05)
        super().__init__(commands.when_mentioned, intents=intents, help_command=None, **options)
        self.slow_s = slow_s
        self.pause_s = pause_s
        self.events: list[str] = []
        self.heard: list[str] = []
        self.errors: list[BaseException] = []
        self.kept: list[discord.Interaction] = []
        self.tree.error(self._note_tree_error)

    async def setup_hook(self) -> None:
        self.add_view(AnswerView())
        chat: list[app_commands.Command[Any, ..., None]] = [
            ask,
            layout,
            export,
            ingest,
            admin,
            limited,
            slow,
            verbose,
            twice,
            keep,
        ]
        for command in chat:
            self.tree.add_command(command)
        self.tree.add_command(Library())
        self.tree.add_command(explain)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait the 5 s that discord.py leaves between two identifies."""

    async def on_ready(self) -> None:
        self.events.append("ready")

    async def on_resumed(self) -> None:
        self.events.append("resumed")

    async def on_disconnect(self) -> None:
        self.events.append("disconnect")

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            self.errors.append(error)

    async def _note_tree_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        self.errors.append(getattr(error, "original", error))

    async def on_message(self, message: discord.Message) -> None:
        """Answer mentions with a streamed reply and a thread, and whatever is said in threads."""
        if message.author.bot:
            return
        self.heard.append(message.content)
        if isinstance(message.channel, discord.Thread):
            await message.reply(f"Follow-up to: {message.content}", mention_author=False)
        elif self.user in message.mentions:
            async with message.channel.typing():
                reply = await message.reply("Thinking…", mention_author=False)
                await asyncio.sleep(self.pause_s)
                await reply.edit(content="Paris [1]", view=AnswerView())
            if message.guild is not None:
                thread = await reply.create_thread(name="Follow-up", auto_archive_duration=60)
                await thread.send("Ask on here")


class ReportForm(discord.ui.Modal, title="Report a citation"):
    """One labelled text input."""

    what: discord.ui.Label[ReportForm] = discord.ui.Label(
        text="What is wrong?",
        component=discord.ui.TextInput(style=discord.TextStyle.paragraph, max_length=500),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        said = self.what.component.value  # type: ignore[attr-defined]
        await interaction.response.send_message(f"Thanks: {said}", ephemeral=True)


class AnswerView(discord.ui.View):
    """Buttons and a select that outlive the process, by their custom ids."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Again", custom_id="answer:again")
    async def again(self, interaction: discord.Interaction, button: object) -> None:
        await interaction.response.edit_message(content="Again [1]")

    @discord.ui.button(label="Report", custom_id="answer:report")
    async def report(self, interaction: discord.Interaction, button: object) -> None:
        await interaction.response.send_modal(ReportForm())

    @discord.ui.select(
        custom_id="answer:source",
        options=[discord.SelectOption(label=name) for name in ARTICLES[:25]],
    )
    async def source(
        self, interaction: discord.Interaction, select: discord.ui.Select[AnswerView]
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(f"Source: {select.values[0]}", ephemeral=True)


class Library(app_commands.Group):
    """A command with subcommands."""

    def __init__(self) -> None:
        super().__init__(name="library", description="The articles")

    @app_commands.command(description="Add an article for somebody")
    async def add(
        self,
        interaction: discord.Interaction,
        title: app_commands.Range[str, 1, 20],
        reader: discord.Member,
    ) -> None:
        await interaction.response.send_message(f"{title} for {reader.display_name}")


def citation_layout() -> discord.ui.LayoutView:
    """A Components V2 answer: text, and a section with a button beside it."""

    async def quote(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("The quote", ephemeral=True)

    button: discord.ui.Button[discord.ui.LayoutView] = discord.ui.Button(
        label="Open", custom_id="cite:0"
    )
    button.callback = quote  # type: ignore[method-assign]
    box: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container()
    box.add_item(discord.ui.TextDisplay("## Answer\nParis [1]"))
    box.add_item(discord.ui.Section(discord.ui.TextDisplay("[1] Article"), accessory=button))
    view = discord.ui.LayoutView(timeout=60)
    view.add_item(box)
    return view


def _bot(interaction: discord.Interaction) -> SampleBot:
    assert isinstance(interaction.client, SampleBot)
    return interaction.client


@app_commands.command(description="Ask the articles")
async def ask(interaction: discord.Interaction, question: str, article: str | None = None) -> None:
    await interaction.response.defer(thinking=True)
    await interaction.edit_original_response(content="Draft…")
    await asyncio.sleep(_bot(interaction).pause_s)
    sources = discord.Embed(title="Sources", description=f"[1] {article or ARTICLES[0]}")
    await interaction.edit_original_response(
        content=f"Answer to {question} [1]", embed=sources, view=AnswerView()
    )
    await interaction.followup.send("Was this useful?", ephemeral=True)


@ask.autocomplete("article")
async def complete_article(
    interaction: discord.Interaction, current: str
) -> list[app_commands.Choice[str]]:
    found = [name for name in ARTICLES if current.lower() in name.lower()]
    return [app_commands.Choice(name=name, value=name) for name in found[:25]]


@app_commands.command(description="A Components V2 answer")
async def layout(interaction: discord.Interaction) -> None:
    await interaction.response.send_message(view=citation_layout())


@app_commands.command(description="The answer as a file")
async def export(interaction: discord.Interaction) -> None:
    await interaction.response.defer()
    file = discord.File(io.BytesIO(b"# Answer"), filename="answer.md")
    await interaction.followup.send("Here", file=file)


@app_commands.command(description="Upload an article")
async def ingest(interaction: discord.Interaction, file: discord.Attachment) -> None:
    data = await file.read()
    await interaction.response.send_message(f"{file.filename}: {len(data)} bytes")


@app_commands.command(description="For managers")
@app_commands.default_permissions(manage_guild=True)
@app_commands.checks.has_permissions(manage_guild=True)
async def admin(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("Yes", ephemeral=True)


@app_commands.command(description="Once in 30 s")
@app_commands.checks.cooldown(1, 30.0)
async def limited(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("Fine")


@limited.error
async def refuse_limited(interaction: discord.Interaction, error: Exception) -> None:
    await interaction.response.send_message("Wait", ephemeral=True)


@app_commands.command(description="Acknowledges late")
async def slow(interaction: discord.Interaction) -> None:
    await asyncio.sleep(_bot(interaction).slow_s)
    await interaction.response.send_message("Late")


@app_commands.command(description="Says more than fits")
async def verbose(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("x" * 2001)


@app_commands.command(description="Acknowledges twice")
async def twice(interaction: discord.Interaction) -> None:
    await interaction.response.defer()
    # discord.py refuses by itself as long as it remembers the first time.
    interaction.response._response_type = None
    await interaction.response.send_message("Again")


@app_commands.command(description="Defers, and answers when the test says so")
async def keep(interaction: discord.Interaction) -> None:
    await interaction.response.defer()
    _bot(interaction).kept.append(interaction)


@app_commands.context_menu(name="Explain this")
async def explain(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"About: {message.content}", ephemeral=True)


def main(argv: list[str]) -> int:
    """Run as a process of its own, with the seconds an answer takes as the only argument."""
    bot = SampleBot(pause_s=float(argv[0]))
    bot.run(os.environ["SAMPLE_BOT_TOKEN"], log_handler=None)
    return 0
