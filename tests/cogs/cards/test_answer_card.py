"""Cards keep Discord's limits whatever the answer, and obey nothing that stands in a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from discord import ui
from hypothesis import given, settings
from hypothesis import strategies as st

from cogs.cards.answer_card import answer_card
from cogs.cards.passage_button import passage_card
from cogs.ui.markdown import escape, fit, unescape
from retrieval.answering.answer import Answer, Reason, Refusal, Statement
from retrieval.answering.citation import Excerpt
from tests.cogs.conftest import QUOTE, answered, citation, refused
from tests.discord import checks
from tests.discord.values import COMPONENTS_V2

LINK = "https://daily.example/recall#:~:text=The%20spokesperson"


def shown(card: ui.LayoutView) -> list[str]:
    return [item.content for item in card.walk_children() if isinstance(item, ui.TextDisplay)]


def buttons(card: ui.LayoutView) -> list[tuple[str | None, str | None]]:
    """Label and address or custom id of each button, in order."""

    def walk(component: dict[str, Any]) -> Iterator[tuple[str | None, str | None]]:
        if component["type"] == 2:
            yield component.get("label"), component.get("url") or component.get("custom_id")
        for child in component.get("components", []):
            yield from walk(child)
        if "accessory" in component:
            yield from walk(component["accessory"])

    return [found for component in card.to_components() for found in walk(component)]


async def test_the_card_of_a_written_answer_says_so():
    written = replace(answered(citation(), lead="Nobody gave reasons."), writer="liar")
    assert shown(answer_card(written))[-1] == (
        "-# Worded by a language model and checked against the quotations, in 12 ms"
    )


async def test_an_update_is_told_beside_the_publication():
    facts = {"source": "Reuters", "published": "2026-03-17T08:00:00+00:00"}
    for updated, told in (
        ("2026-03-18T09:30:00+00:00", "Reuters · 17 March 2026, updated 18 March 2026"),
        ("2026-03-17T21:00:00+00:00", "Reuters · 17 March 2026"),
    ):
        card = answer_card(answered(citation(**facts, updated=updated)))
        assert f"-# {told}" in shown(card)[2]
        assert "newest source: <t:1773734400:R>" in shown(card)[-1]


async def test_a_quotation_is_shown_once_with_its_source_below():
    card = answer_card(answered(citation(source="The Daily", published="2021-03-17", link=LINK)))
    assert shown(card) == [
        "-# why?",
        rf"> {QUOTE} \[1\]",
        "\\[1\\] **The recall**\n-# The Daily · 17 March 2021",
        "-# Quoted in 12 ms · newest source: 17 March 2021",
    ]
    assert buttons(card) == [
        ("Open", LINK),
        ("Show passage 1", f"passage:antonov-0123456789ab:1:10:{10 + len(QUOTE)}"),
    ]


async def test_a_quotation_that_leans_has_the_sentence_before_above_it_in_grey():
    source = replace(citation("He left."), context="The envoy sang.")
    assert shown(answer_card(answered(source)))[1] == "> -# The envoy sang.\n> He left. \\[1\\]"
    said = (Statement("The envoy left.", (1,), is_quotation=False),)
    beside = shown(answer_card(Answer("why?", said, (source,))))[2]
    assert beside.endswith("\n> -# The envoy sang.\n> He left.")


async def test_a_plain_statement_stands_first_in_bold():
    card = answer_card(answered(citation(), lead="No specific reason was given."))
    assert shown(card)[1] == f"**No specific reason was given.** \\[1\\]\n\n> {QUOTE} \\[1\\]"
    assert [label for label, _ in buttons(card)] == ["Show passage"]


async def test_a_source_that_no_statement_quotes_has_its_quotation_beside_it():
    said = (Statement("He was recalled.", (1,), is_quotation=False),)
    card = answer_card(Answer("why?", said, (citation(),)))
    assert shown(card)[2].endswith(f"> {QUOTE}")


async def test_a_refusal_shows_what_is_closest():
    card = answer_card(refused(citation()))
    assert shown(card)[1] == "**Nothing in the articles speaks of this.**"
    assert shown(card)[2].startswith("Closest: **The recall**")
    assert shown(card)[2].endswith(f"> {QUOTE}")


async def test_a_source_whose_hour_is_known_has_an_age_that_discord_keeps_counting():
    newest = citation(published="2021-03-17T12:00:00+01:00")
    card = answer_card(answered(citation(published="2021-03-16"), newest))
    assert shown(card)[-1] == "-# Quoted in 12 ms · newest source: <t:1615978800:R>"


async def test_a_refusal_tells_its_reason_above_the_sentence_that_it_rests_on():
    message = "Only articles from before that time speak of this; the newest is from 3 May 2021."
    for reason, lead in ((Reason.ONLY_OLDER, "Closest"), (Reason.CONTRADICTED, "But")):
        refusal = Refusal(reason, message, (citation(published="2021-05-03"),))
        card = answer_card(Answer("why?", refusal=refusal))
        assert shown(card)[1:] == [
            f"**{message}**",
            f"{lead}: **The recall**\n-# source unknown · 3 May 2021\n> {QUOTE}",
            "-# Searched in 0 ms",
        ]


async def test_the_sample_is_called_a_sample():
    answer = answered(citation())
    card = answer_card(Answer("q", answer.statements, answer.citations, from_samples=True))
    assert "This comes from the sample article" in shown(card)[-1]


NASTY = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4000),
    st.sampled_from(["*" * 4000, "@everyone " * 400, "# a\n" * 900, "[" * 4000, "x" * 4000, " "]),
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    link = draw(st.sampled_from([None, LINK, "https://a.example/" + "x" * 900]))
    cited = tuple(
        replace(
            citation(draw(NASTY), title=draw(NASTY) or "x", source=draw(NASTY), link=link),
            context=draw(st.none() | NASTY),
            start=number,
        )
        for number in range(draw(st.integers(1, 20)))
    )
    if draw(st.booleans()):
        refusal = Refusal(Reason.ONLY_NEAR, "The articles do not say.", cited)
        return Answer(
            draw(NASTY),
            refusal=refusal,
            understood_as=draw(st.none() | NASTY),
            within=draw(st.none() | NASTY),
        )
    said = tuple(
        Statement(draw(NASTY), (draw(st.integers(1, len(cited))),), draw(st.booleans()))
        for _ in range(draw(st.integers(1, 12)))
    )
    return Answer(
        draw(NASTY),
        said,
        cited,
        from_samples=draw(st.booleans()),
        understood_as=draw(st.none() | NASTY),
        within=draw(st.none() | NASTY),
    )


@given(answers(), st.sampled_from([None, "k" * 16]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_answer_is_too_large_for_a_card(answer: Answer, key: str | None, has_form: bool):
    import asyncio

    async def check() -> None:
        card = answer_card(answer, key, has_form=has_form)
        assert all(text.strip() for text in shown(card))
        checks.check_message({"flags": COMPONENTS_V2, "components": card.to_components()}, {})

    asyncio.run(check())


@given(NASTY)
def test_what_is_escaped_can_be_read_again(text: str):
    assert unescape(escape(text)) == text


@given(NASTY, NASTY, NASTY)
@settings(max_examples=80, deadline=None)
def test_no_passage_is_too_large_for_a_card(before: str, quote: str, after: str):
    import asyncio

    async def check() -> None:
        card = passage_card(Excerpt(citation(quote, link=LINK), before, after))
        assert card.content_length() <= 4000

    asyncio.run(check())


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# Heading", r"\# Heading"),
        ("[here](https://evil.example)", r"\[here\]\(https://evil.example\)"),
        ("<@123> <#4> <:a:5>", r"\<@123\> \<\#4\> \<:a:5\>"),
        ("**bold** _it_ ~~no~~", r"\*\*bold\*\* \_it\_ \~\~no\~\~"),
        ("||hidden|| `code`", r"\|\|hidden\|\| \`code\`"),
        ("> quoted", r"\> quoted"),
        ("- item\n-# small\n+ more\n1. first", "\\- item\n\\-\\# small\n\\+ more\n1\\. first"),
        ("back\\slash", r"back\\slash"),
        ("see https://a.example/b_c_d*e", r"see https://a.example/b_c_d\*e"),
        ("A plain – “quoted” sentence, 1.5 %!", "A plain – “quoted” sentence, 1.5 %!"),
    ],
)  # fmt: skip
def test_markdown_in_a_text_is_shown_and_not_obeyed(text: str, escaped: str):
    assert escape(text) == escaped


@given(NASTY, st.integers(10, 500))
@settings(deadline=None)
def test_what_is_cut_is_seen_to_be_cut(text: str, room: int):
    cut = fit(text, room)
    assert len(cut) <= room
    assert cut == escape(" ".join(text.split())) or cut.endswith("[…]")


async def test_the_words_that_answer_are_bold_and_stay_obeyed_by_nobody():
    quote = "It was *closed* on Monday."
    start = quote.index("Monday")
    marked = replace(citation(), quote=quote, highlights=((start, start + 6),))
    assert shown(answer_card(answered(marked)))[1] == (r"> It was \*closed\* on **Monday**. \[1\]")


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_bold_words_are_the_words_between_the_marks(text: str, one: int, other: int):
    line = " ".join(text.split())
    place = (min(one, other, len(line)), min(max(one, other), len(line)))
    plain, bold = fit(line, 500), fit(line, 500, [place])
    assert unescape(bold.replace("**", "", 2) if bold != plain else bold) == line
    assert len(fit(line, 5, [place])) <= 5


def test_an_address_is_never_cut_by_bold():
    text = "See https://a.example/x_y now."
    assert fit(text, 99, [(10, 15)]) == text
