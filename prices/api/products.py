"""Product endpoints."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from prices.api.serializers import (
    ListedProductSerializer,
    ProductDetailSerializer,
    ProductListItemSchema,
)
from prices.models import Product
from prices.selectors.products import listed

ORDERINGS = (
    ("name", "name"),
    ("best_amount", "price"),
    ("changed_at", "changed"),
    ("change_percent", "change"),
    ("offers_count", "offers"),
)


class ProductFilter(django_filters.FilterSet):  # type: ignore[misc]  # has no types
    """`platform` (a provider's slug), `q` (a part of name, brand, GTIN or MPN), `ordering`."""

    platform = django_filters.CharFilter(method="of_platform", max_length=64)
    q = django_filters.CharFilter(method="matching", max_length=200)
    ordering = django_filters.OrderingFilter(fields=ORDERINGS)

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()

    def of_platform(self, queryset: Any, name: str, value: str) -> Any:
        """Keep what a provider lists."""
        return queryset.filter(pk__in=Product.objects.filter(offers__provider__slug=value))

    def matching(self, queryset: Any, name: str, value: str) -> Any:
        """Keep what holds every word of the search."""
        for word in value.split()[:8]:
            queryset = queryset.filter(
                Q(name__icontains=word)
                | Q(brand__icontains=word)
                | Q(gtin__endswith=word)
                | Q(mpn__iexact=word)
            )
        return queryset


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
