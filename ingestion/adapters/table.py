"""Files of offers: CSV, TSV or JSON Lines, with columns of any name.

Which column means what is guessed from its name once, shown before the provider is saved, and
kept in `options["columns"]`, where it can be corrected.
"""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Final

from ingestion.adapters.base import Answer, Page, Request, Source, parted
from ingestion.adapters.records import MAX_BYTES, Record, money_of, records_of, sample_of
from ingestion.errors import ContentError
from prices.availability import availability_of
from prices.currencies import code_of
from prices.errors import PriceUnreadableError
from prices.identifiers import gtin14
from prices.money import Money
from prices.types import Quote, Rejection

SAMPLE: Final = 200
# How programs write a number of their own: "2.794000000000000e+01".
SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]{1,17})?e[+-]?[0-9]{1,2}", re.ASCII | re.IGNORECASE)
# Names by what they mean, the surest first. Compared without blanks, hyphens, underscores.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "amount": tuple(
        """saleprice specialprice finalprice currentprice discountedprice discountprice offerprice
        price unitprice sellingprice amount preis prix precio prezzo preco cena prijs""".split()
    ),
    "list_amount": tuple(
        """listprice initialprice regularprice originalprice oldprice wasprice retailprice msrp rrp
        uvp compareatprice baseprice""".split()
    ),
    "currency": tuple("currency currencycode pricecurrency waehrung währung devise".split()),
    "external_id": tuple(
        "id offerid productid itemid sku articleid code asin ean gtin url link".split()
    ),
    "name": tuple("name title productname producttitle product bezeichnung".split()),
    "url": tuple("url link producturl productlink deeplink".split()),
    "availability": tuple(
        "availability availabilitystatus instock stockstatus stock quantity qty lager".split()
    ),
    "image_url": tuple("imageurl imagelink image picture".split()),
    "brand": tuple("brand manufacturer vendor marke hersteller".split()),
    "gtin": tuple("gtin ean ean13 upc barcode isbn".split()),
    "mpn": tuple("mpn manufacturerpartnumber partnumber".split()),
    "sku": tuple("sku articlenumber".split()),
}
UNIQUE: Final = "external_id"


class Table:
    """Reads one file, whole."""

    kind: ClassVar[str] = "csv"
    label: ClassVar[str] = "CSV, TSV or JSON Lines"
    whole_catalogue: ClassVar[bool] = True

    def __init__(self, source: Source) -> None:
        """Keep where the file is, and which column means what."""
        self._source = source

    def start(self) -> list[Request]:
        """Ask for the file."""
        return [Request(url=self._source.url, max_bytes=MAX_BYTES)]

    def read(self, request: Request, answer: Answer) -> Page:
        """Read every row.

        Raises:
            ContentError: it is no such file, or no column can be taken for the price.
        """
        rows = list(records_of(answer.body))
        columns = self._columns(rows)
        quotes, rejected = parted(
            self._quote(row, columns, number) for number, row in enumerate(rows, start=1)
        )
        return Page(quotes=quotes, rejected=rejected)

    def options_for(self, answer: Answer) -> dict[str, Any]:
        """Return which column means what, as far as the names tell."""
        return {"columns": dict(self._columns(sample_of(answer.body, SAMPLE)))}

    def _columns(self, rows: Sequence[Record]) -> Mapping[str, str]:
        stated = self._source.options.get("columns")
        given = (
            {str(k): str(v).lower() for k, v in stated.items()} if isinstance(stated, dict) else {}
        )
        columns = {**columns_of(rows[:SAMPLE]), **given}
        for field in ("amount", "external_id"):
            if field not in columns:
                names = ", ".join(rows[0]) if rows else "none"
                raise ContentError(
                    f"no column can be taken for {field}; the columns are: {names[:300]}."
                    f' Name it in the options: {{"columns": {{"{field}": "…"}}}}'
                )
        return columns

    def _quote(self, row: Record, columns: Mapping[str, str], number: int) -> Quote | Rejection:
        def cell(field: str) -> str:
            return row.get(columns.get(field, ""), "")

        identifier = cell("external_id")
        currency = code_of(cell("currency")) or self._source.currency
        try:
            price = money_of(_plain(cell("amount")), currency)
        except PriceUnreadableError as error:
            code = "bad_price" if cell("amount") else "no_price"
            message = str(error) if cell("amount") else f"row {number} states no price"
            return Rejection(external_id=identifier[:255], code=code, message=message)
        return Quote(
            external_id=identifier,
            name=cell("name"),
            amount=price.amount,
            currency=price.currency,
            list_amount=_list_amount(cell("list_amount"), price),
            availability=availability_of(cell("availability") or None),
            url=cell("url"),
            image_url=_first(cell("image_url")),
            brand=cell("brand"),
            gtin=gtin14(cell("gtin")) or "",
            mpn=cell("mpn"),
            sku=cell("sku"),
            evidence={field: f"column {name}" for field, name in columns.items()},
        )


def columns_of(rows: Sequence[Record]) -> dict[str, str]:
    """Return which column means what, as far as the names tell.

    An identifier must be there in every row, and differ from row to row.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    found: dict[str, str] = {}
    for field, known in NAMES.items():
        by_letters = {_letters(name): name for name in reversed(names)}
        for wanted in known:
            name = by_letters.get(wanted)
            if name is not None and (field != UNIQUE or _is_unique(rows, name)):
                found[field] = name
                break
    return found


def _is_unique(rows: Sequence[Record], name: str) -> bool:
    values = [row.get(name, "") for row in rows]
    return all(values) and len(set(values)) == len(values)


def _letters(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def _plain(text: str) -> str:
    """Return a number in scientific notation without the exponent; anything else as it is."""
    if not SCIENTIFIC.fullmatch(text):
        return text
    return f"{Decimal(text).normalize():f}"


def _first(text: str) -> str:
    """Return the first of a JSON list of texts; anything else as it is."""
    if not text.startswith("["):
        return text
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return values[0] if values and isinstance(values[0], str) else ""


def _list_amount(text: str, price: Money) -> Decimal | None:
    try:
        amount = money_of(_plain(text), price.currency).amount if text else None
    except PriceUnreadableError:
        return None
    return amount if amount and amount > price.amount else None
