"""Addresses of products, history and exports, below /api/v1/."""

from django.urls import path

from prices.api.export import CsvExportView, JsonLinesExportView
from prices.api.history import OfferHistoryView, ProductHistoryView
from prices.api.products import ProductDetailView, ProductListView

urlpatterns = [
    path("products", ProductListView.as_view(), name="product-list"),
    path("products/<int:pk>", ProductDetailView.as_view(), name="product-detail"),
    path("products/<int:pk>/history", ProductHistoryView.as_view(), name="product-history"),
    path(
        "history/<str:platform>/<path:external_id>",
        OfferHistoryView.as_view(),
        name="offer-history",
    ),
    path("export.csv", CsvExportView.as_view(), name="export-csv"),
    path("export.jsonl", JsonLinesExportView.as_view(), name="export-jsonl"),
]
