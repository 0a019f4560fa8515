"""A page as its reader's browser takes it apart, and what is wrong with it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import html5lib

ELEMENTS = """
html head meta link title style body main script header footer section h1 h2 h3 p br ul ol li a span
div strong q table caption thead tbody tr th td figure details summary dl dt dd pre code
svg g path text defs use rect
"""
TAGS = frozenset(ELEMENTS.split())
WITHIN = r"#[\w-]+|data:,"
"""Where a link of a page may lead: to a place of the page."""
LINKS = ("href", "src", "action", "formaction", "data", "poster", "srcset", "background")


def parsed(text: str) -> ET.Element:
    """As HTML 5 says. Raises where the text is not valid."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: ET.Element = parser.parse(text)
    return root


def tag(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def of_tag(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (each for each in root.iter() if tag(each) == name)


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def faults(text: str, links: str = WITHIN) -> list[str]:
    """What a hostile text would bring in, and what HTML 5 does not allow. `links` is what a link
    may be."""
    try:
        root = parsed(text)
    except html5lib.html5parser.ParseError as error:
        return [f"not valid: {error}"]
    found = [f"<{tag(each)}>" for each in root.iter() if tag(each) not in TAGS]
    for each in root.iter():
        for name, value in each.attrib.items():
            plain = name.rpartition("}")[2]
            if plain.startswith("on"):
                found.append(f"{plain}={value}")
            if plain in LINKS and not re.fullmatch(links, value):
                found.append(f"{plain}={value}")
    scripts = list(of_tag(root, "script"))
    policy = next(
        each.get("content") or ""
        for each in of_tag(root, "meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    )
    found += [f"{len(scripts)} scripts"] if len(scripts) != 1 else []
    digest = hashlib.sha256((scripts[0].text or "").encode()).digest()
    if f"script-src 'sha256-{base64.b64encode(digest).decode()}'" not in policy:
        found.append("the policy does not allow the script")
    style = "".join(each.text or "" for each in of_tag(root, "style"))
    found += [each for each in ("url(", "@import", "expression") if each in style]
    ids = Counter(each.get("id") for each in root.iter() if each.get("id"))
    found += [f"{count} times id={name}" for name, count in ids.items() if count > 1]
    targets = {each.get("href") for each in of_tag(root, "a")}
    inside = {each[1:] for each in targets if each and each.startswith("#")}
    return found + sorted(f"no #{each}" for each in inside - set(ids))
