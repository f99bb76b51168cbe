"""Runs and provider runs in the admin: what happened, and what to do about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from ingestion.admin.starting import may_start, start
from ingestion.errors import (
    ContentError,
    FetchError,
    LeaseLostError,
    NothingFoundError,
    StoppedError,
    SuspiciousDropError,
    hints,
)
from ingestion.models import ProviderRun, Run
from ingestion.runs import REAPED
from prices.admin.base import UNKNOWN, ReadOnlyAdmin, ReadOnlyInline

FIGURES = (
    *("offers_seen", "offers_new", "offers_changed", "offers_rejected", "offers_missing"),
    *("requests", "retries"),
)

ENDING = (  # what a provider run can end with
    FetchError,
    ContentError,
    NothingFoundError,
    SuspiciousDropError,
    LeaseLostError,
    StoppedError,
)


def seconds(start: datetime | None, end: datetime | None) -> str:
    """Return a length of time in seconds; a dash while it is not known."""
    if start is None or end is None:
        return UNKNOWN
    return f"{max(0.0, (end - start).total_seconds()):.1f} s"


def figures(counted: ProviderRun | Run) -> str:
    """Return what became of the offers; what there was none of is left out."""
    told = {
        "new": counted.offers_new,
        "changed": counted.offers_changed,
        "rejected": counted.offers_rejected,
    }
    return ", ".join(
        [str(counted.offers_seen), *(f"{count} {what}" for what, count in told.items() if count)]
    )


def trouble(part: ProviderRun | Run) -> SafeString | str:
    """Return what went wrong and what to do, as the run wrote it down."""
    if not part.error_code:
        return UNKNOWN
    return format_html("<b>{}</b> {}", part.error_code, part.error)


class PartInline(ReadOnlyInline):
    """The provider runs of a run."""

    model = ProviderRun
    fields = ("provider", "status", "took", *FIGURES, "what_happened")
    readonly_fields = ("took", "what_happened")
    ordering = ("provider__name", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the providers with them."""
        return super().get_queryset(request).select_related("provider", "run")

    @admin.display(description="took")
    def took(self, part: ProviderRun) -> str:
        """Return how long it was read."""
        return seconds(part.claimed_at, part.finished_at)

    @admin.display(description="error")
    def what_happened(self, part: ProviderRun) -> SafeString | str:
        """Return what went wrong."""
        return trouble(part)


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """Runs, the newest first."""

    list_display = (
        *("started_at", "status", "trigger", "took", "providers", "offers", "what_happened"),
    )
    list_filter = ("status", "trigger")
    date_hierarchy = "started_at"
    search_fields = ("=id",)
    search_help_text = "The whole id of a run."
    sortable_by = ("started_at",)
    fields = (
        *("id", "status", "trigger", "started_at", "finished_at", "took", "providers"),
        *("offers_seen", "offers_new", "offers_changed", "offers_rejected", "what_happened"),
    )
    readonly_fields = ("id", "took", "providers", "what_happened")
    inlines = (PartInline,)

    class Media:
        css: ClassVar = {"all": ["prices/admin.css"]}

    def get_urls(self) -> list[URLPattern]:
        """Add the address of "run now"."""
        now = path("run-now/", self.admin_site.admin_view(self.run_now), name="ingestion_run_now")
        return [now, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer "run now" to those who may."""
        return super().changelist_view(
            request, {**(extra_context or {}), "may_start": may_start(request)}
        )

    @method_decorator(require_POST)
    def run_now(self, request: HttpRequest) -> HttpResponse:
        """Start a run over all enabled providers."""
        if not may_start(request):
            return HttpResponse(status=403)
        start(request)
        return redirect("admin:ingestion_run_changelist")

    @admin.display(description="took")
    def took(self, run: Run) -> str:
        """Return how long it ran."""
        return seconds(run.started_at, run.finished_at)

    @admin.display(description="offers")
    def offers(self, run: Run) -> str:
        """Return what became of the offers."""
        return figures(run)

    @admin.display(description="providers")
    def providers(self, run: Run) -> str:
        """Return how its providers fared."""
        told = f"{run.providers_completed} of {run.providers_total}"
        failed = f", {run.providers_failed} failed" if run.providers_failed else ""
        skipped = f", {run.providers_skipped} skipped" if run.providers_skipped else ""
        return told + failed + skipped

    @admin.display(description="error")
    def what_happened(self, run: Run) -> SafeString | str:
        """Return what went wrong."""
        return trouble(run)


class ErrorCodes(admin.SimpleListFilter):
    """Error codes that exist, rather than those that occur: no look through a huge table."""

    title = "error"
    parameter_name = "error_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """Return the codes."""
        codes = {*hints(*ENDING), *REAPED, "internal", "circuit_open"}
        return [(code, code) for code in sorted(codes)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ProviderRun]
    ) -> QuerySet[ProviderRun]:
        """Keep those that ended with it."""
        return queryset.filter(error_code=self.value()) if self.value() else queryset


@admin.register(ProviderRun)
class ProviderRunAdmin(ReadOnlyAdmin):
    """Provider runs, the newest first."""

    list_display = ("started_at", "provider", "status", "took", "offers", "what_happened")
    list_select_related = ("provider",)
    list_filter = ("status", ErrorCodes, "provider")
    search_fields = ("=run__id", "provider__slug", "provider__name")
    search_help_text = "A part of a provider's name, or the whole id of a run."
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        *("provider", "run", "status", "started_at", "claimed_at", "finished_at", "took"),
        *("pages", "requests", "retries", "bytes_received", "offers_seen", "offers_new"),
        *("offers_changed", "offers_unchanged", "offers_rejected", "offers_missing"),
        *("what_happened", "refused"),
    )
    readonly_fields = ("took", "what_happened", "refused")

    @admin.display(description="took")
    def took(self, part: ProviderRun) -> str:
        """Return how long it was read."""
        return seconds(part.claimed_at, part.finished_at)

    @admin.display(description="offers")
    def offers(self, part: ProviderRun) -> str:
        """Return what became of the offers."""
        return figures(part)

    @admin.display(description="error")
    def what_happened(self, part: ProviderRun) -> SafeString | str:
        """Return what went wrong."""
        return trouble(part)

    @admin.display(description="rejected items")
    def refused(self, part: ProviderRun) -> SafeString | str:
        """Return the first items that were refused, each with its reason."""
        rows = [
            (one.get("external_id") or "?", one.get("code", ""), one.get("message", ""))
            for one in part.rejections
        ]
        return format_html_join("", "<div><b>{}</b> {}: {}</div>", rows) or UNKNOWN
