"""What the buttons below an answer do, for whom, where, and for how long."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from discord import ui

from cogs.background.answer_expiry import AnswerExpiry
from cogs.cards.more_sources_button import more_card
from cogs.cards.why_button import STAGES, explain, why_card
from cogs.records.answers import (
    DAY_S,
    GONE,
    KEPT_DAYS,
    RATED_DAYS,
    SavedAnswer,
    SavedAnswers,
    Spot,
    Vote,
)
from cogs.records.database import Records
from corpus.article import SpanRef
from retrieval.answering.answer import Answer, Cut, Reason, Refusal
from retrieval.answering.citation import Citation
from retrieval.answering.trace import SearchHit, Trace, Verdict, WeighedSentence
from retrieval.query.scope import EVERYTHING, Scope
from tests.cogs.conftest import QUOTE, World, answered, citation, in_a_world, refused, texts

HERE = Spot(7, 8, 9)
ARTICLE = "antonov-0123456789ab"


def many(count: int) -> Answer:
    sources = [replace(citation(), start=n, end=n + 1) for n in range(1, count + 1)]
    return answered(*sources)


def traced(answer: Answer) -> Answer:
    first = WeighedSentence(
        text="a kept sentence",
        title="A title",
        ref=SpanRef(ARTICLE, 1, 10, 20),
        score=4.2,
        verdict=Verdict.KEPT,
        hits={"by_meaning": SearchHit(1, 0.6123), "by_words": None, "fused": None},
        signals={},
    )
    second = replace(
        first,
        text="another sentence",
        ref=SpanRef(ARTICLE, 1, 30, 40),
        score=1.5,
        verdict=Verdict.UNLIKELY,
        hits={"by_meaning": None, "by_words": SearchHit(2, 11.51), "fused": None},
    )
    trace = Trace(
        kind="why",
        confidence=0.831,
        threshold=0.4,
        searched="why?",
        passage_counts={"by_meaning": 20, "by_words": 3, "fused": 21},
        sentence_count=17,
        sentences=(first, second),
    )
    timings = {"embedder": 5.04, "reader": 6.0, "total": 12.4}
    return replace(answer, trace=trace, timings_ms=timings)


def ids(message: Any) -> list[str]:
    return re.findall(r"'custom_id': '([^']+)'", str(message.components))


def id_on(message: Any, beginning: str) -> str:
    return next(one for one in ids(message) if one.startswith(beginning))


async def asked(world: World, **options: Any) -> Any:
    return (await world.alice.slash(world.channel, "ask", question="why?", **options)).response


# -- why -----------------------------------------------------------------------------------


@in_a_world
async def test_why_tells_what_was_searched_weighed_and_cut_even_after_a_restart(world: World):
    world.service.held = {world.guild.id: ARTICLE}
    world.service.says = traced(answered(citation()))
    card = await asked(world)
    await world.env.restart_bot(world.new_bot())
    pressed = await world.alice.click(card, label="Why this answer?")
    assert pressed.ephemeral
    assert texts(pressed.response) == [
        "### Why this answer?\n**Question:** why?",
        "**Searched:** all articles, by meaning and by words.\n"
        "**Passages found:** 20 by meaning and 3 by words; sentences read from the best of them: "
        "17.\n"
        "**How sure:** 83% that the best sentence found answers the question. Under 40% there is "
        "no answer.",
        "**Sentences weighed**, the best first, with their scores:\n"
        "4.2 · **\\[1\\]** · Sentence 10. — *The recall*\n"
        "-# no. 1 by meaning (0.612), not by words · kept\n"
        "1.5 · not shown · Sentence 30. — *The recall*\n"
        "-# not by meaning, no. 2 by words (11.5) · cut: much less likely than the best",
        "-# 12 ms in all: understanding the question 5.0, reading sentences 6.0.\n"
        "-# This explanation is kept for 7 days.",
    ]


async def test_why_tells_of_a_refusal_a_restriction_and_a_follow_up():
    answer = replace(traced(refused()), understood_as="why him?", within="from Reuters")
    kept = SavedAnswer("why him?", EVERYTHING, (), explain(answer))
    shown = [
        item.content
        for item in why_card(kept, [None, None]).walk_children()
        if isinstance(item, ui.TextDisplay)
    ]
    assert shown[:3] == [
        "### Why this answer?\n**Question:** why him?\n"
        "-# Asked as “why?”, which follows the question before it.",
        "**Searched:** only the articles that the question is restricted to, by meaning and by "
        "words.\n"
        "**Passages found:** 20 by meaning and 3 by words; sentences read from the best of them: "
        "17.\n"
        "**How sure:** 83% that the best sentence found answers the question. Under 40% there is "
        "no answer.\n**So there was no answer:** nothing in the articles speaks of it.",
        "**Sentences weighed**, the best first, with their scores:\n"
        "4.2 · not shown · a sentence that is no longer in the library\n"
        "1.5 · not shown · a sentence that is no longer in the library",
    ]


async def test_why_tells_what_the_language_model_said_that_does_not_hold():
    cut = (Cut("Four envoys left.", ("“Four”",)), Cut("He will return.", ("“will”", "“return”")))
    answer = replace(answered(citation()), writer="liar", cut=cut)
    told = explain(answer)
    assert "Four envoys left." not in str(told)
    shown = [
        item.content
        for item in why_card(SavedAnswer("why?", EVERYTHING, (), told), []).walk_children()
        if isinstance(item, ui.TextDisplay)
    ]
    assert shown[2:4] == [
        "**Sentences weighed:** none; nothing in the articles came near.",
        "**Worded** by a language model and checked against the quotations.\n"
        "**Cut:** 2 sentences that the model added; the articles do not say: “Four”; “will”, "
        "“return”",
    ]


def test_nothing_of_an_article_is_kept():
    answer = traced(answered(citation("A secret sentence.", title="A secret title")))
    kept = str(explain(replace(answer, within="called “A secret title”")))
    assert "secret" not in kept
    assert "sentence" not in kept.replace("'sentences': 17", "")
    contradicted = Refusal(Reason.CONTRADICTED, "The articles say this of Zorblatt, not of Quux.")
    kept = str(explain(Answer("why?", refusal=contradicted)))
    assert "Zorblatt" not in kept


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_to_refuse_is_explained(reason: Reason):
    answer = Answer("why?", refusal=Refusal(reason, "It is not said."))
    card = why_card(SavedAnswer("why?", EVERYTHING, (), explain(answer)), [])
    told = [item.content for item in card.walk_children() if isinstance(item, ui.TextDisplay)]
    assert "**So there was no answer:** " in told[1]


async def test_the_longest_explanation_fits():
    longest = "*" * 4000
    answer = traced(answered(*(citation(longest, title=longest) for _ in range(9))))
    assert answer.trace is not None
    verdict = max(Verdict, key=lambda one: len(one.value))
    sentences = tuple(replace(answer.trace.sentences[0], verdict=verdict) for _ in range(9))
    answer = replace(
        answer,
        trace=replace(answer.trace, sentences=sentences),
        question=longest,
        understood_as=longest,
        within=longest,
        unwritten=longest,
        cut=(Cut(longest, (longest,)),) * 9,
        timings_ms=dict.fromkeys((*STAGES, "total"), 1000.0),
    )
    told = explain(answer)
    kept = SavedAnswer(longest, EVERYTHING, (), {**told, "refused": Reason.ONLY_OLDER.value})
    found = [citation(longest, title=longest) for _ in told["candidates"]]
    assert why_card(kept, found).content_length() <= 4000


# -- more sources --------------------------------------------------------------------------


@in_a_world
async def test_sources_that_do_not_fit_are_shown_in_private_page_by_page(world: World):
    world.service.held = {world.guild.id: ARTICLE}
    world.service.says = many(11)
    card = await asked(world)
    pressed = await world.alice.click(card, label="More sources")
    first = pressed.response
    assert pressed.ephemeral
    assert texts(first)[0] == "### More sources\n-# 6 to 9 of 11"
    assert [re.findall(r"Sentence \d+", text) for text in texts(first)[1:]] == [
        [f"Sentence {number}"] for number in range(6, 10)
    ]
    await world.env.restart_bot(world.new_bot())
    turned = await world.alice.click(first, label="Later sources")
    assert texts(turned.response)[0] == "### More sources\n-# 10 to 11 of 11"
    assert turned.response.id == first.id
    back = await world.alice.click(turned.response, label="Earlier sources")
    assert texts(back.response)[0] == "### More sources\n-# 6 to 9 of 11"
    assert texts(card)[0] == "-# why?"


@in_a_world
async def test_there_is_no_more_where_all_fit(world: World):
    world.service.says = many(5)
    assert not [one for one in ids(await asked(world)) if one.startswith("more:")]


async def test_a_page_of_the_longest_sources_fits():
    longest = citation("x*" * 4000, title="t_" * 500, source="s~" * 500)
    found: list[Citation | None] = [
        replace(longest, start=n, end=n + 1, link=None) for n in range(4)
    ]
    for page in (found, [None] * 4):
        card = more_card("k" * 16, 5, 40, page)
        assert card.content_length() <= 4000
        assert len(list(card.walk_children())) <= 40


# -- votes ---------------------------------------------------------------------------------


async def votes(world: World) -> list[tuple[Any, ...]]:
    query = "SELECT member, is_good, reason FROM feedback ORDER BY member"
    return await world.records.read(lambda connection: connection.rows(query))


@in_a_world
async def test_a_vote_is_noted_and_changed_when_pressed_again(world: World):
    card = await asked(world)
    up, down = id_on(card, "vote:up:"), id_on(card, "vote:down:")
    pressed = await world.alice.click(card, custom_id=up)
    assert pressed.ephemeral
    assert texts(pressed.response)[0].startswith("Thank you: noted as helpful.")
    assert await votes(world) == [(world.alice.id, 1, None)]
    form = await world.alice.click(card, custom_id=down)
    assert form.modal is not None
    assert await votes(world) == [(world.alice.id, 0, None)]  # even if the form is closed
    said = await world.alice.submit_modal(form, {"text": "It is the wrong Antonov. "})
    assert said.ephemeral
    assert said.response.content.startswith("Thank you: noted, with your reason.")
    assert await votes(world) == [(world.alice.id, 0, "It is the wrong Antonov.")]
    again = await world.alice.click(card, custom_id=down)
    assert "It is the wrong Antonov." in str(again.modal)
    await world.alice.click(card, custom_id=up)
    assert await votes(world) == [(world.alice.id, 1, None)]


@in_a_world
async def test_a_form_that_was_open_during_a_restart_still_arrives(world: World):
    card = await asked(world)
    form = await world.alice.click(card, custom_id=id_on(card, "vote:down:"))
    await world.env.restart_bot(world.new_bot())
    await world.alice.submit_modal(form, {"text": "Too old."})
    assert await votes(world) == [(world.alice.id, 0, "Too old.")]


@in_a_world
async def test_a_reason_for_a_good_vote_may_be_given_and_taken_back(world: World):
    card = await asked(world)
    pressed = await world.alice.click(card, custom_id=id_on(card, "vote:up:"))
    for reason in ("Just what I was looking for.", ""):
        form = await world.alice.click(pressed.response, label="Say why")
        await world.alice.submit_modal(form, {"text": reason})
        assert await votes(world) == [(world.alice.id, 1, reason or None)]


@in_a_world
async def test_everyone_has_a_vote_and_nobody_sees_anothers(world: World):
    bob = world.guild.add_member(world.env.create_user("bob"))
    card = await asked(world)
    up = id_on(card, "vote:up:")
    await world.alice.click(card, custom_id=up)
    pressed = await bob.click(card, custom_id=up)
    assert await votes(world) == [(world.alice.id, 1, None), (bob.id, 1, None)]
    assert not re.search(r"\d", "".join(texts(pressed.response)))


# -- where, for whom, how long -------------------------------------------------------------


@in_a_world
async def test_a_copied_button_is_looked_up_where_it_is_pressed(world: World):
    """A card of the same custom ids, in another channel and in another server."""
    world.service.held = {world.guild.id: ARTICLE}
    world.service.says = traced(many(9))
    card = await asked(world)
    theirs = world.env.create_guild()
    mallory = theirs.add_member(world.env.create_user("mallory"))
    for place, member in (
        (world.guild.create_text_channel("elsewhere"), world.alice),
        (theirs.create_text_channel("theirs"), mallory),
    ):
        copied = await copy_of(world, card, place)
        for beginning in ("why:", "more:", "vote:up:", "vote:down:"):
            pressed = await member.click(copied, custom_id=id_on(card, beginning))
            shown = texts(pressed.response) or [pressed.response.content]
            assert (shown, pressed.ephemeral) == ([GONE], True)
    assert await votes(world) == []


async def copy_of(world: World, card: Any, channel: Any) -> Any:
    """A message of the bot in that channel that looks the same."""
    view = ui.LayoutView.from_message(card.message)
    return await world.env.bot.get_channel(channel.id).send(view=view)


@in_a_world
async def test_a_copied_button_of_a_private_answer_is_for_the_asker_only(world: World):
    world.service.held = {world.guild.id: ARTICLE}
    world.service.says = traced(answered(citation()))
    card = await asked(world, private=True)
    assert card.ephemeral
    copied = await copy_of(world, card, world.channel)
    bob = world.guild.add_member(world.env.create_user("bob"))
    pressed = await bob.click(copied, label="Why this answer?")
    assert pressed.response.content == GONE
    mine = await world.alice.click(card, label="Why this answer?")
    assert texts(mine.response)[0].startswith("### Why this answer?")


async def test_an_answer_is_kept_for_a_week_and_what_was_thought_of_it_for_longer():
    now = 1_000_000.0
    records = await Records.in_memory()
    answers = SavedAnswers(records, now=lambda: now)

    async def count() -> tuple[int, int, int]:
        query = (
            "SELECT (SELECT count(*) FROM answer), (SELECT count(details) FROM answer), "
            "(SELECT count(*) FROM feedback)"
        )
        (found,) = await records.read(lambda connection: connection.rows(query))
        return found

    within = Scope("Reuters", date(2026, 3, 1))
    kept = {"why": {"refused": None}, "spot": HERE, "is_private": False}
    rated, other = [await answers.save(many(2), within, **kept) for _ in range(2)]
    assert await answers.find(rated, HERE) == SavedAnswer(
        "why?", within, (SpanRef(ARTICLE, 1, 1, 2), SpanRef(ARTICLE, 1, 2, 3)), {"refused": None}
    )
    assert await answers.vote(rated, HERE, is_good=False) == Vote(is_good=False)
    now += KEPT_DAYS * DAY_S + 1
    assert await answers.find(rated, HERE) is None
    assert await answers.find(other, HERE) is None
    await answers.save(many(1), EVERYTHING, **kept)
    assert await count() == (2, 1, 1)
    assert await answers.find(rated, HERE) is None
    assert await answers.vote(other, HERE, is_good=True) is None
    assert await answers.give_reason(rated, HERE, "Late.") == Vote(is_good=False, reason="Late.")
    now += RATED_DAYS * DAY_S
    await answers.save(many(1), EVERYTHING, **kept)
    assert await count() == (1, 1, 0)
    await records.close()


async def test_what_is_too_old_is_let_go_when_nobody_asks_any_more(tmp_path: Path):
    now = 1_000_000.0
    records = await Records.open(tmp_path / "records.db")
    answers = SavedAnswers(records, now=lambda: now)
    asked = replace(many(1), question="where did Zorblatt sing?")
    await answers.save(asked, EVERYTHING, {"refused": None}, HERE, is_private=False)

    def is_written() -> bool:
        return any(b"Zorblatt" in file.read_bytes() for file in tmp_path.iterdir())

    await answers.expire()
    assert is_written()
    now += KEPT_DAYS * DAY_S + 1
    expiry = AnswerExpiry(answers)
    expiry.repeat.change_interval(seconds=0.01)
    await expiry.cog_load()
    async with asyncio.timeout(10):
        while is_written():  # noqa: ASYNC110  another task makes it so
            await asyncio.sleep(0.01)
    await expiry.cog_unload()
    await records.close()


@in_a_world
async def test_an_answer_that_cannot_be_kept_goes_out_without_the_buttons_that_need_it(
    world: World, caplog: pytest.LogCaptureFixture
):
    await world.records.read(lambda connection: connection.execute("PRAGMA query_only = ON"))
    card = await asked(world)
    assert rf"> {QUOTE} \[1\]" in texts(card)
    assert [one.partition(":")[0] for one in ids(card)] == ["passage"]
    assert "An answer is sent without its buttons" in caplog.text


@in_a_world
async def test_a_refusal_has_the_buttons_too(world: World):
    near = citation()
    refusal = Refusal(Reason.ONLY_NEAR, "The articles do not say.", (near,))
    world.service.says = Answer("why?", refusal=refusal)
    kinds = [one.partition(":")[0] for one in ids(await asked(world))]
    assert kinds == ["passage", "follow-up", "why", "vote", "vote"]
