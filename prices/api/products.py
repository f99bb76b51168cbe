"""Product endpoints."""

import re
from typing import Any

import django_filters
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from prices.api.filters import OrderingFilter, PlatformFilter
from prices.api.serializers import (
    ListedProductSerializer,
    ProductDetailSerializer,
    ProductListItemSchema,
)
from prices.models import Offer, Product
from prices.selectors.products import listed

ORDERINGS = ("name", "best_amount", "changed_at", "change_percent", "offers_count")
MAX_WORDS = 8


class ProductFilter(django_filters.FilterSet):  # type: ignore[misc]  # has no types
    """`platform` (a provider's slug), `q` (a part of name, brand, GTIN or MPN), `ordering`."""

    platform = PlatformFilter(method="of_platform")
    q = django_filters.CharFilter(method="matching", max_length=200)
    ordering = OrderingFilter(fields=ORDERINGS)

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()

    def of_platform(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep what a provider lists."""
        return queryset.filter(pk__in=Offer.objects.filter(provider=value).values("product"))

    def matching(self, queryset: Any, name: str, value: str) -> Any:
        """Keep what holds every word of the search."""
        for word in value.split()[:MAX_WORDS]:
            queryset = queryset.filter(
                _contains("name", word)
                | _contains("brand", word)
                | Q(gtin__endswith=word)
                | Q(mpn__iexact=word)
            )
        return queryset


def _contains(field: str, word: str) -> Q:
    # SQLite's LIKE knows the case of ASCII letters only.
    if connection.vendor == "sqlite" and not word.isascii():
        return Q((f"{field}__iregex", re.escape(word)))
    return Q((f"{field}__icontains", word))


@extend_schema(responses=ProductListItemSchema(many=True))
class ProductListView(ListAPIView[Product]):
    """Products with their best price, changes over 24 h, 7 d and 30 d, and a sparkline."""

    serializer_class = ProductListItemSchema
    filterset_class = ProductFilter

    def get_queryset(self) -> QuerySet[Product]:
        """Return every product, by name unless asked otherwise."""
        return Product.objects.order_by("name", "id")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page."""
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        items = listed(page, now=timezone.now())
        serializer: Any = ListedProductSerializer
        return self.get_paginated_response(serializer(items, many=True).data)


class ProductDetailView(RetrieveAPIView[Product]):
    """One product with its offers side by side."""

    queryset = Product.objects.all()
    serializer_class = ProductDetailSerializer
