"""Makes digests and stores summaries, for the commands and for scheduled digests."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cogs.cards.summary_card import summary_card
from cogs.records.answers import Spot
from cogs.records.seen_summaries import LastSummary
from cogs.services import Services
from cogs.ui.components import Card
from corpus.errors import FootnoteError
from retrieval.serving.fair_queue import Turn
from retrieval.summaries.summary import Length, Summary, SummaryRequest

log = logging.getLogger(__name__)

FIRST_DIGEST = timedelta(days=7)  # how far back the first digest of a channel looks
MARGIN = timedelta(hours=1)  # a large batch is added at once, dated at its start


class Summarizing:
    """Makes digests for one client. Methods raise what the service and the records raise."""

    def __init__(self, services: Services) -> None:
        self._service = services.asking
        self._answers = services.answers
        self._seen = services.seen

    async def find_news(
        self, spot: Spot, seen: LastSummary | None, first: datetime | None = None
    ) -> list[str]:
        """The ids of the articles that came since the channel's last digest and were in none.

        Without an earlier digest: those of the last FIRST_DIGEST, and since `first` if that is
        earlier.
        """
        since = datetime.fromtimestamp(self._seen.now() if seen is None else seen.at, UTC)
        since -= FIRST_DIGEST if seen is None else MARGIN
        if seen is None and first is not None:
            since = min(since, first - MARGIN)
        found = await self._service.news(server=spot.server, since=since.isoformat())
        known = frozenset() if seen is None else seen.articles
        return [article_id for article_id, _ in found if article_id not in known]

    async def make_digest(
        self, spot: Spot, articles: Sequence[str], at: datetime, length: Length = Length.PAGE
    ) -> tuple[Card | None, str | None]:
        """The card of these articles, and the key under which it is stored, or None.

        No card (None, None) if they have nothing to quote, or were removed meanwhile.
        """
        brief = SummaryRequest(only=tuple(articles), length=length, asked_at=at)
        turn = Turn(spot.server, spot.member) if spot.member else None
        summary = await self._service.summarize(brief, server=spot.server, turn=turn)
        if not summary.answer.answered:
            return None, None
        key = await self.store(summary, brief, spot, is_private=False)
        return summary_card(summary, key), key

    async def store(
        self, summary: Summary, brief: SummaryRequest, spot: Spot, *, is_private: bool
    ) -> str | None:
        """Store a summary. Returns its key; None on a failure, which leaves the buttons out."""
        if not summary.answer.answered:
            return None
        try:
            return await self._answers.save(
                summary.answer,
                brief.within,
                {"articles": summary.articles},
                spot,
                is_private=is_private,
            )
        except FootnoteError as error:
            log.warning("A summary is sent without its buttons: %r", error)
            return None
