"""The kinds of provider there are: a plain dict, kind → adapter.

A new kind is its file in this folder, one line here and one test.
"""

from ingestion.adapters.base import Adapter, Source
from ingestion.adapters.dummyjson import DummyJSON
from ingestion.adapters.product_feed import ProductFeed
from ingestion.adapters.product_page import ProductPages
from ingestion.adapters.shopify import Shopify
from ingestion.adapters.table import Table
from ingestion.adapters.woocommerce import WooCommerce
from ingestion.errors import ContentError, PushedProviderError

_ALL: tuple[type[Adapter], ...] = (
    Shopify,
    WooCommerce,
    DummyJSON,
    ProductFeed,
    Table,
    ProductPages,
)

ADAPTERS: dict[str, type[Adapter]] = {adapter.kind: adapter for adapter in _ALL}

PUSH = "push"
"""Kind of a provider whose prices are pushed by others: nothing is fetched."""


def kind_choices() -> list[tuple[str, str]]:
    """Return (kind, label) of everything a provider can be."""
    fetched = [(adapter.kind, adapter.label) for adapter in ADAPTERS.values()]
    return [*fetched, (PUSH, "Prices pushed by others")]


def adapter_for(kind: str, source: Source) -> Adapter:
    """Return an adapter of this kind, which reads `source`.

    Raises:
        PushedProviderError: nothing is fetched for this kind.
        ContentError: there is no such kind.
    """
    if kind == PUSH:
        raise PushedProviderError("its prices are pushed, there is nothing to read")
    found = ADAPTERS.get(kind)
    if found is None:
        raise ContentError(f"no adapter reads providers of kind {kind!r}")
    return found(source)
