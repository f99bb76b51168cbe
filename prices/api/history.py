"""History endpoints: of a product's offers, and of one offer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Min
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from prices.api.fields import utc
from prices.api.serializers import (
    HistorySerializer,
    OfferSerializer,
    ProductHistorySerializer,
    ProductSerializer,
)
from prices.errors import UnknownError
from prices.models import Offer, Product
from prices.money import plain
from prices.selectors.history import Gap, gaps_of, points_of
from prices.selectors.offers import offer_named
from prices.selectors.statistics import (
    SIZES,
    Point,
    buckets,
    clipped,
    figures,
    resolution_for,
)
from prices.types import Span

RESOLUTIONS = ("auto", "raw", "hour", "day", "week")


class RangeSerializer(serializers.Serializer[Any]):
    """`from`, `to` and `resolution` of the query string. An instant without a zone is UTC."""

    resolution = serializers.ChoiceField(RESOLUTIONS, default="auto")

    def get_fields(self) -> dict[str, Any]:
        """Add the fields whose names are keywords of the language."""
        return {
            **super().get_fields(),
            "from": serializers.DateTimeField(required=False),
            "to": serializers.DateTimeField(required=False),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a range that ends before it begins, or has not begun yet."""
        start, end = attrs.get("from"), attrs.get("to")
        if start and end and start >= end:
            raise serializers.ValidationError({"to": "must be after from"})
        if start and start >= timezone.now():
            raise serializers.ValidationError({"from": "is in the future"})
        return attrs


RANGE_PARAMETERS = [
    OpenApiParameter("from", OpenApiTypes.DATETIME, description="Begin; unset: the first price."),
    OpenApiParameter("to", OpenApiTypes.DATETIME, description="End; unset, or ahead of now: now."),
    OpenApiParameter(
        "resolution",
        enum=RESOLUTIONS,
        description="A coarser one is chosen where this would be more than 2,000 points.",
    ),
]


class ProductHistoryView(APIView):
    """The history of every offer of a product."""

    @extend_schema(parameters=RANGE_PARAMETERS, responses=ProductHistorySerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Return one history per offer, at most 2,000 points each."""
        product = get_object_or_404(Product, pk=pk)
        offers = list(product.offers.select_related("provider").order_by("pk"))
        return Response(
            {
                "product": ProductSerializer(product).data,
                "histories": histories(offers, request),
            }
        )


class OfferHistoryView(APIView):
    """The history of one offer, by platform and external id."""

    @extend_schema(parameters=RANGE_PARAMETERS, responses=HistorySerializer)
    def get(self, request: Request, platform: str, external_id: str) -> Response:
        """Return the history; 404 says which part is unknown."""
        try:
            offer = offer_named(platform, external_id)
        except UnknownError as error:
            raise NotFound(str(error)) from error
        return Response(histories([offer], request)[0])


def histories(offers: Sequence[Offer], request: Request) -> list[dict[str, Any]]:
    """Return the histories of `offers` in the range that the query string asks for."""
    asked = RangeSerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    now = timezone.now()
    given = asked.validated_data
    end = min(given.get("to", now), now)
    start = given.get("from") or _first(offers, end)
    span = Span(start, end)
    points = points_of([offer.pk for offer in offers], since=start, until=end)
    gaps = gaps_of(offers, span, now=now)
    return [
        _history(offer, points.get(offer.pk, []), gaps[offer.pk], span, given["resolution"])
        for offer in offers
    ]


def _first(offers: Sequence[Offer], end: datetime) -> datetime:
    first: datetime | None = Offer.objects.filter(pk__in=[o.pk for o in offers]).aggregate(
        first=Min("prices__started_at")
    )["first"]
    return min(first or end, end)


def _history(
    offer: Offer, points: list[Point], gaps: list[Gap], span: Span, asked: str
) -> dict[str, Any]:
    inside = clipped(points, span)
    resolution = resolution_for(asked, inside, until=span.end)
    return {
        "offer": OfferSerializer(offer).data,
        "start": utc(span.start),
        "end": utc(span.end),
        "resolution": resolution,
        "points": _raw(inside) if resolution == "raw" else _bucketed(inside, resolution, span.end),
        "gaps": [
            {"start": utc(gap.start), "end": utc(gap.end), "reason": gap.reason} for gap in gaps
        ],
        "statistics": _statistics(offer, inside, span.end),
    }


def _statistics(offer: Offer, points: Sequence[Point], end: datetime) -> dict[str, Any]:
    summary = figures(points, until=end)
    currency = summary.currency if summary else offer.currency
    return {
        "low": plain(summary.low, currency) if summary else None,
        "high": plain(summary.high, currency) if summary else None,
        "average": plain(summary.average, currency) if summary else None,
        "currency": currency,
        "all_time_low": plain(offer.low_amount, offer.currency),
        "all_time_low_at": utc(offer.low_at),
    }


def _raw(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [
        {
            "at": utc(point.at),
            "amount": plain(point.amount, point.currency),
            "list_amount": plain(point.list_amount, point.currency),
            "currency": point.currency,
            "availability": point.availability,
        }
        for point in points
    ]


def _bucketed(points: Sequence[Point], resolution: str, end: datetime) -> list[dict[str, Any]]:
    return [
        {
            "at": utc(bucket.at),
            "amount": plain(bucket.last, bucket.currency),
            "low": plain(bucket.low, bucket.currency),
            "high": plain(bucket.high, bucket.currency),
            "average": plain(bucket.average, bucket.currency),
            "currency": bucket.currency,
            "availability": bucket.availability,
        }
        for bucket in buckets(points, size=SIZES[resolution], until=end)
    ]
