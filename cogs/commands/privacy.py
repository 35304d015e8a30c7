"""/privacy says what is kept, and /forget-me deletes what is kept about a member."""

from __future__ import annotations

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs.interactions.deferred_replies import Promises, Reply
from cogs.records.answers import KEPT_DAYS, RATED_DAYS
from cogs.records.database import Records
from cogs.records.departed_servers import ERASED_AFTER_DAYS
from cogs.records.seen_summaries import SEEN_DAYS
from cogs.ui.components import ANSWERED, Box, Card, card
from retrieval.wording.translations import tr

ABOUT_YOU = """**About you**
- A question that you ask, or what you have summed up, for {kept} days, with where in the \
articles its answer stands: the buttons on the answer need it. It is kept with your id, the \
channel's and the message's.
- 👍 and 👎 with the reason that you give, and the question with them, for {rated} days. Only \
whoever runs me can read them.
- Where a server limits questions: how many you asked there today, until tomorrow.
- No name, no message that is not meant for me, and not who added which article."""
ABOUT_SERVERS = """**About a server**
- Its articles, until somebody there removes them. They are never seen from anywhere else.
- Its settings.
- Which articles its channels were summed up, for {seen} days, so that a summary tells what \
is new since then.
- Where it turned on that posted links are added, I look for them in messages, and keep the pages \
but not the messages.
- When it removes me, all of that is erased {erased} days later. Coming back before \
cancels that."""
NO_MODEL = "Nothing of it is sent to anybody: questions are answered on the machine that I run on."
BY_MODEL = (
    "Whoever runs me has named a language model that words answers: it is sent your question and "
    "the sentences that were found, and not who you are."
)
FORGET = "`/forget-me` deletes what is kept about you, in every server, at once."
FORGOTTEN = (
    "Forgotten: your questions, your votes and your reasons, in every server. What a limit counts "
    "of today stays until tomorrow."
)
NOTHING = "Nothing was kept about you. What a limit counts of today stays until tomorrow."


class Privacy(commands.Cog):
    """The two commands; both answer in private, and in direct messages too."""

    def __init__(self, records: Records, promises: Promises, *, is_worded: bool) -> None:
        """`is_worded` tells whether a language model words the answers."""
        self._records = records
        self._promises = promises
        self._is_worded = is_worded

    @app_commands.command(name="privacy", description="What I keep about you and this server")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def privacy(self, interaction: discord.Interaction[commands.Bot]) -> None:
        async def work() -> Reply:
            return privacy_card(is_worded=self._is_worded)

        await self._promises.answer(interaction, work, private=True)

    @app_commands.command(name="forget-me", description="Delete what I keep about you, everywhere")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def forget_me(self, interaction: discord.Interaction[commands.Bot]) -> None:
        # The promise to answer this is written down about the member, too, and is no news.
        async def work() -> Reply:
            count = await self._records.forget_member(interaction.user.id)
            return FORGOTTEN if count > 1 else NOTHING

        await self._promises.answer(interaction, work, private=True)


def privacy_card(*, is_worded: bool) -> Card:
    box: Box = ui.Container(accent_colour=ANSWERED)
    box.add_item(ui.TextDisplay(f"### {tr('What I keep')}"))
    for text in (
        tr(ABOUT_YOU, kept=KEPT_DAYS, rated=RATED_DAYS),
        tr(ABOUT_SERVERS, seen=SEEN_DAYS, erased=ERASED_AFTER_DAYS),
        tr(BY_MODEL) if is_worded else tr(NO_MODEL),
        tr(FORGET),
    ):
        box.add_item(ui.TextDisplay(text))
    return card(box)
