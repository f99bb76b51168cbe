"""Products, offers, prices and the proof that somebody looked."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from prices.types import Availability, Origin

AMOUNT_DIGITS = 15  # SQLite keeps a decimal as a double: 15 digits are exact
AMOUNT_PLACES = 4

AVAILABILITIES = [(value.value, value.value.replace("_", " ")) for value in Availability]
ORIGINS = [(value.value, value.value) for value in Origin]


def amount_field(*, null: bool) -> models.DecimalField[Any, Any]:
    """Return a money column, in major units of the currency beside it."""
    return models.DecimalField(
        max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_PLACES, null=null, blank=null
    )


def currency_field() -> models.CharField[Any, Any]:
    """Return a currency column: ISO 4217, null when nobody states it."""
    return models.CharField(max_length=3, null=True, blank=True)


def _currency_is_a_code(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(currency__isnull=True) | Q(currency__regex=r"^[A-Z]{3}$"), name=name
    )


class Product(models.Model):
    """A thing that can be bought, compared across providers.

    The `best_*` columns, `offers_count` and the last change are kept by the writes in
    `prices.services.recording`: the lowest amount that can be bought in the currency in
    which most of its offers are.
    """

    name = models.CharField(max_length=500)
    brand = models.CharField(max_length=200, blank=True)
    gtin = models.CharField(max_length=14, null=True, blank=True, unique=True)
    mpn = models.CharField(max_length=100, blank=True)
    image_url = models.CharField(max_length=2048, blank=True)
    created_at = models.DateTimeField()
    offers_count = models.PositiveIntegerField(default=0)
    best_amount = amount_field(null=True)
    best_currency = currency_field()
    best_offer = models.ForeignKey(
        "prices.Offer", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, blank=True, db_index=True)
    change_percent = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)

    class Meta:
        """Ordering and indexes."""

        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="product_name"),
            models.Index(fields=["best_amount", "id"], name="product_best"),
            models.Index(fields=["change_percent", "id"], name="product_change"),
        ]

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """A product as one provider lists it. A variant is an offer of its own.

    Amount, list amount, currency and availability are those of the newest price, the
    `previous_*`, `low_*` and `high_*` columns follow it, so that lists need no history.
    `missing_since` is set while completed runs do not find the offer; `last_seen_at` only
    where the offer was read or pushed by itself: otherwise its provider's checks prove it.
    """

    provider = models.ForeignKey(
        "ingestion.Provider", on_delete=models.CASCADE, related_name="offers"
    )
    external_id = models.CharField(max_length=255)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="offers")
    name = models.CharField(max_length=500)
    variant = models.CharField(max_length=200, blank=True)
    group_id = models.CharField(max_length=255, blank=True)
    url = models.CharField(max_length=2048, blank=True)
    image_url = models.CharField(max_length=2048, blank=True)
    brand = models.CharField(max_length=200, blank=True)
    gtin = models.CharField(max_length=14, blank=True)
    mpn = models.CharField(max_length=100, blank=True)
    sku = models.CharField(max_length=100, blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    # Of the quote as it was last read. Whoever writes an offer by other ways than
    # `prices.services.recording` sets it to 0, so that the next run looks at it.
    fingerprint = models.BigIntegerField(default=0, editable=False)

    amount = amount_field(null=False)
    list_amount = amount_field(null=True)
    currency = currency_field()
    availability = models.CharField(max_length=12, choices=AVAILABILITIES)
    since = models.DateTimeField()
    sequence = models.PositiveIntegerField(default=1)
    previous_amount = amount_field(null=True)
    change_percent = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    low_amount = amount_field(null=False)
    low_at = models.DateTimeField()
    high_amount = amount_field(null=False)
    high_at = models.DateTimeField()

    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One row per provider and external id."""

        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "external_id"], name="offer_identity"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="offer_amount_positive"),
            _currency_is_a_code("offer_currency_code"),
            models.CheckConstraint(
                condition=Q(availability__in=[a.value for a in Availability]),
                name="offer_availability",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["since"], name="offer_since")]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """One segment of an offer's history: it holds from `started_at` until the next one."""

    offer = models.ForeignKey(
        Offer, on_delete=models.CASCADE, related_name="prices", db_index=False
    )
    started_at = models.DateTimeField()
    amount = amount_field(null=False)
    list_amount = amount_field(null=True)
    currency = currency_field()
    availability = models.CharField(max_length=12, choices=AVAILABILITIES)
    origin = models.CharField(max_length=6, choices=ORIGINS, default=Origin.RUN.value)
    # History outlives the runs that wrote it, so nothing in the database ties the two.
    provider_run = models.ForeignKey(
        "ingestion.ProviderRun",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="prices",
    )

    class Meta:
        """One price per offer and instant; that index serves every read of history."""

        ordering: ClassVar = ["offer", "started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offer", "started_at"], name="price_identity"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="price_amount_positive"),
            _currency_is_a_code("price_currency_code"),
            models.CheckConstraint(
                condition=Q(availability__in=[a.value for a in Availability]),
                name="price_availability",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=[o.value for o in Origin]), name="price_origin"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.currency or '?'}"


class CheckedSpan(models.Model):
    """A stretch of time in which a provider's offers were checked without a gap.

    Each completed provider run moves `ended_at` of the newest span forward, or opens a new
    one when it comes too late after the last: between two spans nobody looked. It outlives
    the runs, and a chart needs only these few rows.
    """

    provider = models.ForeignKey(
        "ingestion.Provider", on_delete=models.CASCADE, related_name="checked_spans"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    checks = models.PositiveIntegerField(default=1)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["provider", "-started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "started_at"], name="span_identity"),
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("started_at")), name="span_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} to {self.ended_at:%Y-%m-%d %H:%M}"


class Absence(models.Model):
    """A past stretch in which completed runs did not find an offer that later returned."""

    offer = models.ForeignKey(
        Offer, on_delete=models.CASCADE, related_name="absences", db_index=False
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        """One row per offer and start."""

        ordering: ClassVar = ["offer", "started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offer", "started_at"], name="absence_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} to {self.ended_at:%Y-%m-%d %H:%M}"
