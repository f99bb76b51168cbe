"""History endpoints: of a product's offers, and of one offer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
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
from prices.selectors.history import Gap, gaps_of, offer_named, points_of
from prices.selectors.statistics import (
    SIZES,
    Point,
    buckets,
    clipped,
    figures,
    resolution_for,
)
from prices.types import Span

LONGEST = timedelta(days=3660)


class RangeSerializer(serializers.Serializer[Any]):
    """`from`, `to` and `resolution` of the query string."""

    resolution = serializers.ChoiceField(["auto", "raw", "hour", "day"], default="auto")

    def get_fields(self) -> dict[str, Any]:
        """Add the fields whose names are keywords of the language."""
        return {
            **super().get_fields(),
            "from": serializers.DateTimeField(required=False),
            "to": serializers.DateTimeField(required=False),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a range that ends before it begins, or is longer than ten years."""
        start, end = attrs.get("from"), attrs.get("to")
        if start and end and start >= end:
            raise serializers.ValidationError({"to": "must be after from"})
        if start and (end or timezone.now()) - start > LONGEST:
            raise serializers.ValidationError({"from": "a range is at most ten years"})
        return attrs


RANGE_PARAMETERS = [
    OpenApiParameter("from", OpenApiTypes.DATETIME, description="Begin; unset: the first price."),
    OpenApiParameter("to", OpenApiTypes.DATETIME, description="End; unset: now."),
    OpenApiParameter("resolution", enum=["auto", "raw", "hour", "day"]),
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
    points = points_of([offer.pk for offer in offers], since=start)
    gaps = gaps_of(offers, span, now=now)
    return [
        _history(
            offer,
            [point for point in points.get(offer.pk, []) if point.at <= end],
            gaps[offer.pk],
            span,
            given["resolution"],
        )
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
    end = span.end or timezone.now()
    inside = clipped(points, span)
    resolution = resolution_for(asked, points=len(inside), length=end - span.start)
    summary = figures(inside, until=end)
    currency = summary.currency if summary else offer.currency
    return {
        "offer": OfferSerializer(offer).data,
        "start": utc(span.start),
        "end": utc(end),
        "resolution": resolution,
        "points": _raw(inside) if resolution == "raw" else _bucketed(inside, resolution, end),
        "gaps": [
            {"start": utc(max(gap.start, span.start)), "end": utc(gap.end), "reason": gap.reason}
            for gap in gaps
            if gap.end > span.start and gap.start < end
        ],
        "statistics": {
            "low": plain(summary.low, currency) if summary else None,
            "high": plain(summary.high, currency) if summary else None,
            "average": plain(summary.average, currency) if summary else None,
            "currency": currency,
            "all_time_low": plain(offer.low_amount, offer.currency),
            "all_time_low_at": utc(offer.low_at),
        },
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
