"""Checks what a member may do, each time when they do it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import discord

from cogs.interactions.sending import report_failure, say
from cogs.records.server_settings import (
    WHOLE_SERVER,
    Right,
    Rules,
    channel_of,
    check,
    check_place,
)
from cogs.services import services_of
from cogs.ui.locale import use_language_of
from corpus.errors import FootnoteError
from retrieval.errors import AskerError

log = logging.getLogger(__name__)

TIME_LIMIT_S = 1.0  # of the three that Discord waits for an acknowledgement


async def rules_for(interaction: discord.Interaction[Any], right: Right) -> Rules:
    """The settings of the channel where the interaction happened.

    For Right.ADMINISTER they are the whole server's, whatever the channel.

    Raises:
        Denied: The member may not do that.
        StoreError, Busy: The settings could not be read.
    """
    channel = channel_of(interaction.channel, interaction.channel_id)
    if right is Right.ADMINISTER:
        channel = WHOLE_SERVER
    rules = await services_of(interaction).rules.of(interaction.guild_id, channel)
    if interaction.guild_id is None:
        return rules
    has = interaction.permissions
    check(
        right,
        rules,
        role_ids_of(interaction.user),
        is_manager=has.manage_guild or has.administrator,
    )
    if right is Right.ASK:
        check_place(rules)
    return rules


async def require(interaction: discord.Interaction[Any], right: Right) -> Rules | None:
    """Like `rules_for`, but None after telling the member why they may not.

    Call it before the interaction is acknowledged.
    """
    await use_language_of(interaction)
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            return await rules_for(interaction, right)
    except AskerError as error:
        await say(interaction, str(error))
    except (FootnoteError, TimeoutError):
        await say(interaction, report_failure("Looking up a permission"))
    return None


async def is_allowed(interaction: discord.Interaction[Any], right: Right) -> bool:
    """Whether the member may, where nothing can be said: while they type."""
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            await rules_for(interaction, right)
    except (FootnoteError, TimeoutError) as error:
        log.info("No choices were shown: %r", error)
        return False
    return True


def role_ids_of(user: discord.User | discord.Member) -> list[int]:
    """The ids of a member's roles in their server, including @everyone's; none for a user."""
    return [role.id for role in user.roles] if isinstance(user, discord.Member) else []
