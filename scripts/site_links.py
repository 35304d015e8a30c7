"""A hook for MkDocs: links that leave docs/ work in the site as they do in the repository.

A page in docs/ may link to a file elsewhere in the repository, such as
../benchmarks/results/evaluate.md. This hook adds each such file to the site, a Markdown file as a
page and any other as it is, and lets the link point there. README.md becomes the page start.md,
because MkDocs would take it for the front page.
MkDocs calls the functions by their names: https://www.mkdocs.org/dev-guide/plugins/#events
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files  # type: ignore[import-not-found]

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"(?<=\]\()(?!\w+:|#|/)([^)\s#]+)")
"""The path in a Markdown link or picture, not an address and not a place on the same page."""
DOCS = "docs"
RENAMED = {"README.md": "start.md"}


def on_files(files: Files, config: Any) -> Files:
    """Add what the pages link to outside of docs/, and what those files link to."""
    waiting = [file.src_uri for file in files if file.src_uri.endswith(".md")]
    while waiting:
        page = waiting.pop()
        for link in LINK.findall(_source(page).read_text(encoding="utf-8")):
            target = in_site(link, page)
            source = _source(target)
            if files.get_file_from_path(target) is None and source.is_file():
                files.append(File.generated(config, target, abs_src_path=str(source)))
                if target.endswith(".md"):
                    waiting.append(target)
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let each link point to where its file is in the site."""
    folder = posixpath.dirname(page.file.src_uri)

    def relative(match: re.Match[str]) -> str:
        return posixpath.relpath(in_site(match[1], page.file.src_uri), folder or ".")

    return LINK.sub(relative, markdown)


def in_site(link: str, page: str) -> str:
    """Where the file that `page` links to is in the site; paths as MkDocs writes them."""
    here = _source(page).relative_to(ROOT).as_posix()
    path = posixpath.normpath(posixpath.join(posixpath.dirname(here), link))
    return RENAMED.get(path, path.removeprefix(f"{DOCS}/"))


def _source(page: str) -> Path:
    """The file in the repository that a page of the site comes from."""
    inside = ROOT / DOCS / page
    original = next((path for path, name in RENAMED.items() if name == page), page)
    return inside if inside.is_file() else ROOT / original
