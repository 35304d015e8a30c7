"""*Why this answer?*: explains to a member how an answer was found.

`explain` is the one place that reads an answer's trace. What it returns is stored with the
answer, so it contains no text of an article, no title and no name: an article that is removed from
a library must not survive here. Candidates are stored as places and looked up when shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import discord
from discord import ui

from cogs.interactions.deferred_replies import Reply, promises_of
from cogs.records.answers import GONE, KEPT_DAYS, SavedAnswer, Spot
from cogs.services import services_of
from cogs.ui.components import ANSWERED, REFUSED, Box, Card, card
from cogs.ui.custom_id import AnswerKey, CustomId
from cogs.ui.markdown import escape, fit
from cogs.ui.persistent_button import PersistentButton
from corpus.article import SpanRef
from retrieval.answering.answer import Answer, Reason
from retrieval.answering.citation import Citation
from retrieval.serving.fair_queue import Turn
from retrieval.wording.translations import tr, translate_sentence, trn

LABEL = "Why this answer?"
MAX_CANDIDATES = 5
MAX_CUT = 3
QUESTION_CHARS = 250
CANDIDATE_CHARS = 170
TITLE_CHARS = 50
WHY_CHARS = 120

STAGES = {
    "embedder": "understanding the question",
    "vectors": "searching by meaning",
    "keywords": "searching by words",
    "fusion": "joining both",
    "reader": "reading sentences",
    "answerer": "quoting",
    "checker": "checking",
    "writer": "wording by the language model",
}
SEARCHES = {
    "by_meaning": ("no. {rank} by meaning ({score})", "not by meaning"),
    "by_words": ("no. {rank} by words ({score})", "not by words"),
}
REFUSED_FOR = {
    Reason.NOTHING_ON_THIS: "nothing in the articles speaks of it.",
    Reason.ONLY_NEAR: "the articles come near it, but do not say it.",
    Reason.ONLY_OLDER: "only articles from before that time speak of it.",
    Reason.CONTRADICTED: "the articles say it about somebody else.",
    Reason.NO_ARTICLES: "there were no articles yet.",
    Reason.NO_SENTENCES: "the article has no whole sentences.",
}
NOT_WORDED = "**Not worded** by the language model; the quotations are shown as they are."
LOST = "a sentence that is no longer in the library"


def explain(answer: Answer) -> dict[str, Any]:
    """What to store of how an answer was found, as JSON holds it."""
    trace = answer.trace
    sentences = () if trace is None else trace.sentences[:MAX_CANDIDATES]
    cited = {
        (c.article.id, c.article.version, c.start): number
        for number, c in enumerate(answer.citations, start=1)
    }
    return {
        "asked": answer.question if answer.understood_as is not None else None,
        "is_restricted": answer.within is not None,
        "refused": None if answer.refusal is None else answer.refusal.reason.value,
        "confidence": None if trace is None else trace.confidence,
        "threshold": None if trace is None else trace.threshold,
        "passages": None if trace is None else dict(trace.passage_counts),
        "sentences": None if trace is None else trace.sentence_count,
        "candidates": [
            {
                "place": [ref.article_id, ref.version, ref.start, ref.end],
                "score": sentence.score,
                "number": cited.get((ref.article_id, ref.version, ref.start)),
                "fate": sentence.verdict.value,
                "found": {
                    name: None if hit is None else hit.as_dict()
                    for name in SEARCHES
                    for hit in [sentence.hits[name]]
                },
            }
            for sentence in sentences
            for ref in [sentence.ref]
        ],
        "timings_ms": {name: round(ms, 1) for name, ms in answer.timings_ms.items()},
        "writer": answer.writer,
        "unwritten": answer.unwritten,
        # The words that the articles do not say are no text of theirs.
        "cut": [list(cut.why) for cut in answer.cut],
    }


def why_card(kept: SavedAnswer, found: Sequence[Citation | None]) -> Card:
    """The explanation; `found` are the candidates' sentences, None for one that is lost."""
    why = kept.why
    box: Box = ui.Container(accent_colour=ANSWERED if why["refused"] is None else REFUSED)
    for text in (
        _asked(kept),
        _searched(why),
        _weighed(why, found),
        _worded(why),
        _took(why["timings_ms"]),
    ):
        if text:
            box.add_item(ui.TextDisplay(text))
    return card(box)


def _asked(kept: SavedAnswer) -> str:
    lines = [
        f"### {tr(LABEL)}",
        tr("**Question:** {question}", question=fit(kept.question, QUESTION_CHARS)),
    ]
    if kept.why["asked"] is not None:
        asked = fit(kept.why["asked"], QUESTION_CHARS)
        note = tr("Asked as “{asked}”, which follows the question before it.", asked=asked)
        lines.append(f"-# {note}")
    return "\n".join(lines)


def _searched(why: Mapping[str, Any]) -> str:
    lines = [
        tr(
            "**Searched:** only the articles that the question is restricted to, by meaning "
            "and by words."
        )
        if why["is_restricted"]
        else tr("**Searched:** all articles, by meaning and by words.")
    ]
    if (passages := why["passages"]) is not None:
        lines.append(
            tr(
                "**Passages found:** {by_meaning} by meaning and {by_words} by words; "
                "sentences read from the best of them: {sentences}.",
                by_meaning=passages["by_meaning"],
                by_words=passages["by_words"],
                sentences=why["sentences"],
            )
        )
    sure = why["confidence"]
    if sure is not None:
        sureness = tr(
            "**How sure:** {sure} that the best sentence found answers the question.",
            sure=f"{sure:.0%}",
        )
        if why["threshold"] is not None:
            least = f"{why['threshold']:.0%}"
            sureness += " " + tr("Under {least} there is no answer.", least=least)
        lines.append(sureness)
    if why["refused"] is not None:
        reason = tr(REFUSED_FOR[Reason(why["refused"])])
        lines.append(tr("**So there was no answer:** {reason}", reason=reason))
    return "\n".join(lines)


def _weighed(why: Mapping[str, Any], found: Sequence[Citation | None]) -> str:
    if not why["candidates"]:
        return tr("**Sentences weighed:** none; nothing in the articles came near.")
    lines = [tr("**Sentences weighed**, the best first, with their scores:")]
    for candidate, citation in zip(why["candidates"], found, strict=True):
        number = candidate["number"]
        mark = rf"**\[{number}\]**" if number is not None else tr("not shown")
        if citation is None:
            lines.append(f"{candidate['score']} · {mark} · {tr(LOST)}")
            continue
        quote = fit(citation.quote, CANDIDATE_CHARS)
        title = fit(citation.article.title, TITLE_CHARS)
        lines.append(f"{candidate['score']} · {mark} · {quote} — *{title}*")
        fate = fit(translate_sentence(candidate["fate"]), WHY_CHARS)
        lines.append(f"-# {_found(candidate['found'])} · {fate}")
    return "\n".join(lines)


def _found(found: Mapping[str, Mapping[str, float] | None]) -> str:
    """The rank of its passage in both searches: "no. 1 by meaning (0.61), not by words"."""
    return ", ".join(
        tr(found_by, rank=place["rank"], score=f"{place['score']:.3g}") if place else tr(not_by)
        for name, (found_by, not_by) in SEARCHES.items()
        for place in [found[name]]
    )


def _worded(why: Mapping[str, Any]) -> str:
    lines = []
    if why["writer"] is not None:
        lines.append(tr("**Worded** by a language model and checked against the quotations."))
    if why["unwritten"] is not None:
        lines.append(tr(NOT_WORDED))
    if cuts := why["cut"]:
        named = "; ".join(", ".join(cut) for cut in cuts[:MAX_CUT])
        lines.append(
            trn(
                "**Cut:** {count} sentence that the model added; the articles do not say: {what}",
                (
                    "**Cut:** {count} sentences that the model added; the articles do not say: "
                    "{what}"
                ),
                len(cuts),
                what=fit(named, WHY_CHARS),
            )
        )
    return "\n".join(lines)


def _took(timings_ms: Mapping[str, float]) -> str:
    total = timings_ms.get("total", 0)
    stages = [
        f"{escape(tr(STAGES.get(name, name)))} {ms:.1f}"
        for name, ms in timings_ms.items()
        if name != "total"
    ]
    took = tr("{time} ms in all", time=f"{total:.0f}")
    times = f"-# {took}: {', '.join(stages)}." if stages else f"-# {took}."
    return f"{times}\n-# {tr('This explanation is kept for {days} days.', days=KEPT_DAYS)}"


@dataclass(frozen=True, slots=True)
class WhyId(CustomId):
    shape: ClassVar[str] = "why:{key}"
    key: AnswerKey


class WhyButton(PersistentButton[WhyId], id_type=WhyId):
    """Explains an answer to whoever presses it, where the answer stands."""

    def __init__(self, id: WhyId) -> None:
        super().__init__(id, tr(LABEL))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        services, spot = services_of(interaction), Spot.of(interaction)

        async def work() -> Reply:
            kept = await services.answers.find(self.parts.key, spot)
            if kept is None or "candidates" not in kept.why:  # a summary has none
                return GONE
            refs = [SpanRef(*candidate["place"]) for candidate in kept.why["candidates"]]
            found = await services.asking.citations(
                server=spot.server, refs=refs, turn=Turn(spot.server, spot.member)
            )
            return why_card(kept, found)

        await promises_of(interaction).answer(interaction, work, private=True)
