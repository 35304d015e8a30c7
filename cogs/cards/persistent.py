"""Lists every button that works after a restart, for the client to register."""

from __future__ import annotations

from typing import Any

from cogs.cards.article_cards import ArticlesPageButton, RemoveButton
from cogs.cards.feed_cards import FeedsPageButton
from cogs.cards.follow_up_button import FollowUpButton
from cogs.cards.more_sources_button import MoreButton
from cogs.cards.passage_button import PassageButton
from cogs.cards.timeline_button import TimelineButton
from cogs.cards.vote_buttons import SayWhyButton, VoteButton
from cogs.cards.why_button import WhyButton
from cogs.ui.persistent_button import PersistentButton

PERSISTENT_BUTTONS: tuple[type[PersistentButton[Any]], ...] = (
    ArticlesPageButton,
    FeedsPageButton,
    FollowUpButton,
    MoreButton,
    PassageButton,
    RemoveButton,
    SayWhyButton,
    TimelineButton,
    VoteButton,
    WhyButton,
)
