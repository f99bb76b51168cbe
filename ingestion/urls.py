"""Addresses of runs, providers and pushed prices, below /api/v1/."""

from django.urls import path

from ingestion.api.overview import OverviewView
from ingestion.api.providers import (
    CheckView,
    DetectView,
    ProviderDetailView,
    ProviderListView,
    ProviderRunsView,
)
from ingestion.api.runs import RunDetailView, RunListView, StatusView
from ingestion.api.track import TrackView

urlpatterns = [
    path("overview", OverviewView.as_view(), name="overview"),
    path("runs", RunListView.as_view(), name="run-list"),
    path("runs/<uuid:pk>", RunDetailView.as_view(), name="run-detail"),
    path("status/<str:status>", StatusView.as_view(), name="run-status"),
    path("providers", ProviderListView.as_view(), name="provider-list"),
    path("providers/detect", DetectView.as_view(), name="provider-detect"),
    path("providers/<slug:slug>", ProviderDetailView.as_view(), name="provider-detail"),
    path("providers/<slug:slug>/runs", ProviderRunsView.as_view(), name="provider-runs"),
    path("providers/<slug:slug>/check", CheckView.as_view(), name="provider-check"),
    path("track", TrackView.as_view(), name="track"),
]
