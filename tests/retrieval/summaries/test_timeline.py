"""Timelines: the facts of a story's coverage, and the picture of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import matplotlib.image
import pytest

from corpus.article import Article, ArticleInfo
from corpus.ingestion.near_duplicates import assign_story
from corpus.storage.store import ArticleStore
from retrieval.errors import CitationLost
from retrieval.summaries.timeline import REMOVED, UNDATED, MomentKind, Timeline, build_timeline
from retrieval.summaries.timeline_plot import GROUND, draw_timeline

TEXT = (
    "A magnitude 6.4 earthquake hit the Zorblatt valley on Monday and killed 12 people there. "
    "Rescuers dug through the ruins of two villages all night, and roads are closed."
)
LATER = TEXT.replace("12 people", "15 people").replace("Rescuers", "Soldiers and rescuers")
OTHER = "The valley of Zorblatt buried its dead. The earthquake on Monday killed 12 people there."


@contextmanager
def stored(*articles: Article) -> Iterator[ArticleStore]:
    with ArticleStore.in_memory() as store:
        for article in articles:
            with store.together():
                store.put(article, [], now=lambda: datetime(2026, 3, 20, tzinfo=UTC))
                assign_story(store, article)
        yield store


def article(number: int, text: str, source: str | None, day: str | None) -> Article:
    info = ArticleInfo(f"a{number}", 1, f"Quake {number}", source=source, published=day)
    return Article(info, text)


FIRST = article(1, TEXT, "The Daily", "2026-03-16")
COPY = article(2, TEXT, "The Copycat", "2026-03-17")
REPORT = article(3, OTHER, "The Evening", "2026-03-18")
CHANGED = Article(replace(FIRST.info, updated="2026-03-19"), LATER)
IDS = ("a1", "a2", "a3")


def of(*articles: Article) -> Timeline:
    with stored(*articles) as store:
        return build_timeline(store, IDS)


def test_the_first_report_copies_reports_and_corrections_are_told_apart():
    told = of(FIRST, COPY, REPORT, CHANGED)
    assert [(m.at.day, m.source, m.kind, m.told) for m in told.moments] == [
        (16, "The Daily", MomentKind.FIRST, ""),
        (17, "The Copycat", MomentKind.COPY, ""),
        (18, "The Evening", MomentKind.REPORT, ""),
        (19, "The Daily", MomentKind.CORRECTION, "12 → 15"),
    ]


def test_a_figure_stands_where_it_stood_first():
    (told,) = [one for one in of(FIRST, REPORT).figures if "people" in one.phrase]
    assert (told.phrase, told.at.day, told.source) == ("12 people", 16, "The Daily")


def test_a_number_in_a_name_is_no_figure():
    text = "Get 5 Things every day at 10 Downing Street. It is said to be good for all of you."
    assert (
        of(article(1, text, "A", "2026-03-16"), article(2, text, "B", "2026-03-17")).figures == ()
    )


def test_the_alternative_text_has_all_the_facts_and_fits():
    told = of(FIRST, COPY, REPORT, CHANGED, article(3, OTHER, "The Evening", "2026-03-18"))
    for fact in (
        "16 March 2026, The Daily: first report.",
        "17 March 2026, The Copycat: copy.",
        "19 March 2026, The Daily: correction (12 → 15).",
        "“15 people” first on 16 March 2026 in The Daily.",
    ):
        assert fact in told.alt
    many = replace(told, moments=told.moments * 50)
    assert len(many.alt) == 1024


def test_without_articles_or_dates_there_is_none():
    with pytest.raises(CitationLost, match=REMOVED):
        of()
    with pytest.raises(CitationLost, match=UNDATED):
        of(article(1, TEXT, "The Daily", None))


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
def test_the_picture_is_small_opaque_and_fit_for_a_telephone(dark: bool):
    png = draw_timeline(of(FIRST, COPY, REPORT, CHANGED), dark=dark)
    assert len(png) < 1_000_000
    pixels = matplotlib.image.imread(BytesIO(png), format="png")
    height, width, _ = pixels.shape
    assert width == 960
    assert height < 2 * width
    ground = [int(GROUND[dark][at : at + 2], 16) / 255 for at in (1, 3, 5)]
    assert pixels[0, 0].tolist() == pytest.approx([*ground, 1], abs=0.01)
    assert pixels[..., 3].min() == 1


def test_what_strangers_write_is_drawn_as_it_is():
    hostile = Article(
        ArticleInfo("a1", 1, r"$\frac{ $x_" * 9, source=r"$\undefined{", published="2026-03-16"),
        TEXT,
    )
    assert draw_timeline(of(hostile)).startswith(b"\x89PNG")


def test_many_sources_share_the_last_line():
    many = [
        article(n, f"{OTHER} {n} times over.", f"Source {n}", f"2026-03-{n + 1:02}")
        for n in range(1, 13)
    ]
    with stored(*many) as store:
        told = build_timeline(store, [one.info.id for one in many])
    assert len({moment.source for moment in told.moments}) == 12
    pixels = matplotlib.image.imread(BytesIO(draw_timeline(told)), format="png")
    assert pixels.shape[0] < 1100


@pytest.mark.parametrize("until", [None, "2026-03-16T09:30", "2026-03-17", "2026-04-30", "2036"])
def test_every_span_of_time_can_be_drawn(until: str | None):
    told = [FIRST] if until is None else [FIRST, article(3, OTHER, "The Evening", until)]
    assert draw_timeline(of(*told)).startswith(b"\x89PNG")
