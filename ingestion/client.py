"""The HTTP client as the settings want it."""

from urllib.parse import urlsplit

from django.conf import settings

from ingestion.guard import Guard
from ingestion.http import Client
from ingestion.models import Provider


def default_client() -> Client:
    """Return a new client that reaches public addresses, and what the operator allows.

    The demo shops run on this machine's loopback interface: their own origins, and nothing
    else there, are reached as well.
    """
    urls = Provider.objects.filter(is_demo=True).values_list("url", flat=True)
    origins = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in urls if url}
    return Client(
        Guard.of(settings.ALLOWED_PRIVATE_NETWORKS, sorted(origins)),
        hosts=settings.FETCH_CONCURRENCY * 2,
    )
