"""Telling a page that keeps robots out from a page of a product."""

import re
from typing import Final

from ingestion.extraction.document import Document

MAX_TEXT: Final = 3000  # such pages say little: a product page that mentions a captcha says more
_TITLES: Final = re.compile(
    r"robot or human|are you (?:a )?(?:human|robot)|captcha|just a moment|attention required"
    r"|access denied|access to this page has been denied|pardon our interruption|bot check"
    r"|security check|verify you are|you have been blocked|request unsuccessful|queue-it"
    r"|waiting room|checking your browser|human verification|ddos|sicherheitsabfrage"
    r"|are you there|forbidden|too many requests",
    re.IGNORECASE,
)
_MARKS: Final = (
    "px-captcha",
    "cf-chl-",
    "challenge-form",
    "g-recaptcha",
    "h-captcha",
    "captcha-delivery.com",
    "/_incapsula_resource",
    "queue-it.net",
    "validatecaptcha",
    "perimeterx",
    "awswafcaptcha",
    "aws-waf",
    "geo.captcha",
    "distil_r_captcha",
    "arkoselabs",
)


def is_blocked(document: Document) -> bool:
    """Say whether a page is a captcha, a queue or another check instead of what was asked."""
    titles = document.headings
    said = len(_visible_text(document, MAX_TEXT + 1))
    if any(_TITLES.search(title[:200]) for title in titles) and said <= MAX_TEXT:
        return True
    head = document.text[:200_000].lower()
    return said <= MAX_TEXT // 4 and any(mark in head for mark in _MARKS)


def _visible_text(document: Document, limit: int) -> str:
    body = document.tree.body
    if body is None:
        return ""
    parts: list[str] = []
    size = 0
    for node in body.traverse(include_text=True):
        if node.tag != "-text" or (
            node.parent and node.parent.tag in {"script", "style", "noscript"}
        ):
            continue
        text = " ".join((node.text_content or "").split())
        parts.append(text)
        size += len(text)
        if size > limit:
            break
    return " ".join(part for part in parts if part)
