"""From folders to the library: what is added, changed, left alone and refused."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.ingestion.ingest import IngestReport, ingest
from corpus.ingestion.sources import find_files
from corpus.storage.store import ArticleStore
from tests.corpus.parsing.made_files import epub, pdf, word


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """One row a text, told apart by the text's length."""
    return np.array([[1, len(text)] for text in texts], np.float32)


@pytest.fixture
def store() -> Iterator[ArticleStore]:
    with ArticleStore.in_memory() as made:
        yield made


def run(store: ArticleStore, *paths: Path) -> IngestReport:
    return ingest(find_files(paths), store, embed)


def test_a_folder_is_read_with_its_folders_in_order(tmp_path: Path, store: ArticleStore):
    (tmp_path / "b").mkdir()
    for name in ("b/2.md", "c.HTML", "a.txt", ".hidden.txt", "picture.png"):
        (tmp_path / name).write_text("<p>The envoy left.")
    assert run(store, tmp_path) == IngestReport(added=3)
    assert [Path(info.origin or "").name for info in store.articles()] == [
        "a.txt",
        "2.md",
        "c.HTML",
    ]


def test_the_second_time_only_what_changed_is_read(tmp_path: Path, store: ArticleStore):
    (tmp_path / "a.txt").write_text("Twelve were hurt.")
    (tmp_path / "b.txt").write_text("The envoy left.")
    assert run(store, tmp_path) == IngestReport(added=2)
    (tmp_path / "a.txt").write_text("Fourteen were hurt.")
    told = ["Fourteen were hurt.: Twelve → Fourteen"]
    assert run(store, tmp_path) == IngestReport(changed=1, unchanged=1, corrections=told)
    assert [info.version for info in store.articles()] == [2, 1]


def test_an_article_is_known_by_its_address_wherever_it_lies(tmp_path: Path, store: ArticleStore):
    header = "Title: The recall\nURL: https://daily.example/1\n\n"
    (tmp_path / "a.txt").write_text(header + "Twelve were hurt.")
    (tmp_path / "b.txt").write_text(header + "Fourteen were hurt.")
    told = ["The recall: Twelve → Fourteen"]
    assert run(store, tmp_path) == IngestReport(added=1, changed=1, corrections=told)


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path, store: ArticleStore):
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_bytes(b"\x89PNG\x00\x00")
    with (tmp_path / "c.txt").open("wb") as large:
        large.truncate(50_000_000)
    (tmp_path / "d.txt").write_text("The envoy left.")
    os.mkfifo(tmp_path / "e.txt")
    report = run(store, tmp_path, tmp_path / "missing.txt", tmp_path / "d.pdf")
    assert report.added == 1
    assert [refused.why for refused in report.refused] == [
        "a.txt is empty; leave it out or fill it.",
        "b.txt is not text: it looks like an image; "
        "give it the ending that it should have, save it as text, or leave it out.",
        "c.txt has 50 MB and the limit is 10 MB; split it into smaller files.",
        "e.txt is not a file; name a .txt, .md, .html, .pdf, .docx or .epub file.",
        f"{tmp_path / 'missing.txt'} is not there; check the name.",
        f"{tmp_path / 'd.pdf'} is not there; check the name.",
    ]


def test_versions_of_one_article_in_one_batch_are_stored_in_their_order(
    tmp_path: Path, store: ArticleStore
):
    header = "Title: The recall\nURL: https://daily.example/1\n"
    for name, updated, text in (
        ("a", "2026-03-17", "Twelve were hurt."),
        ("b", "2026-03-17", "Fourteen were hurt."),
        ("c", "2026-03-18", "Fourteen were hurt."),
        ("d", "2026-03-18", "Fourteen were hurt."),
    ):
        (tmp_path / f"{name}.txt").write_text(f"{header}Updated: {updated}\n\n{text}")
    told = ["The recall: Twelve → Fourteen"]
    assert run(store, tmp_path) == IngestReport(added=1, changed=2, unchanged=1, corrections=told)
    (info,) = store.articles()
    assert (info.version, info.updated) == (2, "2026-03-18")


def test_each_text_gets_its_own_row_across_articles_and_batches(
    tmp_path: Path, store: ArticleStore
):
    for number in range(60):
        text = "It rained in many places. " * (number % 7 * 9 + 1)
        (tmp_path / f"{number:02}.txt").write_text(f"Report {number}. {text}")
    asked: list[int] = []

    def noted(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.append(len(texts))
        return embed(texts)

    assert ingest(find_files([tmp_path]), store, noted) == IngestReport(added=60)
    assert len(asked) < 20
    assert max(asked) <= 256
    for passage in store.passages_after(0):
        assert passage.embedding is not None
        assert passage.embedding.tolist() == [1, len(f"{passage.title}. {passage.text}")]
        for sentence in store.sentences([passage.id]):
            assert sentence.embedding.tolist() == [1, len(sentence.text)]


def test_many_formats_come_in_at_once_and_in_their_order(tmp_path: Path, store: ArticleStore):
    (tmp_path / "1.html").write_text("<title>One</title><p>The envoy left.")
    (tmp_path / "2.pdf").write_bytes(pdf([["The envoy stayed."]], title="Two"))
    (tmp_path / "3.docx").write_bytes(b"no archive")
    (tmp_path / "4.epub").write_bytes(epub(["<p>The envoy sang.</p>"]))
    (tmp_path / "5.docx").write_bytes(word("The envoy dined.", title="Five"))
    done: list[str] = []
    report = ingest(find_files([tmp_path]), store, embed, on_done=done.append)
    assert (report.added, [refused.name for refused in report.refused]) == (4, ["3.docx"])
    assert [info.title for info in store.articles()] == ["One", "Two", "The envoy sang.", "Five"]
    assert sorted(done) == ["1.html", "2.pdf", "3.docx", "4.epub", "5.docx"]


def test_an_embedder_that_fails_leaves_what_was_stored(tmp_path: Path, store: ArticleStore):
    (tmp_path / "a.txt").write_text("The envoy left.")
    (tmp_path / "b.txt").write_text("The envoy stayed. " * 3000)

    def failing(texts: Sequence[str]) -> NDArray[np.float32]:
        if len(texts) > 200:
            raise MemoryError
        return embed(texts)

    run(store, tmp_path / "a.txt")
    with pytest.raises(MemoryError):
        ingest(find_files([tmp_path]), store, failing)
    assert [info.title for info in store.articles()] == ["The envoy left."]


def test_a_loop_of_links_is_walked_once(tmp_path: Path, store: ArticleStore):
    (tmp_path / "one" / "two").mkdir(parents=True)
    (tmp_path / "one" / "a.txt").write_text("The envoy left.")
    (tmp_path / "one" / "two" / "back").symlink_to(tmp_path / "one")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    report = run(store, tmp_path, tmp_path / "one")
    assert report.added + report.unchanged == 1
    assert [refused.name for refused in report.refused] == ["self.txt"]
    assert "cannot be read" in report.refused[0].why


def test_a_name_that_is_no_text_does_no_harm(tmp_path: Path, store: ArticleStore):
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.txt"))).write_text("The envoy left.")
    assert run(store, tmp_path).added == 1


def test_what_was_done_is_told_after_an_interruption(tmp_path: Path, store: ArticleStore):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"The envoy left {name}.")
    report = IngestReport()

    def stop(name: str) -> None:
        if name == "b.txt":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(find_files([tmp_path]), store, embed, report=report, on_done=stop)
    assert report == IngestReport(added=store.count())
    assert run(store, tmp_path) == IngestReport(added=3 - report.added, unchanged=report.added)
