"""Two rankings become one."""

from __future__ import annotations

import pytest
from haystack import Document, Pipeline

from retrieval.ranking.fusion import RankFusion, fuse


def ranking(ids: str) -> list[Document]:
    return [Document(id=one, content=one, score=0.1) for one in ids]


@pytest.mark.parametrize(
    ("one", "other", "fused"),
    [
        ("abc", "abc", "abc"),
        ("abc", "bca", "bac"),
        ("abcdef", "fxyz", "fabxcydze"),
        ("abc", "", "abc"),
        ("", "", ""),
    ],
)
def test_what_both_put_high_comes_first(one: str, other: str, fused: str):
    assert "".join(d.id for d in fuse([ranking(one), ranking(other)])) == fused


def test_the_score_is_one_for_what_is_first_everywhere():
    found = fuse([ranking("abc"), ranking("acb")])
    assert [round(d.score or 0, 4) for d in found] == [1.0, 0.8036, 0.8036]
    assert round(fuse([ranking("ab"), ranking("")])[0].score or 0, 4) == 0.5


def test_it_goes_through_a_haystack_pipeline_and_back():
    pipeline = Pipeline()
    pipeline.add_component("fusion", RankFusion())
    again = Pipeline.from_dict(pipeline.to_dict(), allowed_modules=["retrieval.*"])
    found = again.run({"fusion": {"documents": ranking("ba")}})["fusion"]["documents"]
    assert [d.id for d in found] == ["b", "a"]
