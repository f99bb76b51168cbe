"""Pages of the admin beside the list and the form of providers: dry run, run now, demo."""

from itertools import islice
from typing import Any, Final

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from ingestion.admin.starting import may_start, start
from ingestion.checking import check_provider, evidence_of
from ingestion.client import default_client
from ingestion.demo import seeding
from ingestion.errors import IngestionError
from ingestion.models import Provider
from prices.admin.base import money
from prices.types import Quote

CHECKED: Final = 20  # quotes of a dry run: enough to see whether it is read right
REQUESTS: Final = 3  # a web request waits for them


def check(request: HttpRequest, site: AdminSite, pk: int) -> HttpResponse:
    """Ask whether to fetch; fetched by POST, show the quotes with their evidence."""
    if not request.user.has_perm("ingestion.change_provider"):
        raise PermissionDenied
    provider = get_object_or_404(Provider, pk=pk)
    context = {
        **site.each_context(request),
        "title": f"Check {provider}",
        "opts": Provider._meta,
        "provider": provider,
        "checked": request.method == "POST",
    }
    if request.method == "POST":
        context |= _read(provider)
    return TemplateResponse(request, "admin/ingestion/provider/check.html", context)


def _read(provider: Provider) -> dict[str, Any]:
    try:
        with default_client() as client:
            found = check_provider(provider, client.get, max_requests=REQUESTS)
            read = list(islice(found, CHECKED))
    except IngestionError as error:
        return {"error": error}
    quotes = [one for one in read if isinstance(one, Quote)]
    return {
        "quotes": [
            {
                "quote": quote,
                "amount": money(quote.amount, quote.currency),
                "list_amount": money(quote.list_amount, quote.currency),
                "evidence": dict(evidence_of(quote)),
            }
            for quote in quotes
        ],
        "rejected": [one for one in read if not isinstance(one, Quote)],
    }


@require_POST
def run_now(request: HttpRequest, site: AdminSite, pk: int) -> HttpResponse:
    """Start a run over one provider."""
    if not may_start(request):
        raise PermissionDenied
    provider = get_object_or_404(Provider, pk=pk)
    start(request, [provider.slug])
    return redirect("admin:ingestion_provider_change", pk)


def remove_demo(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Ask whether to take the demo shops out; by POST, do it."""
    if not request.user.has_perm("ingestion.delete_provider"):
        raise PermissionDenied
    if request.method == "POST":
        deleted = seeding.remove()
        messages.success(request, f"The demo shops are removed, with {deleted} offers.")
        return redirect("admin:ingestion_provider_changelist")
    context = {
        **site.each_context(request),
        "title": "Remove the demo shops",
        "opts": Provider._meta,
        "shops": Provider.objects.filter(is_demo=True).order_by("name"),
    }
    return TemplateResponse(request, "admin/ingestion/provider/remove_demo.html", context)
