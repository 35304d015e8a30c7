"""Every module has a test: one that imports it, one in its mirrored place, or one named here."""

from __future__ import annotations

import pytest

from tests.imports import PACKAGES, ROOT, imported, modules

TESTS = ROOT / "tests"
COVERED_ELSEWHERE = {
    "corpus.english": "corpus/parsing/test_dates.py",
    "corpus.ingestion.upsert": "corpus/web/test_crawler.py",
    "corpus.parsing.decode": "corpus/parsing/test_formats.py",
    "corpus.parsing.html": "corpus/parsing/test_extract.py",
    "corpus.parsing.office": "corpus/parsing/test_formats.py",
    "corpus.parsing.sandbox_process": "corpus/parsing/test_sandbox.py",
    "corpus.parsing.text_formats": "corpus/parsing/test_formats.py",
    "corpus.processes.job_server": "corpus/processes/test_child_process.py",
    "corpus.processes.limits": "corpus/parsing/test_sandbox.py",
    "corpus.storage.article_reader": "corpus/storage/test_store.py",
    "corpus.storage.postgres.errors": "postgres/test_faults.py",
    "corpus.storage.postgres.conditions": "postgres/test_filters.py",
    "corpus.storage.postgres.connection": "postgres/test_faults.py",
    "corpus.storage.sqlite.errors": "faults/test_full.py",
    "corpus.storage.text_hash": "corpus/storage/test_store.py",
    "corpus.storage.reader": "corpus/storage/test_store.py",
    "corpus.web.decompress": "corpus/web/test_fetch.py",
    "corpus.web.opml": "journeys/test_web.py",
    "corpus.web.page_reader": "corpus/web/test_hostile_pages.py",
    "corpus.web.sitemaps": "corpus/web/test_crawler.py",
    "retrieval.answering.answerer": "retrieval/answering/test_pipeline.py",
    "retrieval.answering.stage_timer": "retrieval/answering/test_pipeline.py",
    "retrieval.answering.trace_builder": "retrieval/answering/test_trace.py",
    "retrieval.encoders.onnx_model": "retrieval/encoders/test_embedder.py",
    "retrieval.evaluation.machine": "retrieval/evaluation/test_evaluate.py",
    "retrieval.index.documents": "retrieval/index/test_document_store.py",
    "retrieval.index.pgvector": "postgres/test_document_store.py",
    "retrieval.ingestion.crawl_process": "retrieval/ingestion/test_crawl_client.py",
    "retrieval.no_copy": "retrieval/answering/test_pipeline.py",
    "retrieval.ranking.candidates": "retrieval/answering/test_pipeline.py",
    "retrieval.ranking.retrievers": "retrieval/answering/test_pipeline.py",
    "retrieval.ranking.weights": "retrieval/ranking/test_calibration.py",
    "cogs.background.all_jobs": "journeys/test_discord.py",
    "cogs.background.membership": "journeys/test_rules.py",
    "cogs.background.unreachable_askers": "journeys/test_faults.py",
    "cogs.cards.pagination": "cogs/commands/test_articles.py",
    "cogs.commands.all_commands": "cogs/commands/test_command_translations.py",
    "cogs.commands.autocomplete": "cogs/commands/test_choices.py",
    "cogs.commands.conversation": "journeys/test_discord.py",
    "cogs.commands.votes": "cogs/cards/test_buttons.py",
    "cogs.discord_checks": "journeys/test_operating.py",
    "cogs.interactions.permissions": "cogs/commands/test_settings.py",
    "cogs.services": "cogs/cards/test_buttons.py",
    "cogs.ui.components": "cogs/cards/test_answer_card.py",
    "cogs.ui.locale": "cogs/interactions/test_queue_position.py",
    "cogs.ui.modals": "cogs/cards/test_buttons.py",
    "cogs.ui.persistent_button": "cogs/cards/test_buttons.py",
    "terminal.config": "terminal/test_settings.py",
    "terminal.doctor": "journeys/test_operating.py",
    "terminal.evaluate": "journeys/test_evaluate.py",
    "terminal.feeds": "journeys/test_web.py",
    "terminal.ingest": "journeys/test_ingest.py",
    "terminal.input_files": "journeys/test_ingest.py",
    "terminal.library": "journeys/test_library.py",
    "terminal.library_changes": "journeys/test_library.py",
    "terminal.open_library": "journeys/test_terminal.py",
    "terminal.printing.output": "journeys/test_terminal.py",
    "terminal.printing.progress": "journeys/test_ingest.py",
    "terminal.printing.show_answer": "journeys/test_terminal.py",
    "terminal.summarize": "journeys/test_terminal.py",
}
"""Modules that no test imports, and the test under tests/ that runs them from outside."""


def program() -> set[str]:
    """The program's modules that hold code."""
    return {
        name
        for name, file in modules(ROOT).items()
        if name.partition(".")[0] in PACKAGES and file.name != "__init__.py"
    }


def with_a_test() -> set[str]:
    """Those that a test imports, or whose name a test in the mirrored place has."""
    found = set()
    known = modules(ROOT)
    for test in TESTS.rglob("test_*.py"):
        found.update(imported(test, known))
    for name in program():
        folder, _, own = name.rpartition(".")
        if (TESTS / folder.replace(".", "/") / f"test_{own}.py").is_file():
            found.add(name)
    return found


def test_no_module_is_without_a_test():
    assert len(program()) > 150
    assert program() - with_a_test() - set(COVERED_ELSEWHERE) == set()


def test_nothing_is_named_here_that_is_gone_or_has_a_test_of_its_own():
    assert set(COVERED_ELSEWHERE) - program() == set()
    assert set(COVERED_ELSEWHERE) & with_a_test() == set()


@pytest.mark.parametrize("test", sorted(set(COVERED_ELSEWHERE.values())))
def test_a_test_that_is_named_here_exists(test: str):
    assert (TESTS / test).is_file()
