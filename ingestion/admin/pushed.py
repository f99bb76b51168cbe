"""Pushed requests and signs of life in the admin: kept by the service, read-only."""

from django.contrib import admin

from ingestion.models import PushedRequest, SignOfLife
from prices.admin.base import ReadOnlyAdmin


@admin.register(PushedRequest)
class PushedRequestAdmin(ReadOnlyAdmin):
    """Answers that a repeated push gets again, the newest first."""

    list_display = ("created_at", "user_id", "key", "status")
    list_filter = ("status",)
    search_fields = ("key",)
    ordering = ("-id",)
    sortable_by = ()


@admin.register(SignOfLife)
class SignOfLifeAdmin(ReadOnlyAdmin):
    """When each background process last did work."""

    list_display = ("name", "at")
