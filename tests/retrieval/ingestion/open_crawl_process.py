"""The collecting process with its guard open for the tests' own server, and for nothing else."""

from __future__ import annotations

from corpus.web.fetch import Fetcher
from retrieval.ingestion.crawl_process import main
from tests.corpus.web.small_web import HOME, Web


async def resolve(host: str, port: int) -> list[str]:
    return [HOME]


if __name__ == "__main__":
    main(lambda: Fetcher(resolve=resolve, is_allowed=Web.is_allowed))
