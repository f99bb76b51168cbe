"""Runs: the list, one run, and its progress while it goes on."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.client import Api
from dashboard.paging import page_number, paging_of
from dashboard.views.page import page, start_run

PAGE_SIZE: Final = 25
STATUSES: Final = ("Running", "Completed", "Failed")


@require_http_methods(["GET", "HEAD", "POST"])
@page
def runs(request: HttpRequest, api: Api) -> HttpResponse:
    """Show runs, newest first; a POST starts one over the given providers, or over all."""
    if request.method == "POST":
        return start_run(request, api, request.POST.getlist("provider"))
    status = request.GET.get("status", "")
    status = status if status in STATUSES else ""
    provider = request.GET.get("provider", "")[:64]
    number = page_number(request.GET.get("page", ""))
    answer = api.get("runs", status=status, provider=provider, page=number, page_size=PAGE_SIZE)
    return render(
        request,
        "dashboard/runs.html",
        {
            "runs": answer["results"],
            "paging": paging_of(answer, number=number, size=PAGE_SIZE),
            "providers": api.listing("providers"),
            "statuses": STATUSES,
            "status": status,
            "provider": provider,
        },
    )


@require_safe
@page
def run(request: HttpRequest, api: Api, run_id: UUID) -> HttpResponse:
    """Show one run with what became of each provider."""
    shown = api.get(f"runs/{run_id}")
    parts = shown["provider_runs"]
    return render(
        request,
        "dashboard/run.html",
        {
            **progress_of(shown),
            "requests": sum(part["requests"] for part in parts),
            "bytes": sum(part["bytes_received"] for part in parts),
        },
    )


@require_safe
@page
def progress(request: HttpRequest, api: Api, run_id: UUID) -> HttpResponse:
    """Show how far a run is: the piece of a page that a script asks for again and again."""
    return render(request, "dashboard/_progress.html", progress_of(api.get(f"runs/{run_id}")))


def progress_of(run: dict[str, Any]) -> dict[str, Any]:
    """Return what the progress of a run is shown with; its own counts come at its end."""
    parts = run["provider_runs"]
    return {
        "run": run,
        "done": sum(part["status"] != "Running" for part in parts),
        "seen": sum(part["offers_seen"] for part in parts),
        "changed": sum(part["offers_changed"] + part["offers_new"] for part in parts),
    }
