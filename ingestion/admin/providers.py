"""Providers in the admin: how each fares, and what can be done about it."""

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ingestion.adapters.registry import PUSH
from ingestion.admin import provider_pages
from ingestion.admin.filters import Circuit, Failing
from ingestion.admin.forms import ProviderForm
from ingestion.admin.runs import seconds, trouble
from ingestion.admin.starting import may_start, start
from ingestion.circuit import CircuitState
from ingestion.demo import seeding
from ingestion.errors import AlreadyRunningError, hints
from ingestion.models import Provider, ProviderRun, ProviderRunStatus
from ingestion.providers import health_of, remove, switch
from prices.admin.base import UNKNOWN, ago

if TYPE_CHECKING:  # generic only in the stubs
    _ModelAdmin = admin.ModelAdmin[Provider]
else:
    _ModelAdmin = admin.ModelAdmin

LAST_RUNS: Final = 10
Page = Callable[..., HttpResponse]


class _WithHealth(ChangeList):
    """A page of the list whose providers carry their health, from one query for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page, and the health of what is on it."""
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        health = health_of(self.result_list, now=timezone.now())
        for provider in self.result_list:
            provider.health = health[provider.pk]


@admin.register(Provider)
class ProviderAdmin(_ModelAdmin):
    """Providers by name."""

    form = ProviderForm
    list_display = (
        *("name", "read_as", "state", "offers", "fresh", "success", "due", "last_error"),
    )
    list_filter = ("enabled", Failing, Circuit, "kind", "is_demo")
    search_fields = ("name", "slug", "url")
    search_help_text = "A part of name, slug or address."
    sortable_by = ("name", "offers", "fresh", "due")
    show_full_result_count = False
    list_per_page = 50
    actions = ("run_now", "check_one", "enable", "disable")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "kind", "url", "currency", "enabled")}),
        ("Reading", {"fields": ("interval_minutes", "options")}),
        (
            "How it fares",
            {
                "fields": (
                    *("state", "offers", "fresh", "success", "due", "last_run_at"),
                    *("failures_in_a_row", "not_before", "last_error", "created_at"),
                )
            },
        ),
    )
    readonly_fields = (
        *("state", "offers", "fresh", "success", "due", "last_run_at"),
        *("failures_in_a_row", "not_before", "last_error", "created_at"),
    )

    class Media:
        css: ClassVar = {"all": ["prices/admin.css"]}

    # --- what is shown ---

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list with health."""
        return _WithHealth

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """Keep the slug: pushers, addresses and scripts rely on it."""
        return (*self.readonly_fields, "slug") if obj else self.readonly_fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """Suggest a slug for a new one only."""
        return {} if obj else self.prepopulated_fields

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """Leave out how it fares before it is there."""
        return self.fieldsets if obj else self.fieldsets[:2]

    @admin.display(description="slug and kind")
    def read_as(self, provider: Provider) -> SafeString:
        """Return its name in addresses and commands, and what reads it."""
        return format_html(
            '{}<div class="hint">{}</div>',
            provider.slug,
            provider.get_kind_display(),
        )

    @admin.display(description="offers", ordering="offers_last_run")
    def offers(self, provider: Provider) -> int:
        """Return how many offers its last completed run met."""
        return provider.offers_last_run

    @admin.display(description="state")
    def state(self, provider: Provider) -> str:
        """Return whether it is read, and if not why."""
        if not provider.enabled:
            return "disabled"
        if provider.kind == PUSH:
            return "pushed by others"
        circuit = self._health(provider).circuit
        if circuit is CircuitState.OPEN:
            return f"left alone until {provider.not_before:%Y-%m-%d %H:%M} UTC"
        return "ok" if circuit is CircuitState.CLOSED else "on probation"

    @admin.display(description="last success", ordering="last_success_at")
    def fresh(self, provider: Provider) -> str:
        """Return how old its prices are."""
        return ago(provider.last_success_at)

    @admin.display(description="success")
    def success(self, provider: Provider) -> str:
        """Return the share of its newest runs that completed."""
        rate = self._health(provider).success_rate
        return UNKNOWN if rate is None else f"{rate:.0%}"

    @admin.display(description="next due", ordering="next_due_at")
    def due(self, provider: Provider) -> str:
        """Return when it is read next."""
        if not provider.enabled or provider.kind == PUSH:
            return UNKNOWN
        at = provider.next_due_at
        return "now" if at is None or at <= timezone.now() else f"{at:%H:%M:%S} UTC"

    @admin.display(description="last error")
    def last_error(self, provider: Provider) -> SafeString | str:
        """Return the code of the last failure, and what to do about it."""
        code = provider.last_error_code
        if not code:
            return UNKNOWN
        return format_html('{}<div class="hint">{}</div>', code, hints().get(code, ""))

    def _health(self, provider: Any) -> Any:
        if not hasattr(provider, "health"):
            provider.health = health_of([provider], now=timezone.now())[provider.pk]
        return provider.health

    # --- pages and what they offer ---

    def get_urls(self) -> list[URLPattern]:
        """Add the pages beside list and form."""
        return [
            path("remove-demo/", self._page(provider_pages.remove_demo), name="remove_demo"),
            path("<int:pk>/check/", self._page(provider_pages.check), name="check_provider"),
            path("<int:pk>/run-now/", self._page(provider_pages.run_now), name="run_provider"),
            *super().get_urls(),
        ]

    def _page(self, view: Page) -> Page:
        @functools.wraps(view)
        def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            return view(request, self.admin_site, **kwargs)

        return self.admin_site.admin_view(page)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer to remove the demo shops while they are there."""
        offered = self.has_delete_permission(request) and seeding.is_seeded()
        return super().changelist_view(
            request, {**(extra_context or {}), "may_remove_demo": offered}
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the last provider runs with the form."""
        context = {
            **(extra_context or {}),
            "may_start": may_start(request),
            "may_check": request.user.has_perm("ingestion.change_provider"),
            "parts": functools.partial(_last_runs, object_id),
        }
        return super().change_view(request, object_id, form_url, context)

    # --- actions ---

    def has_start_permission(self, request: HttpRequest) -> bool:
        """Say whether "run now" is offered."""
        return may_start(request)

    @admin.action(description="Run now", permissions=["start"])
    def run_now(self, request: HttpRequest, chosen: QuerySet[Provider]) -> None:
        """Start one run over the chosen providers."""
        start(request, chosen.values_list("slug", flat=True))

    @admin.action(description="Check (dry run of one)", permissions=["change"])
    def check_one(self, request: HttpRequest, chosen: QuerySet[Provider]) -> HttpResponse | None:
        """Go to the page of the dry run."""
        keys = list(chosen.values_list("pk", flat=True)[:2])
        if len(keys) == 1:
            return redirect("admin:check_provider", keys[0])
        messages.error(request, "Choose one provider to check.")
        return None

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, chosen: QuerySet[Provider]) -> None:
        """Let runs read them."""
        done = switch(chosen, enabled=True)
        messages.success(request, f"Enabled: {', '.join(provider.slug for provider in done)}")

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, chosen: QuerySet[Provider]) -> None:
        """Leave them out of runs."""
        done = switch(chosen, enabled=False)
        messages.success(request, f"Disabled: {', '.join(provider.slug for provider in done)}")

    # --- deleting ---

    def get_actions(self, request: HttpRequest) -> Any:
        """Leave out deleting many at once: each takes a whole history with it."""
        return {
            name: action
            for name, action in super().get_actions(request).items()
            if name != "delete_selected"
        }

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Say what goes, by numbers: Django's own would load every price to list it."""
        found = Provider.objects.filter(pk__in=[one.pk for one in objs]).annotate(
            offers_count=Count("offers")
        )
        told = [f"{one}: {one.offers_count} offers with their whole history" for one in found]
        counts = {"offers": sum(one.offers_count for one in found), "providers": len(told)}
        running = found.filter(provider_runs__status=ProviderRunStatus.RUNNING)
        kept = [f"{one} is being read now; wait until its run has ended" for one in running]
        return told, counts, set(), kept

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete through the service, which refuses what is being read."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except AlreadyRunningError as error:
            messages.error(request, f"{error}. {error.hint}")
            return redirect("admin:ingestion_provider_change", object_id)

    def delete_model(self, request: HttpRequest, obj: Provider) -> None:
        """Delete with offers and history."""
        remove(obj)


def _last_runs(object_id: str) -> Sequence[dict[str, Any]]:
    """Return the newest provider runs of a provider; asked for by the template, if it is found."""
    parts = ProviderRun.objects.filter(provider_id=object_id)
    return [
        {"part": part, "took": seconds(part.claimed_at, part.finished_at), "error": trouble(part)}
        for part in parts.order_by("-started_at", "-id")[:LAST_RUNS]
    ]
