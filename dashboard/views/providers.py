"""Providers: the list, one provider, and what can be done with it."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.client import Api
from dashboard.errors import InvalidError
from dashboard.forms import ProviderForm
from dashboard.paging import page_number, paging_of
from dashboard.views.page import back, page

PAGE_SIZE: Final = 50
LAST_RUNS: Final = 10


@require_safe
@page
def providers(request: HttpRequest, api: Api) -> HttpResponse:
    """Show providers with their health."""
    number = page_number(request.GET.get("page", ""))
    answer = api.get("providers", page=number, page_size=PAGE_SIZE)
    return render(
        request,
        "dashboard/providers.html",
        {
            "providers": answer["results"],
            "paging": paging_of(answer, number=number, size=PAGE_SIZE),
            "has_demo": any(provider["is_demo"] for provider in answer["results"]),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page
def provider(request: HttpRequest, api: Api, slug: str) -> HttpResponse:
    """Show one provider; a POST changes its settings."""
    shown = api.get(f"providers/{slug}")
    form = ProviderForm(request.POST if request.method == "POST" else None, initial=shown)
    if form.is_valid():
        try:
            api.patch(f"providers/{slug}", form.body())
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, "Saved. It counts from the next run on.")
            return redirect("dashboard:provider", slug)
    return _provider_page(request, api, shown, form=form)


@require_POST
@page
def check(request: HttpRequest, api: Api, slug: str) -> HttpResponse:
    """Read a provider without storing anything, and show what was found."""
    shown = api.get(f"providers/{slug}")
    try:
        found: dict[str, Any] = {"checked": api.post(f"providers/{slug}/check")}
    except InvalidError as error:
        found = {"check_error": str(error)}
    return _provider_page(request, api, shown, form=ProviderForm(initial=shown), **found)


@require_POST
@page
def switch(request: HttpRequest, api: Api, slug: str) -> HttpResponse:
    """Enable or disable a provider."""
    changed = api.patch(f"providers/{slug}", {"enabled": request.POST.get("enabled") == "1"})
    state = "is read again" if changed["enabled"] else "is not read any more; its prices stay"
    messages.success(request, f"{changed['name']} {state}.")
    return back(request, "dashboard:provider", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def delete(request: HttpRequest, api: Api, slug: str) -> HttpResponse:
    """Ask whether to delete a provider, and delete it when the answer is yes."""
    shown = api.get(f"providers/{slug}")
    if request.method == "POST":
        api.delete(f"providers/{slug}")
        messages.success(request, f"{shown['name']} and its price history are deleted.")
        return redirect("dashboard:providers")
    return render(request, "dashboard/provider_delete.html", {"provider": shown})


def _provider_page(
    request: HttpRequest, api: Api, shown: dict[str, Any], **context: Any
) -> HttpResponse:
    parts = api.get(f"providers/{shown['slug']}/runs", page_size=LAST_RUNS)["results"]
    status = 400 if context["form"].is_bound else 200
    return render(
        request,
        "dashboard/provider.html",
        {"provider": shown, "parts": parts, **context},
        status=status,
    )
