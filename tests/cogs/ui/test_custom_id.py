"""Custom ids keep the text that earlier releases sent: their messages still stand in Discord."""

from __future__ import annotations

import re

import pytest

from cogs.cards.article_cards import ArticlesPageId, RemoveId
from cogs.cards.feed_cards import FeedsPageId
from cogs.cards.follow_up_button import AskAboutId, FollowUpId
from cogs.cards.more_sources_button import MoreId
from cogs.cards.passage_button import PassageId
from cogs.cards.persistent import PERSISTENT_BUTTONS
from cogs.cards.timeline_button import TimelineId
from cogs.cards.vote_buttons import ReasonId, SayWhyId, VoteId
from cogs.cards.why_button import WhyId
from cogs.ui.custom_id import CustomId

KEY = "aB3_-" * 3 + "x"
SENT: list[tuple[str, CustomId]] = [
    ("articles:20", ArticlesPageId(20)),
    ("feeds:10", FeedsPageId(10)),
    (f"follow-up:{KEY}", FollowUpId(KEY)),
    (f"more:{KEY}:6", MoreId("more", KEY, 6)),
    (f"page:{KEY}:10", MoreId("page", KEY, 10)),
    ("passage:antonov-0123456789ab:1:10:70", PassageId("antonov-0123456789ab", 1, 10, 70)),
    ("remove:antonov-0123456789ab", RemoveId("antonov-0123456789ab")),
    (f"why-so:{KEY}", SayWhyId(KEY)),
    (f"timeline:{KEY}", TimelineId(KEY)),
    (f"vote:up:{KEY}", VoteId("up", KEY)),
    (f"vote:down:{KEY}", VoteId("down", KEY)),
    (f"why:{KEY}", WhyId(KEY)),
    (f"reason:{KEY}", ReasonId(KEY)),
    ("ask-about", AskAboutId()),
]


@pytest.mark.parametrize(("text", "custom_id"), SENT)
def test_an_id_is_written_and_read_as_it_was_sent(text: str, custom_id: CustomId):
    assert str(custom_id) == text
    assert type(custom_id).parse(text) == custom_id


@pytest.mark.parametrize(
    "text", ["", "vote:sideways:" + KEY, f"vote:up:{KEY}x", "vote:up:short", f"why:{KEY}"]
)
def test_another_text_is_no_such_id(text: str):
    assert VoteId.parse(text) is None


@pytest.mark.parametrize("button", PERSISTENT_BUTTONS)
def test_each_button_is_found_by_the_ids_that_were_sent_and_by_no_other(button):
    pattern = button.__discord_ui_compiled_template__
    found = {type(sent) for text, sent in SENT if re.fullmatch(pattern, text)}
    assert found == {button.id_type}


async def test_a_button_is_made_again_from_its_id():
    for button in PERSISTENT_BUTTONS:
        for text, custom_id in SENT:
            if type(custom_id) is button.id_type:
                match = button.__discord_ui_compiled_template__.fullmatch(text)
                made = await button.from_custom_id(None, None, match)
                assert (made.parts, made.item.custom_id) == (custom_id, text)
