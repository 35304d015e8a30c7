"""What pages state of their articles: in JSON-LD, in meta, or not clearly enough."""

from __future__ import annotations

import json

import pytest

from corpus.parsing.html_metadata import read_metadata

ARTICLE = {
    "@type": "NewsArticle",
    "datePublished": "2026-03-17T08:00:00Z",
    "dateModified": "2026-03-18T09:30:00Z",
}
DATES = {"published": "2026-03-17T08:00:00+00:00", "updated": "2026-03-18T09:30:00+00:00"}


def page(*data: object, head: str = "", lang: str = "") -> str:
    scripts = (
        f'<script type="application/ld+json">{one if isinstance(one, str) else json.dumps(one)}'
        "</script>"
        for one in data
    )
    return f"<html {lang}><head>{head}{''.join(scripts)}</head><body><p>He left.</p></body></html>"


@pytest.mark.parametrize(
    "data",
    [
        ARTICLE,
        [{"@type": "WebSite", "dateModified": "2020-01-01"}, ARTICLE],
        {"@context": "https://schema.org", "@graph": [{"@type": "Person"}, ARTICLE]},
        {"@type": "WebPage", "dateModified": "2026-03-20", "mainEntity": ARTICLE},
        {**ARTICLE, "@type": ["Thing", "https://schema.org/ReportageNewsArticle"]},
        {**ARTICLE, "mentions": [{"@type": "Article", "dateModified": "2019-01-01"}]},
    ],
)
def test_json_ld_of_the_article_gives_both_dates(data: object):
    assert read_metadata(page(data)) == DATES


def test_articles_that_do_not_agree_state_nothing():
    other = {"@type": "Article", "datePublished": "2026-03-17T08:00:00Z", "dateModified": "2020"}
    assert read_metadata(page(ARTICLE, other)) == {"published": DATES["published"]}


def test_json_ld_that_is_broken_or_endless_is_passed_over():
    deep = "[" * 100_000
    assert read_metadata(page("{not json", deep, {"@type": 3}, ARTICLE)) == DATES


@pytest.mark.parametrize(
    ("head", "facts"),
    [
        (
            '<meta property="article:modified_time" content="2026-03-18">'
            '<meta property="article:published_time" content="2026-03-17">',
            {"published": "2026-03-17", "updated": "2026-03-18"},
        ),
        ('<meta name="DC.date.modified" content="2026-03-18">', {"updated": "2026-03-18"}),
        ('<meta itemprop="dateModified" content="18 March 2026">', {"updated": "2026-03-18"}),
        ('<time itemprop="datePublished" datetime="2026-03-17">', {"published": "2026-03-17"}),
        ('<meta property="article:modified_time" content="yesterday">', {}),
        ('<meta property="og:locale" content="de_DE">', {"language": "de_DE"}),
    ],
)
def test_meta_states_dates_and_language(head: str, facts: dict[str, str]):
    assert read_metadata(page(head=head)) == facts


def test_the_pages_own_language_comes_first():
    head = '<meta property="og:locale" content="en_US">'
    assert read_metadata(page(head=head, lang='lang="cy"')) == {"language": "cy"}


def test_a_date_that_merely_stands_on_the_page_states_nothing():
    assert read_metadata("<p>Updated 18 March 2026</p><p>Copyright 2026</p>") == {}
