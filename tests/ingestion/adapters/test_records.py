"""Files of records, told by their first bytes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.adapters.records import records_of
from ingestion.errors import ContentError

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;">]>
<rss><channel><item><id>&y;</id></item></channel></rss>"""


def test_reads_the_direct_children_of_items_only() -> None:
    body = b"""<rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title><item>
    <title>plain</title><g:title> Tea &amp; cup </g:title><g:id>7</g:id>
    <g:shipping><g:price>5.00 EUR</g:price></g:shipping><g:price>12.50 EUR</g:price>
    </item></channel></rss>"""

    assert list(records_of(body)) == [{"title": "Tea & cup", "id": "7", "price": "12.50 EUR"}]


def test_reads_links_of_atom() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>
    <link href="https://a.example/1"/></entry></feed>"""

    assert list(records_of(body)) == [{"id": "1", "link": "https://a.example/1"}]


@pytest.mark.parametrize(
    "body",
    [
        b"id\tprice\n1\t9.99\n",
        b"id;price\n1;9.99\n",
        b'"id","price"\n"1","9.99"\n',
        b'\xef\xbb\xbfid,price\n"""1""","""9.99"""\n',
        "id,price\n1,9.99\n".encode("utf-16"),
        b'{"id": 1, "price": 9.99}\n\n',
        b"id|price\nid|price\n1|9.99\n",
    ],
    ids=["tsv", "semicolons", "quoted", "doubly quoted", "utf-16", "json lines", "header twice"],
)
def test_reads_every_form_alike(body: bytes) -> None:
    assert list(records_of(body)) == [{"id": "1", "price": "9.99"}]


def test_null_says_nothing() -> None:
    assert list(records_of(b"id,brand\n1,null\n")) == [{"id": "1", "brand": ""}]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (BOMB, "declares a document type or entities"),
        (b"<!DOCTYPE html><html></html>", "sent an HTML page"),
        (b"<rss><channel><item><id>1</id>", "damaged at line 1"),
        (b'[{"id": 1}]', "a JSON list"),
        (b'{"id": 1}\nnonsense', "line 2 is no JSON object"),
        (b"id,price\n\xff\xfe\xfa,1", "not UTF-8"),
        (b"", "empty"),
        (b"just a text", "no columns"),
    ],
)
def test_says_what_is_wrong(body: bytes, message: str) -> None:
    with pytest.raises(ContentError, match=message):
        list(records_of(body))


def test_deep_nesting_costs_nothing() -> None:
    body = b"<rss><item><id>1</id>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</item></rss>"

    assert list(records_of(body)) == [{"id": "1"}]


@given(st.binary(max_size=400))
@example(b'"')
def test_hostile_bytes_raise_only_our_own_error(body: bytes) -> None:
    try:
        records = list(records_of(body))
    except ContentError:
        return
    assert all(isinstance(value, str) for record in records for value in record.values())
