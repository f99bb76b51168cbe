"""The demo shops in the database, and their servers: they say the same."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from ingestion import runs
from ingestion.demo import running, seeding
from ingestion.models import Provider, Run, Trigger
from ingestion.runner import execute
from prices.models import Offer, Price

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_run_agrees_with_the_made_up_history() -> None:
    now = timezone.now()
    with running.served(0, faults=False) as server:
        server.clock = lambda: now
        seeding.seed(now, server.url)
        offers, prices = Offer.objects.count(), Price.objects.count()

        made = runs.create_run(
            trigger=Trigger.COMMAND, providers=list(runs.fetched_providers()), now=timezone.now()
        )
        run = execute(made.pk)

    assert (run.providers_completed, run.providers_failed) == (len(Provider.objects.all()), 0)
    assert (run.offers_new, run.offers_changed, run.offers_rejected) == (0, 0, 0)
    assert (run.offers_seen, Price.objects.count()) == (offers, prices)
    assert not Offer.objects.filter(missing_since__isnull=False).exists()


def test_the_pages_move_along_with_their_server() -> None:
    seeding.seed(datetime(2026, 11, 20, tzinfo=UTC), "http://127.0.0.1:8001")

    running.move_to("http://127.0.0.1:9999")

    pages = Provider.objects.get(kind="product_page").options["urls"]
    assert len(pages) > 5
    assert all(url.startswith("http://127.0.0.1:9999/alpstein/p/") for url in pages)
    assert all(
        url.startswith("http://127.0.0.1:9999/")
        for url in Provider.objects.values_list("url", flat=True)
    )


def test_all_of_it_can_be_taken_out_again() -> None:
    seeding.seed(timezone.now(), "http://127.0.0.1:8001")

    seeding.remove()

    assert not Offer.objects.exists()
    assert not Provider.objects.exists()
    assert not Run.objects.exists()
