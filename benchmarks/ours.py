"""PriceStream's side: one run over the shops, in this process, on `DATABASE_URL`.

`python -m benchmarks.ours prepare URL …` migrates and adds the shops; `… cycle` measures.
"""

import sys

import django

from benchmarks.figures import Measurement, Stopwatch


def prepare(urls: list[str]) -> None:
    """Make the tables, and a provider for each shop."""
    from django.core.management import call_command

    from ingestion.models import Provider

    call_command("migrate", verbosity=0)
    for number, url in enumerate(urls):
        Provider.objects.create(
            slug=f"shop-{number}", name=f"Shop {number}", kind="shopify", url=url, currency="EUR"
        )


def cycle() -> Measurement:
    """Measure one run, from making it to its end."""
    from django.utils import timezone

    from ingestion import runs
    from ingestion.models import RunStatus, Trigger
    from ingestion.runner import execute

    watch = Stopwatch()
    run = runs.create_run(
        trigger=Trigger.COMMAND, providers=runs.fetched_providers(), now=timezone.now()
    )
    ended = execute(run.pk)
    measurement = watch.stop(
        offers=ended.offers_seen, changed=ended.offers_changed + ended.offers_new
    )
    if ended.status != RunStatus.COMPLETED or ended.providers_failed:
        failed = ended.provider_runs.exclude(error="").values_list("error", flat=True)
        sys.exit(f"the run failed: {ended.error} {list(failed)}")
    return measurement


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "prepare":
        prepare(sys.argv[2:])
    else:
        cycle().print()
