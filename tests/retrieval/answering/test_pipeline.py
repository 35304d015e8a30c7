"""From a question to quotations that hold, on any text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from haystack import Pipeline
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, ArticleInfo, SpanRef
from corpus.ingestion.embedding import embed_article, recipe
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore
from retrieval.answering import cite
from retrieval.answering.answer import Answer, Reason, Refusal, Statement
from retrieval.answering.citation import Citation
from retrieval.answering.pipeline import Asking, build
from retrieval.errors import CitationLost, QuestionError
from retrieval.index.library import Library
from retrieval.query.question import Question
from retrieval.serving.library_router import LibraryRouter
from retrieval.serving.service import AskService
from tests.retrieval.models import shared_embedder


def put(store: ArticleStore, text: str, article_id: str = "a", title: str = "A note") -> None:
    article = Article(ArticleInfo(article_id, 1, title, url="https://a.example/1"), text)
    store.put(article, embed_article(article, shared_embedder().encode))
    store.set_stamp("recipe", recipe(shared_embedder().identity))


@contextmanager
def asking(*texts: str) -> Iterator[Asking]:
    with ArticleStore.in_memory() as store:
        for number, text in enumerate(texts):
            put(store, text, f"a{number}")
        yield Asking(Library(store, None), shared_embedder())


def ask(made: Asking, question: str) -> Answer:
    return made.ask(Question.of(question))


@pytest.fixture(scope="module")
def samples() -> Iterator[Asking]:
    made = Asking(Library.samples(shared_embedder()), shared_embedder())
    yield made
    made.close()


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("why was Antonov recalled?", "did not give specific reasons for the recall"),
        ("Who is Alexey Navalny?", "opposition activist Alexey Navalny"),
        ("what has the Kremlin said about the report", "absolutely no foundation and evidence"),
        ("Which officials did the U.S. sanction?", "seven top Russian officials"),
    ],
)
def test_the_sample_answers_with_the_sentence(samples: Asking, question: str, quoted: str):
    answer = ask(samples, question)
    assert any(quoted in citation.quote for citation in answer.citations)
    assert all(cite.holds(samples.library.store, citation) for citation in answer.citations)


@pytest.mark.parametrize(
    "question", ["Who wrote Hamlet?", "how tall is Mount Everest", "What is the price of gold?"]
)
def test_the_sample_does_not_answer_what_it_does_not_say(samples: Asking, question: str):
    refusal = ask(samples, question).refusal
    assert refusal is not None
    assert refusal.reason == Reason.NOTHING_ON_THIS
    assert refusal.near == ()


def test_a_question_that_rests_on_what_is_said_of_another_is_told_so(samples: Asking):
    refusal = ask(samples, "Why did the United States recall its ambassador?").refusal
    assert refusal is not None
    assert refusal.reason == Reason.CONTRADICTED
    assert refusal.message == "The articles say this of Russia, not of the US."
    (citation,) = refusal.near
    assert citation.quote.startswith("Russia on Wednesday recalled its ambassador to the United")
    assert ask(samples, "Why did Russia recall its ambassador?").answered


def test_two_articles_that_say_it_of_either_contradict_nothing():
    one = "The envoy praised Zorblatt. In May Quibble praised Zorblatt at dinner."
    other = "The cook met Quibble. In June Zorblatt praised Quibble at dinner because he sang."
    with asking(one) as made:
        refusal = ask(made, "Why did Zorblatt praise Quibble?").refusal
        assert refusal is not None
        assert refusal.reason == Reason.CONTRADICTED
    with asking(one, other) as made:
        assert ask(made, "Why did Zorblatt praise Quibble?").answered


def test_a_follow_up_is_answered_in_the_light_of_what_was_asked_before(samples: Asking):
    followed = Question.of("And what did Biden say?", earlier=["", "why was Antonov recalled?"])
    answer = samples.ask(followed)
    assert answer.question == "And what did Biden say?"
    assert answer.understood_as == "what did Biden say about Antonov?"
    assert answer.trace is not None
    assert answer.trace.understood_as == answer.as_dict()["understood_as"]
    assert "Biden" in answer.statements[0].text
    why = samples.ask(Question.of("why?", earlier=["Was Antonov recalled?"]))
    assert why.understood_as == "why was Antonov recalled?"
    assert why.statements[0].text == "No specific reason was given."


def test_a_question_that_stands_alone_is_asked_alone(samples: Asking):
    alone = samples.ask(Question.of("why was Antonov recalled?"))
    later = samples.ask(Question.of("why was Antonov recalled?", earlier=["Who is Navalny?"]))
    assert later.understood_as is None
    assert (later.statements, later.trace) == (alone.statements, alone.trace)


def test_a_follow_up_that_would_be_too_long_is_asked_alone(samples: Asking):
    long = "Was Antonov " + "very " * 197 + "ill?"
    assert samples.ask(Question.of("exactly why?", earlier=[long])).understood_as is None
    assert samples.ask(Question.of("how often?", earlier=[long])).understood_as is None


def test_a_question_keeps_the_last_that_were_asked_before_it():
    earlier = ["  ", "x" * 1001, *(f"who\nis {n}?" for n in range(9))]
    assert Question.of("why?", earlier=earlier).earlier == tuple(
        f"who is {n}?" for n in range(4, 9)
    )


def test_the_stages_are_timed_in_the_order_of_the_road(samples: Asking):
    timings = ask(samples, "why was Antonov recalled?").timings_ms
    assert set(timings) == {
        "embedder", "vectors", "keywords", "fusion",
        "reader", "answerer", "checker", "total",
    }  # fmt: skip
    assert timings["total"] >= sum(ms for stage, ms in timings.items() if stage != "total") * 0.9


def test_a_sentence_with_new_lines_is_quoted_exactly_and_told_in_one_line():
    text = "The envoy Zorblatt\n  was recalled because\r\nhe sang at dinner.\nHe left."
    with asking(text) as made:
        answer = ask(made, "Why was Zorblatt recalled?")
    assert answer.citations[0].quote.startswith("The envoy Zorblatt\n  was recalled because\r\nhe")
    assert answer.statements[0].text.startswith("The envoy Zorblatt was recalled because he sang")


def test_copies_of_a_sentence_are_cited_once():
    same = "The envoy Zorblatt was recalled because he sang at dinner."
    with asking(f"{same} One.", f"{same} Two.", f"{same} Three.") as made:
        answer = ask(made, "Why was Zorblatt recalled?")
    assert [citation.quote for citation in answer.citations] == [same]


def test_a_text_that_changed_on_the_disk_is_not_quoted():
    with asking("The envoy Zorblatt was recalled because he sang at dinner.") as made:
        citation = ask(made, "Why was Zorblatt recalled?").citations[0]
        store = made.library.store
        store.connection.execute("UPDATE body SET text = replace(text, 'sang', 'sank')")
        with pytest.raises(CitationLost, match=r"damaged.*bot\.py library verify"):
            ask(made, "Why was Zorblatt recalled?")
        with pytest.raises(CitationLost, match="damaged"):
            cite.excerpt(store, citation.ref)


def test_an_empty_library_says_so():
    with asking() as made:
        refusal = ask(made, "Why was Zorblatt recalled?").refusal
    assert refusal is not None
    assert refusal.reason == Reason.NO_ARTICLES


PLAIN = "Zorblatt sang because didn't give reasons 12 May 🎺 e\u0301 “no ” ? . U.S. Mr. ( *bold*"
WORDS = st.sampled_from([*PLAIN.split(), "@everyone", "\n", "\r\n\r\n", "\u202e", "\x0c"])


@given(
    st.lists(st.lists(WORDS, max_size=120).map(" ".join), min_size=1, max_size=3),
    st.lists(WORDS, min_size=1, max_size=12).map(lambda row: "Why " + " ".join(row)),
)
@settings(max_examples=60, deadline=None)
def test_every_citation_is_what_the_store_has_at_its_place(texts: list[str], question: str):
    with asking(*texts) as made:
        answer = ask(made, question)
        store = made.library.store
        near = answer.refusal.near if answer.refusal else ()
        for citation in (*answer.citations, *near):
            assert cite.holds(store, citation)
            kept = store.article(citation.article.id, citation.article.version)
            assert kept is not None
            assert citation.quote == kept.text[citation.start : citation.end]
    for statement in answer.statements:
        if statement.is_quotation:
            (number,) = statement.citations
            assert statement.text == " ".join(answer.citations[number - 1].quote.split())


@pytest.fixture
def store() -> Iterator[ArticleStore]:
    with ArticleStore.in_memory() as made:
        yield made


def test_a_citation_of_an_earlier_version_still_resolves(store: ArticleStore):
    put(store, "Twelve were hurt.")
    put(store, "Fourteen were hurt. Two died.")
    assert cite.cite(store, SpanRef("a", 1, 0, 17)).quote == "Twelve were hurt."
    assert cite.excerpt(store, SpanRef("a", 2, 0, 19)).after == " Two died."


@pytest.mark.parametrize(
    "place",
    [("b", 1, 0, 5), ("a", 2, 0, 5), ("a", 1, 5, 5), ("a", 1, 0, 99), ("a", 1, -1, 5)],
)
def test_a_place_that_is_not_there_cannot_be_cited(
    store: ArticleStore, place: tuple[str, int, int, int]
):
    put(store, "Twelve were hurt.")
    with pytest.raises(CitationLost):
        cite.cite(store, SpanRef(*place))


def test_a_changed_quotation_does_not_hold(store: ArticleStore):
    put(store, "Aspirin is not safe for cats.")
    real = cite.cite(store, SpanRef("a", 1, 0, 29))
    assert cite.holds(store, real)
    forged = Citation(real.article, 0, 29, "Aspirin is safe for cats.")
    assert not cite.holds(store, forged)


def test_an_answer_rests_on_something_or_is_a_refusal():
    with pytest.raises(ValueError, match="statements or a refusal"):
        Answer("q")
    with pytest.raises(ValueError, match="citations that exist"):
        Answer("q", (Statement("He left.", (1,)),))
    with pytest.raises(ValueError, match="citations that exist"):
        Answer("q", (Statement("He left.", ()),))
    Answer("q", refusal=Refusal(Reason.NO_ARTICLES, "None."))


def test_the_pipeline_is_written_down_and_read_back(tmp_path: Path):
    path = library_file(tmp_path)
    with ArticleStore.open(path) as store:
        put(store, "The envoy Zorblatt was recalled because he sang at dinner.")
    with closing(Library.open(path, shared_embedder())) as library:
        data = build(library, shared_embedder()).to_dict()
    again = Pipeline.from_dict(data, allowed_modules=["retrieval.*"])
    question = "Why was Zorblatt recalled?"
    inputs = {"embedder": {"text": question}, "keywords": {"query": question}}
    inputs |= {"reader": {"question": question}, "answerer": {"question": question}}
    answer = again.run(inputs)["checker"]["answer"]
    for name in ("vectors", "keywords", "reader", "answerer"):
        again.get_component(name).library.close()
    assert answer.citations[0].quote.endswith("because he sang at dinner.")


def test_a_library_of_another_version_is_renewed_before_it_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    path = library_file(tmp_path)
    with ArticleStore.open(path) as store:
        put(store, "The envoy Zorblatt was recalled because he sang at dinner.")
        store.set_stamp("recipe", "another embedder")
    with closing(LibraryRouter(tmp_path, shared_embedder())) as shelf:
        assert shelf.ask(Question.of("Why was Zorblatt recalled?")).answered
    with ArticleStore.open_to_read(path) as store:
        assert store.stamp("recipe") == recipe(shared_embedder().identity)
    assert "was made by another version: its articles (1) are worked through first" in caplog.text


@pytest.mark.parametrize("text", ["", " \n", "?!…", "x" * 1001])
def test_what_is_no_question_is_refused(text: str):
    with pytest.raises(QuestionError):
        Question.of(text)


async def test_the_loop_is_free_while_the_service_works(tmp_path: Path):
    service = AskService(tmp_path)
    await service.warm_up()
    longest, stop = 0.0, False

    async def tick() -> None:
        nonlocal longest
        while not stop:
            before = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - before)
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(tick())
    answers = await asyncio.gather(
        *(service.ask(Question.of("why was Antonov recalled?"), server=n) for n in range(20))
    )
    stop = True
    await ticking
    assert all(answer.answered for answer in answers)
    assert longest < 0.25  # a question's work is 15 ms; all 20 on the loop would be 300
    await service.close()
