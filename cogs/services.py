"""What a running client works with: the service that answers, and the records beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import discord
from discord.ext import commands

from cogs.records.answers import SavedAnswers
from cogs.records.database import Records
from cogs.records.quotas import Quotas
from cogs.records.seen_summaries import SummaryHistory
from cogs.records.server_settings import ServerRules
from retrieval.serving.server_libraries import ServerLibraries
from retrieval.serving.service import AskService


@dataclass(frozen=True, slots=True)
class Services:
    """One client's services; commands, buttons and background work share them.

    `asking` answers, sums up and looks citations up. Everything else is a part of `records`.
    """

    asking: AskService
    records: Records
    answers: SavedAnswers
    rules: ServerRules
    quotas: Quotas
    seen: SummaryHistory

    @classmethod
    def of(cls, asking: AskService, records: Records) -> Self:
        return cls(
            asking,
            records,
            SavedAnswers(records),
            ServerRules(records),
            Quotas(records),
            SummaryHistory(records),
        )

    @property
    def articles(self) -> ServerLibraries:
        """Servers' own libraries, and the feeds that they watch."""
        return self.asking.articles


class ServiceClient(commands.Bot):
    """A bot that carries its services, so that whoever has an interaction can find them."""

    def __init__(self, services: Services, **options: Any) -> None:
        super().__init__(**options)
        self.services = services


def services_of(interaction: discord.Interaction[Any]) -> Services:
    """The services of the client that received the interaction."""
    services: Services = interaction.client.services
    return services
