"""Which language the bot speaks: the one set for a server or channel, else the server's own.

In a direct message it is that of the member's app. What is quoted stays as it was written.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import discord

from cogs.records.server_settings import channel_of
from cogs.services import ServiceClient
from corpus.errors import FootnoteError
from retrieval.wording.translations import set_language

log = logging.getLogger(__name__)

LOOK_UP_S = 0.5  # of the three that Discord waits; English is better than late


async def use_language_of(interaction: discord.Interaction[Any]) -> None:
    """For the rest of this task, the language of whoever did that."""
    await use_language_in(
        interaction.client,
        interaction.guild_id,
        channel_of(interaction.channel, interaction.channel_id),
        interaction.locale,
    )


async def use_language_in(
    client: ServiceClient,
    server: int | None,
    channel: int,
    locale: discord.Locale | None = None,
) -> None:
    """For the rest of this task, the language of a channel; `locale` where there is no server."""
    if server is None:
        set_language(None if locale is None else locale.value)
        return
    language = None
    parent = channel_of(client.get_channel(channel), channel)
    try:
        async with asyncio.timeout(LOOK_UP_S):
            language = (await client.services.rules.of(server, parent)).language
    except (FootnoteError, TimeoutError) as error:
        log.info("The language of a channel could not be looked up: %r", error)
    if language is None and (guild := client.get_guild(server)) is not None:
        language = guild.preferred_locale.value
    set_language(language)
