"""Makes every cog with commands, for the client to add."""

from __future__ import annotations

from collections.abc import Iterator

from discord.ext import commands

from cogs.commands.answering import Answering
from cogs.commands.articles import Articles
from cogs.commands.ask import Ask
from cogs.commands.feeds import Feeds
from cogs.commands.posted_links import PostedLinks
from cogs.commands.privacy import Privacy
from cogs.commands.settings import Settings
from cogs.commands.summaries import Summaries
from cogs.commands.summarizing import Summarizing
from cogs.commands.votes import VoteReasons
from cogs.interactions.deferred_replies import Promises
from cogs.services import ServiceClient


def command_cogs(
    client: ServiceClient, promises: Promises, answering: Answering, summarizing: Summarizing
) -> Iterator[commands.Cog]:
    """The cogs, in the order in which they listen."""
    services, reads = client.services, client.intents.message_content
    yield Ask(client, answering, promises)
    yield Summaries(client, summarizing, promises)
    yield Articles(client, services.articles, promises)
    yield Feeds(services.articles, promises)
    yield Settings(services.rules, promises, reads_messages=reads)
    if reads:
        yield PostedLinks(client, services.articles, services.rules)
    yield Privacy(services.records, promises, is_worded=services.asking.is_worded)
    yield VoteReasons(services.answers)
