"""Names of providers in addresses. Pure."""

import re
import unicodedata
from typing import Final

LENGTH: Final = 64
PATTERN: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", re.ASCII)
RESERVED: Final = frozenset({"add", "detect"})
"""Words that stand in the place of a slug in addresses of the API and the pages."""


def is_slug(text: str) -> bool:
    """Say whether a provider may be called `text`."""
    return len(text) <= LENGTH and text not in RESERVED and bool(PATTERN.fullmatch(text))


def slug_of(name: str) -> str:
    """Return a slug made of `name`: "Käse & Co" becomes "kase-co"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    return slug if slug and slug not in RESERVED else "provider"
