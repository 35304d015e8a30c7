"""Reads and writes OPML, in which feed readers exchange lists of feeds.

The specification: http://opml.org/spec2.opml
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from corpus.canonical_url import absolute
from corpus.errors import FeedError


def read_opml(data: bytes, name: str) -> list[str]:
    """Read a list of feeds.

    Args:
        data: The file's bytes.
        name: The file's name, for the message.

    Returns:
        The feeds' addresses, in the file's order, each once.

    Raises:
        FeedError: It is no OPML, or names no feed.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    nodes = root.iter() if root is not None else ()
    found: dict[str, None] = {}
    for node in nodes:
        for attribute, value in node.attrib.items():
            if attribute.lower() == "xmlurl" and (url := absolute(value, value)):
                found.setdefault(url)
    if not found:
        raise FeedError(f"{name} names no feeds; export them as OPML from your feed reader.")
    return list(found)


def write_opml(feeds: Iterable[tuple[str, str]]) -> bytes:
    """Write a list of feeds, each an address and a title."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = "Feeds of Footnote"
    body = ElementTree.SubElement(root, "body")
    for url, title in feeds:
        ElementTree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=url)
    ElementTree.indent(root)
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"
