"""Product feeds as shops make them for Google Merchant Center: RSS 2.0, Atom, TSV or CSV.

Field names and their meaning are those of Google's product data specification. One feed may
hold several currencies, so each price states its own.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar, Final

from ingestion.adapters.base import Answer, Page, Request, Source
from ingestion.adapters.records import MAX_BYTES, Record, money_of, records_of
from ingestion.errors import ContentError
from prices.availability import availability_of
from prices.errors import PriceUnreadableError
from prices.identifiers import gtin14
from prices.money import Money
from prices.types import Quote, Rejection

NEEDED: Final = ("price", "sale_price")
IDENTIFIERS: Final = ("id", "sku", "guid")
VARIANT: Final = ("color", "size", "material", "pattern")


class ProductFeed:
    """Reads one feed, whole."""

    kind: ClassVar[str] = "product_feed"
    label: ClassVar[str] = "Product feed"
    whole_catalogue: ClassVar[bool] = True

    def __init__(self, source: Source) -> None:
        """Keep where the feed is."""
        self._source = source

    def start(self) -> list[Request]:
        """Ask for the feed."""
        return [Request(url=self._source.url, max_bytes=MAX_BYTES)]

    def read(self, request: Request, answer: Answer) -> Page:
        """Read every item.

        Raises:
            ContentError: it is no feed, or one that states no prices at all.
        """
        quotes: list[Quote] = []
        rejected: list[Rejection] = []
        priced = False
        for record in records_of(answer.body):
            priced = priced or any(record.get(name) for name in NEEDED)
            quote = self._quote(record)
            if isinstance(quote, Quote):
                quotes.append(quote)
            else:
                rejected.append(quote)
        if not priced:
            raise ContentError(
                "the feed has items, and none of them has a price"
                if rejected
                else "the feed has no items"
            )
        return Page(quotes=quotes, rejected=rejected)

    def _quote(self, record: Record) -> Quote | Rejection:
        identifier = next((record[name] for name in IDENTIFIERS if record.get(name)), "")
        if not identifier:
            identifier = record.get("link", "")
        try:
            price, list_price, field = self._price(record)
        except PriceUnreadableError as error:
            code = "bad_price" if record.get("price") else "no_price"
            message = str(error) if record.get("price") else "the feed states no price for it"
            return Rejection(external_id=identifier[:255], code=code, message=message)
        return Quote(
            external_id=identifier,
            name=record.get("title", ""),
            amount=price.amount,
            currency=price.currency,
            list_amount=list_price,
            availability=availability_of(record.get("availability")),
            url=record.get("link", ""),
            image_url=record.get("image_link", ""),
            brand=record.get("brand", ""),
            gtin=gtin14(record.get("gtin")) or "",
            mpn=record.get("mpn", ""),
            sku=record.get("sku", ""),
            variant=", ".join(record[name] for name in VARIANT if record.get(name))
            if record.get("item_group_id")
            else "",
            group_id=record.get("item_group_id", ""),
            evidence={"amount": field, "list_amount": "price", "availability": "availability"}
            if list_price
            else {"amount": field, "availability": "availability"},
        )

    def _price(self, record: Record) -> tuple[Money, Decimal | None, str]:
        """Return what it costs now, the list price if that is lower, and which field said so."""
        regular, sale = record.get("price", ""), record.get("sale_price", "")
        if sale and self._is_on(record.get("sale_price_effective_date", "")):
            try:
                reduced = money_of(sale, self._source.currency)
            except PriceUnreadableError:
                if not regular:
                    raise
            else:
                return reduced, _list_amount(regular, reduced), "sale_price"
        return money_of(regular, self._source.currency), None, "price"

    def _is_on(self, dates: str) -> bool:
        """Say whether a sale holds now; one without dates, or with unreadable ones, does."""
        start, _, end = dates.partition("/")
        begins, ends = _instant(start), _instant(end)
        now = self._source.now
        return (begins is None or begins <= now) and (ends is None or now <= ends)


def _list_amount(text: str, reduced: Money) -> Decimal | None:
    try:
        regular = money_of(text, reduced.currency)
    except PriceUnreadableError:
        return None
    return regular.amount if regular.currency == reduced.currency else None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
