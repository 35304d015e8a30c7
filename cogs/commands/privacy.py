"""/privacy says what is stored; /forget-me deletes what is stored about a member."""

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
- Your questions, and what you had summarised, for {kept} days, with the places in the articles \
that the answers quote: the buttons on an answer need them. They are stored with your id, the \
channel's and the message's.
- Your 👍 and 👎, with the reason that you give and the question, for {rated} days. Only my \
operator can read them.
- Where a server limits questions: how many you asked there today, until tomorrow.
- No name, no message that is not meant for me, and not who added which article."""
ABOUT_SERVERS = """**About a server**
- Its articles, until somebody there removes them. No other server ever sees them.
- Its settings.
- Which articles the summaries in its channels covered, for {seen} days, so that the next one \
can say what is new.
- Where it has me add posted links, I look for them in messages. I store the pages, but not the \
messages.
- When it removes me, I erase all of that {erased} days later, unless it adds me again before \
then."""
NO_MODEL = "None of this is sent to anyone: I answer questions on the machine that I run on."
BY_MODEL = (
    "My operator has a language model word the answers: it is sent your question and the "
    "sentences that were found, but not who you are."
)
FORGET = "`/forget-me` deletes what I store about you, in every server, at once."
FORGOTTEN = (
    "Deleted: your questions, your votes and your reasons, in every server. Where a server "
    "limits questions, today's count stays until tomorrow."
)
NOTHING = (
    "Nothing was stored about you. Where a server limits questions, today's count stays "
    "until tomorrow."
)


class Privacy(commands.Cog):
    """The two commands. Both answer privately, and work in direct messages too."""

    def __init__(self, records: Records, promises: Promises, *, is_worded: bool) -> None:
        """`is_worded` tells whether a language model words the answers."""
        self._records = records
        self._promises = promises
        self._is_worded = is_worded

    @app_commands.command(name="privacy", description="What I store about you and this server")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def privacy(self, interaction: discord.Interaction[commands.Bot]) -> None:
        async def work() -> Reply:
            return privacy_card(is_worded=self._is_worded)

        await self._promises.answer(interaction, work, private=True)

    @app_commands.command(
        name="forget-me", description=("Delete what I store about you, in every server")
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def forget_me(self, interaction: discord.Interaction[commands.Bot]) -> None:
        # The promise to answer this command is itself a record about the member.
        async def work() -> Reply:
            count = await self._records.forget_member(interaction.user.id)
            return FORGOTTEN if count > 1 else NOTHING

        await self._promises.answer(interaction, work, private=True)


def privacy_card(*, is_worded: bool) -> Card:
    box: Box = ui.Container(accent_colour=ANSWERED)
    box.add_item(ui.TextDisplay(f"### {tr('What I store')}"))
    for text in (
        tr(ABOUT_YOU, kept=KEPT_DAYS, rated=RATED_DAYS),
        tr(ABOUT_SERVERS, seen=SEEN_DAYS, erased=ERASED_AFTER_DAYS),
        tr(BY_MODEL) if is_worded else tr(NO_MODEL),
        tr(FORGET),
    ):
        box.add_item(ui.TextDisplay(text))
    return card(box)
