"""Starting a run from the admin."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from ingestion import runs
from ingestion.errors import IngestionError
from ingestion.models import Provider, Run, Trigger
from ingestion.providers import readable
from ingestion.tasks import enqueue


def may_start(request: HttpRequest) -> bool:
    """Say whether the user may start runs."""
    return request.user.has_perm("ingestion.add_run")


def start(request: HttpRequest, slugs: Iterable[str] | None = None) -> Run | None:
    """Start a run over these providers, or over all enabled ones, and tell the user."""
    runs.reap()
    try:
        chosen: Iterable[Provider] = runs.fetched_providers() if slugs is None else readable(slugs)
        run = runs.create_run(trigger=Trigger.ADMIN, providers=chosen, now=timezone.now())
    except IngestionError as error:
        messages.error(request, f"{str(error).capitalize()}. {error.hint}".strip())
        return None
    enqueue(run)
    address = reverse("admin:ingestion_run_change", args=[run.pk])
    told = 'A run over {} providers has started: <a href="{}">follow it</a>.'
    messages.success(request, format_html(told, run.providers_total, address))
    return run
