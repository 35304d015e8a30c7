"""Offers sources and titles of the library that answers there, while a member types."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import discord
from discord import app_commands

from cogs.commands.choices import source_choices
from cogs.interactions.permissions import is_allowed
from cogs.records.server_settings import Right
from corpus.errors import FootnoteError
from retrieval.query.scope_resolver import SuggestionKind
from retrieval.serving.fair_queue import Turn
from retrieval.serving.service import AskService

log = logging.getLogger(__name__)

TIME_LIMIT_S = 2.0  # Discord waits for 3 s


async def offer(
    service: AskService,
    interaction: discord.Interaction[Any],
    typed: str,
    offered: SuggestionKind = SuggestionKind.ALL,
) -> list[app_commands.Choice[str]]:
    """The choices for what was typed; none if the member may not ask or it takes too long."""
    server, turn = interaction.guild_id, Turn(interaction.guild_id, interaction.user.id)
    if not await is_allowed(interaction, Right.ASK):
        return []
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            found = await service.choices(server=server, typed=typed, offered=offered, turn=turn)
    except (FootnoteError, TimeoutError) as error:
        log.info("Nothing could be offered: %r", error)
        return []
    return source_choices(found)
