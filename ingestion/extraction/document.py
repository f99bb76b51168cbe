"""A page as the extraction sees it: decoded within limits, parsed once, asked many times."""

import codecs
import re
from functools import cached_property
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.errors import ContentError

MAX_BYTES: Final = 6 * 1024 * 1024  # what a product page has beyond that is no price
MAX_TAGS: Final = 20_000  # a parser's time may grow with the square of what is left open
MAX_OPEN: Final = 4_000
_WORD: Final = re.compile(r"[^\W_]+")
_CHARSET: Final = re.compile(rb"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{2,40})""", re.IGNORECASE)
_TAG: Final = re.compile(rb"<(/?)([a-z][a-z0-9]{0,20})", re.IGNORECASE)
# Elements that may stay open for ever, and are opened anew in each block that follows.
_FORMATTING: Final = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_CLOSE_THEMSELVES: Final = frozenset(
    b"""area base br col embed hr img input link meta param source track wbr li p option dt dd tr
    td th path circle rect use line polygon""".split()
)


class Document:
    """One parsed page. `url` is where it came from, after redirects; may be empty."""

    def __init__(self, body: bytes, *, url: str = "", content_type: str = "") -> None:
        """Parse `body`; what is beyond the limit of size is left out.

        Raises:
            ContentError: built so that reading it would cost without bounds.
        """
        body = body[:MAX_BYTES]
        _check_nesting(body)
        self.url = url
        self.text = decoded(body, content_type)
        self.tree = LexborHTMLParser(self.text)

    @cached_property
    def metas(self) -> dict[str, list[str]]:
        """Return the contents of meta elements by lower-case name or property."""
        found: dict[str, list[str]] = {}
        for node in self.tree.css("meta[content]"):
            attributes = node.attributes
            name = attributes.get("property") or attributes.get("name")
            content = (attributes.get("content") or "").strip()
            if name and content:
                found.setdefault(name.strip().lower(), []).append(content)
        return found

    def meta(self, *names: str) -> str:
        """Return the first content of the first of `names` that has one."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")

    @cached_property
    def canonical(self) -> str:
        """Return the address that the page calls its own, if it is one of the same site."""
        link = self.tree.css_first('link[rel="canonical" i][href]')
        stated = (link.attributes.get("href") or "") if link else ""
        for address in (stated, self.meta("og:url")):
            full = urljoin(self.url, address.strip()) if address.strip() else ""
            if full and _is_same_site(full, self.url):
                return full
        return self.url

    @cached_property
    def headings(self) -> list[str]:
        """Return what the page says it is about, the surest first: h1, og:title, title."""
        texts = [line_of(node) for node in self.tree.css("h1")[:5]]
        return [text for text in (*texts, self.meta("og:title"), self.title) if text]

    @cached_property
    def title(self) -> str:
        """Return the title of the page; empty when it has none."""
        title = self.tree.css_first("title")
        return (line_of(title) if title else "") or self.meta("og:title", "twitter:title")

    @cached_property
    def language(self) -> str:
        """Return the language that the page states, such as `de-AT`; empty when it does not."""
        html = self.tree.css_first("html")
        stated = (html.attributes.get("lang") or "") if html else ""
        return (stated or self.meta("og:locale")).strip().replace("_", "-")[:12]

    @cached_property
    def host(self) -> str:
        """Return the host name of the page's address."""
        return urlsplit(self.canonical or self.url).hostname or ""


def decoded(body: bytes, content_type: str = "") -> str:
    """Return the text of a page: charset of the header, byte order mark, meta, else UTF-8."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff")
    for place in (content_type.encode(), body[:4096]):
        found = _CHARSET.search(place)
        if found:
            try:
                codec = codecs.lookup(found[1].decode("ascii"))
                if not codec._is_text_encoding or codec.name.startswith("utf-16"):
                    continue
                return body.decode(codec.name, "replace")
            except (LookupError, ValueError):
                continue
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def line_of(node: LexborNode, limit: int = 500) -> str:
    """Return the first `limit` characters of an element's text, in one line."""
    parts: list[str] = []
    size = 0
    for one in node.traverse(include_text=True):
        if one.tag == "-text":
            text = (one.text_content or "")[: limit * 4]
            parts.append(text)
            size += len(text)
            if size > limit * 4:
                break
    return " ".join(" ".join(parts).split())[:limit]


def likeness(one: str, other: str) -> float:
    """Return how much of the shorter text's words are in the other, from 0 to 1."""
    words, others = words_of(one), words_of(other)
    if not words or not others:
        return 0.0
    return len(words & others) / min(len(words), len(others))


def words_of(text: str) -> set[str]:
    """Return the words of a text, lower case."""
    return set(_WORD.findall(text.lower()[:500]))


def _check_nesting(body: bytes) -> None:
    """Refuse a page with thousands of elements left open inside each other."""
    if body.count(b"<") < MAX_TAGS:
        return
    depth = formatting = 0
    for closing, name in _TAG.findall(body):
        tag = name.lower()
        if tag in _CLOSE_THEMSELVES:
            continue
        step = -1 if closing else 1
        depth = max(0, depth + step)
        if tag in _FORMATTING:
            formatting = max(0, formatting + step)
        if depth > MAX_OPEN or formatting > MAX_OPEN // 10:
            raise ContentError("the page is nested too deep to be read")


def _is_same_site(one: str, other: str) -> bool:
    if not other:
        return one.startswith(("http://", "https://"))
    hosts = [(urlsplit(url).hostname or "").removeprefix("www.") for url in (one, other)]
    return hosts[0] == hosts[1]
