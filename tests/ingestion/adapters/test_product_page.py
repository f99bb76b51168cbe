"""Product pages: many of one shop, one provider."""

from ingestion.adapters.base import Answer, Source
from ingestion.adapters.product_page import ProductPages

PAGE = b"""<!doctype html><title>Tea</title><h1>Tea</h1><script type="application/ld+json">
{"@type": "Product", "name": "Tea", "offers": {"price": "3.10"}}</script>"""


def test_asks_for_each_page_once_and_tolerates_each_failure() -> None:
    urls = ["https://a.example/1", "https://a.example/2", "https://a.example/1"]

    requests = ProductPages(Source(url="https://a.example/1", options={"urls": urls})).start()

    assert [request.url for request in requests] == ["https://a.example/1", "https://a.example/2"]
    assert all(request.tolerated for request in requests)


def test_without_a_list_the_providers_address_is_the_page() -> None:
    [request] = ProductPages(Source(url="https://a.example/tea")).start()

    assert request.url == "https://a.example/tea"


def test_reads_a_page_in_the_currency_that_the_operator_stated() -> None:
    adapter = ProductPages(Source(url="https://a.example/tea", currency="NOK"))

    page = adapter.read(adapter.start()[0], Answer(url="https://a.example/tea", body=PAGE))

    [quote] = page.quotes
    assert (quote.external_id, str(quote.amount), quote.currency) == ("/tea", "3.10", "NOK")
