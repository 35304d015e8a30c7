"""Makes a summary: which articles, which stories they report, which sentences of those.

No model writes here. Every line is a sentence of an article, cited and checked as an answer is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, ArticleInfo
from corpus.iso_dates import date_bounds
from corpus.storage.passage_reader import StoredSentence
from retrieval.answering.answer import Answer, Reason, Refusal
from retrieval.answering.answerer import MESSAGES, NONE_WITHIN, without_repeats
from retrieval.answering.checker import check_answer, quote_statement
from retrieval.answering.citation import Citation
from retrieval.answering.cite import cite
from retrieval.answering.number_conflicts import conflicting_numbers
from retrieval.encoders.embedder import Embedder
from retrieval.errors import CitationLost
from retrieval.index.library import Library
from retrieval.index.prefilter import Selection
from retrieval.query.scope import Restriction
from retrieval.query.scope_resolver import ScopeResolver
from retrieval.summaries.article_embeddings import article_embedding, unit_length
from retrieval.summaries.event_clusters import EventArticle, cluster_events
from retrieval.summaries.salience import is_english, is_quotable, salience_scores, select_diverse
from retrieval.summaries.summary import Length, Story, Summary, SummaryRequest
from retrieval.summaries.topics import find_on_topic

MOST_ARTICLES = 50  # of one summary
MOST_SENTENCES = 400  # of one story that are compared with each other
TOPIC = 0.6  # weight of a sentence's cosine to the topic, added to its salience
MOST_LINES = Length.PAGE.lines
SENTENCES_READ = 15  # for finding the language
RIVALS = 2  # lines at most that are added because they give another number
RIVALS_SOUGHT = 40  # sentences of a story that are searched for those
SPEECH = 0.8  # share of sentences in quotation marks from which an article is speech

ALL_OF_IT = "The article has one sentence; this is all of it."
UNKNOWN_LANGUAGE = (
    "This is not in English, which is all that the program reads: the lines were chosen by "
    "where they stand."
)
QUOTED_SPEECH = "Nearly all of this is quoted speech: the lines are what somebody said."
NO_SENTENCES = "“{title}” has no whole sentences to quote; it may be a table or a list."
NOTHING_ON = "Nothing in the articles{told} speaks of “{topic}”."
REMOVED = "The articles of this are not in the library any more."


@dataclass(frozen=True, slots=True)
class Material:
    """An article, those of its sentences that may stand in a summary, and its unit embedding.

    `story` is the same number for copies of one text; None where the article has no copies.
    """

    article: Article
    sentences: tuple[StoredSentence, ...]
    embedding: NDArray[np.float32]
    story: int | None = None
    is_english: bool = True

    @property
    def info(self) -> ArticleInfo:
        """The article's, without its text."""
        return self.article.info

    @property
    def text_key(self) -> int | str:
        """The same for copies of one text."""
        return self.info.id if self.story is None else self.story


@dataclass(frozen=True, slots=True)
class Weighed:
    """A story, its n sentences, their weights, shape (n,), and how important the story is."""

    story: Story
    sentences: tuple[StoredSentence, ...]
    weights: NDArray[np.float32]
    importance: float


class Summarizer:
    """Summarizes the articles of one library. Use it from one thread at a time."""

    def __init__(self, library: Library, scope_resolver: ScopeResolver, embedder: Embedder) -> None:
        """Summarize from `library`; `scope_resolver` finds what a request names in it."""
        self._library = library
        self._scope_resolver = scope_resolver
        self._store = library.store
        self._embedder = embedder

    def summarize(self, brief: SummaryRequest) -> Summary:
        """Make a summary; its answer is a refusal where there is nothing to summarize.

        Raises:
            QuestionError: An article or a source is named that is not here, or that may be
                several.
            CitationLost: An article is damaged.
            StoreError: The library cannot be read.
        """
        started = time.perf_counter()
        self._library.refresh_index()
        with self._store.snapshot():
            restriction = self._scope_resolver.resolve(brief.within)
            if brief.article is not None:
                summary = self._of_article(self._scope_resolver.find_article(brief.article), brief)
            else:
                summary = self._of_several(brief, restriction)
        total_ms = (time.perf_counter() - started) * 1000
        answer = replace(
            check_answer(summary.answer),
            within=None if restriction is None else restriction.phrase,
            from_samples=self._library.is_sample,
            timings_ms=MappingProxyType({"total": total_ms}),
            asked_at=brief.asked_at,
        )
        return replace(summary, answer=answer)

    # -- one article -----------------------------------------------------------------------

    def _of_article(self, info: ArticleInfo, brief: SummaryRequest) -> Summary:
        article = self._store.article(info.id)
        if article is None:
            raise CitationLost(REMOVED)
        everything = self._store.sentences_of(article)
        material = _material(article, everything, article_embedding(self._store, info.id))
        if not material.sentences:
            message = NO_SENTENCES.format(title=info.title)
            near = tuple(self._cite(sentence) for sentence in everything[:1])
            return Summary(Answer(info.title, refusal=Refusal(Reason.NO_SENTENCES, message, near)))
        story = _story([material], info.title)
        told = self._weighed(story, [material], None)
        chosen = [told.sentences[at] for at in _picked(told, brief.length.lines)]
        notes = []
        if len(everything) == 1:
            notes.append(ALL_OF_IT)
        if not material.is_english:
            notes.append(UNKNOWN_LANGUAGE)
        if _is_speech(material.sentences):
            notes.append(QUOTED_SPEECH)
        return Summary(self._answer(info.title, _in_order(chosen)), (story,), tuple(notes))

    # -- several ---------------------------------------------------------------------------

    def _of_several(self, brief: SummaryRequest, restriction: Restriction | None) -> Summary:
        named = _named(brief, restriction)
        topic = None if brief.topic is None else self._embedder.encode([brief.topic])[0]
        passages: dict[str, frozenset[int] | None]
        if brief.topic is not None and topic is not None:
            passages = find_on_topic(self._library, brief.topic, topic, restriction)
        else:
            passages = dict.fromkeys(self._newest(brief, restriction))
        if not passages:
            return Summary(Answer(named, refusal=self._nothing(brief, restriction)))
        notes = []
        ids = list(passages)[:MOST_ARTICLES]
        if len(passages) > len(ids):
            which = "best on it" if topic is not None else "newest"
            notes.append(f"Summed up are the {len(ids)} {which} of {len(passages)} articles.")
        materials = self._materials(ids, passages)
        stories = self._stories(materials, topic)
        if not stories:
            title = next(iter(materials.values())).info.title if materials else named
            message = NO_SENTENCES.format(title=title)
            return Summary(Answer(named, refusal=Refusal(Reason.NO_SENTENCES, message)))
        lines = self._lines(stories, brief.length.lines)
        told = tuple(one.story for one in stories)
        return Summary(self._answer(named, lines), told, tuple(notes))

    def _newest(self, brief: SummaryRequest, restriction: Restriction | None) -> list[str]:
        """The ids of the articles that the request allows, the newest first."""
        selected = self._selected(restriction)
        within = None if selected is None else self._store.articles_with(selected.ids.tolist())
        only = None if brief.only is None else set(brief.only)
        found = [
            info
            for info in reversed(self._store.articles())
            if (within is None or info.id in within) and (only is None or info.id in only)
        ]
        return [info.id for info in sorted(found, key=_moment, reverse=True)]

    def _selected(self, restriction: Restriction | None) -> Selection | None:
        return self._library.select(None if restriction is None else restriction.filters)

    def _nothing(self, brief: SummaryRequest, restriction: Restriction | None) -> Refusal:
        if brief.only is not None:
            return Refusal(Reason.NO_ARTICLES, REMOVED)
        if self._store.count() == 0:
            return Refusal(Reason.NO_ARTICLES, MESSAGES[Reason.NO_ARTICLES])
        told = "" if restriction is None else f" {restriction.phrase}"
        selected = self._selected(restriction)
        if brief.topic is None or (selected is not None and not len(selected.ids)):
            return Refusal(Reason.NO_ARTICLES, NONE_WITHIN.format(told=told))
        message = NOTHING_ON.format(told=told, topic=brief.topic)
        return Refusal(Reason.NOTHING_ON_THIS, message)

    def _materials(
        self, ids: Sequence[str], passages: dict[str, frozenset[int] | None]
    ) -> dict[str, Material]:
        found = {}
        stories = self._store.stories(ids)
        for article_id in ids:
            article = self._store.article(article_id)
            if article is None:
                continue
            wanted = passages[article_id]
            sentences = [
                sentence
                for sentence in self._store.sentences_of(article)
                if wanted is None or sentence.passage_id in wanted
            ]
            embedding = article_embedding(self._store, article_id)
            story = stories.get(article_id)
            found[article_id] = _material(article, sentences, embedding, story)
        return _without_boilerplate(found)

    def _stories(
        self, materials: dict[str, Material], topic: NDArray[np.float32] | None
    ) -> list[Weighed]:
        """The stories that have sentences to quote, the most important first."""
        found = []
        index = self._library.refresh_index()
        compared = [
            EventArticle.of(index, one.article, one.story, one.embedding)
            for one in materials.values()
        ]
        for event in cluster_events(compared):
            members = [materials[one.article_id] for one in event]
            own = _latest_copies(members)
            story = _story(members, _midmost(own).info.title)
            weighed = self._weighed(story, own, topic)
            if weighed.sentences:
                found.append(weighed)
        return sorted(found, key=lambda one: -one.importance)

    # -- sentences -------------------------------------------------------------------------

    def _weighed(
        self, story: Story, members: Sequence[Material], topic: NDArray[np.float32] | None
    ) -> Weighed:
        """Weigh each sentence by what it says of the story and by how near it is to the topic."""
        known = [member.embedding for member in members if member.is_english]
        middle = unit_length(np.sum(known, axis=0)) if known else None
        sentences: list[StoredSentence] = []
        weights: list[NDArray[np.float32]] = []
        for member in members:
            own = salience_scores(
                member.info.title, member.sentences, middle if member.is_english else None
            )
            if topic is not None and member.sentences:
                own = own + TOPIC * (_rows(member.sentences) @ topic)
            sentences += member.sentences
            weights.append(own)
        together = np.concatenate(weights) if weights else np.zeros(0, np.float32)
        heaviest = np.sort(np.argsort(-together, kind="stable")[:MOST_SENTENCES])
        kept = tuple(sentences[at] for at in heaviest)
        importance = math.log2(1 + story.sources)
        if topic is not None and kept:
            importance *= max(0.05, float((_rows(kept) @ topic).max())) ** 2
        return Weighed(story, kept, together[heaviest], importance)

    def _lines(self, stories: Sequence[Weighed], most: int) -> list[StoredSentence]:
        """The lines as they are read: the stories by date, and the lines of each by date."""
        chosen: dict[int, list[StoredSentence]] = {}
        for at, seats in enumerate(_shares([one.importance for one in stories], most)):
            if seats:
                told = stories[at]
                chosen[at] = [told.sentences[number] for number in _picked(told, seats)]
        left = min(RIVALS, MOST_LINES - most) if most > 1 else 0
        for at, lines in chosen.items():
            for rival in islice(_rivals(lines, stories[at]), left):
                lines.append(rival)
                left -= 1
        order = sorted(chosen, key=lambda at: (stories[at].story.first or "9", at))
        return [line for at in order for line in _in_order(chosen[at])]

    def _answer(self, named: str, lines: Sequence[StoredSentence]) -> Answer:
        citations = without_repeats([self._cite(sentence) for sentence in lines])
        statements = tuple(quote_statement(citations, n) for n in range(1, len(citations) + 1))
        return Answer(named, statements, citations, found=citations)

    def _cite(self, sentence: StoredSentence) -> Citation:
        return cite(self._store, sentence.ref)


def _named(brief: SummaryRequest, restriction: Restriction | None) -> str:
    if brief.topic is not None:
        return brief.topic
    if brief.only is not None:
        return "What is new"
    return "The articles" if restriction is None else f"The articles {restriction.phrase}"


def _material(
    article: Article,
    sentences: Sequence[StoredSentence],
    embedding: NDArray[np.float32],
    story: int | None = None,
) -> Material:
    info = article.info
    usable = tuple(one for one in sentences if is_quotable(one.text, info.title))
    if not usable and len(sentences) == 1 and "\n" not in sentences[0].text:
        usable = tuple(sentences)
    is_known = info.language is None or info.language.lower().startswith("en")
    some = " ".join(one.text for one in sentences[:SENTENCES_READ])
    return Material(article, usable, embedding, story, is_known and is_english(some))


def _midmost(members: Sequence[Material]) -> Material:
    """The article nearest to all of them. A round-up of a day's news is near to none."""
    middle = np.sum([member.embedding for member in members], axis=0)
    return max(members, key=lambda member: float(member.embedding @ middle))


def _picked(told: Weighed, most: int) -> list[int]:
    texts = [sentence.text for sentence in told.sentences]
    return select_diverse(told.weights, _rows(told.sentences), texts, most)


def _rows(sentences: Sequence[StoredSentence]) -> NDArray[np.float32]:
    return np.array([sentence.embedding for sentence in sentences], dtype=np.float32)


def _rivals(lines: Sequence[StoredSentence], told: Weighed) -> Iterable[StoredSentence]:
    """Sentences of other articles that give other numbers for what the lines count."""
    heaviest = np.argsort(-told.weights, kind="stable")[:RIVALS_SOUGHT]
    said = [(line.article.id, line.start) for line in lines]
    for line in list(lines):
        for at in heaviest:
            other = told.sentences[at]
            if other.article.id != line.article.id and conflicting_numbers(line.text, other.text):
                if (other.article.id, other.start) not in said:
                    said.append((other.article.id, other.start))
                    yield other
                break


def _shares(importance: Sequence[float], most: int) -> list[int]:
    """How many lines each story gets, by its importance (Sainte-Laguë, 1910)."""
    seats = [0] * len(importance)
    for _ in range(most):
        best = max(range(len(seats)), key=lambda at: importance[at] / (2 * seats[at] + 1))
        seats[best] += 1
    return seats


def _in_order(lines: Sequence[StoredSentence]) -> list[StoredSentence]:
    return sorted(lines, key=lambda line: (_moment(line.article), line.article.id, line.start))


def _is_speech(sentences: Sequence[StoredSentence]) -> bool:
    said = sum(one.text.lstrip()[:1] in ("“", '"', "„", "«") for one in sentences)
    return len(sentences) > 1 and said >= SPEECH * len(sentences)


def _moment(info: ArticleInfo) -> float:
    """When it was published, in seconds since 1970; minus infinity where it has no date."""
    known = date_bounds(info.published)
    return -math.inf if known is None else known[0].timestamp()


def _without_boilerplate(materials: dict[str, Material]) -> dict[str, Material]:
    """Drop sentences that a publisher repeats in articles that are no copies: "Get our app".

    Two publishers may well have the same sentence of an agency, so only one's own repeats count.
    """
    told_in: dict[tuple[str | None, str], set[object]] = {}
    for material in materials.values():
        for sentence in material.sentences:
            told = told_in.setdefault((material.info.source, sentence.text), set())
            told.add(material.text_key)
    return {
        article_id: replace(
            material,
            sentences=tuple(
                one
                for one in material.sentences
                if len(told_in[material.info.source, one.text]) == 1
            ),
        )
        for article_id, material in materials.items()
    }


def _latest_copies(members: Sequence[Material]) -> list[Material]:
    """Keep the latest of the copies of each text: it may be corrected."""
    latest: dict[int | str, Material] = {}
    for member in sorted(members, key=lambda one: _moment(one.info)):
        latest[member.text_key] = member
    return list(latest.values())


def _story(members: Sequence[Material], title: str) -> Story:
    in_order = sorted(members, key=lambda one: _moment(one.info))
    ordered = [member.info for member in in_order]
    firsts: dict[int | str, ArticleInfo] = {}
    for member in in_order:
        firsts.setdefault(member.text_key, member.info)
    dates = [info.published for info in ordered if info.published is not None]
    return Story(
        title,
        tuple(info.id for info in ordered),
        sources=len({(info.source or info.id).casefold() for info in firsts.values()}),
        copies=len(ordered) - len(firsts),
        first=dates[0] if dates else None,
        last=dates[-1] if dates else None,
    )
