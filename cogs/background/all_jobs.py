"""Makes every cog that works in the background, for the client to add."""

from __future__ import annotations

from collections.abc import Iterator

from discord.ext import commands

from cogs.background.answer_expiry import AnswerExpiry
from cogs.background.digests import Digests
from cogs.background.membership import Membership
from cogs.background.recovery import Recovery
from cogs.background.shards import owns
from cogs.background.source_changes import LivingAnswers
from cogs.background.unreachable_askers import UnreachableAskers
from cogs.commands.answering import Answering
from cogs.commands.summarizing import Summarizing
from cogs.interactions.deferred_replies import Promises
from cogs.services import ServiceClient


def background_cogs(
    client: ServiceClient,
    promises: Promises,
    answering: Answering,
    summarizing: Summarizing,
    living: LivingAnswers,
) -> Iterator[commands.Cog]:
    """The cogs; each starts its work when it is added."""
    yield UnreachableAskers(promises)
    yield Membership(client)
    if owns(client, None):  # one client deletes for all
        yield AnswerExpiry(client.services.answers)
    yield living
    yield Digests(client, summarizing, living)
    yield Recovery(client, answering, promises)
