"""`manage.py ingest`: one run now, in the foreground."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from ingestion import runs
from ingestion.demo.running import demo_shops_for
from ingestion.errors import IngestionError
from ingestion.management.interrupt import interruptible
from ingestion.models import Provider, ProviderRun, ProviderRunStatus, Run, Trigger
from ingestion.providers import readable
from ingestion.runner import Progress, execute
from prices.management import terminal
from prices.management.command import ExplainedCommand, wrong_use

COLUMNS = (
    *("provider", "status", "offers", "new", "changed", "rejected", "missing"),
    *("requests", "seconds", "error"),
)
FIGURES = "offers new changed rejected missing requests seconds"


class Command(ExplainedCommand):
    help = (
        "Read providers now and store what changed: all enabled ones, or those that are named."
        " Exit code 0: every provider completed. 1: a provider failed. 2: wrong use, or nothing"
        " to read. 130 or 143: stopped by Ctrl-C or SIGTERM; what was under way ended as Failed"
        " (shutdown), what was stored stays."
    )
    examples = """\
  manage.py ingest                      all enabled providers
  manage.py ingest my-shop other-shop   these two
  manage.py ingest my-shop --accept-drop
                                        believe a catalogue that shrank by half"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("providers", nargs="*", metavar="PROVIDER", help="slug of a provider")
        parser.add_argument(
            "--accept-drop",
            action="store_true",
            help="believe it when a catalogue has less than half of its offers",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        runs.reap()
        with interruptible() as interrupt:
            try:
                providers = _chosen(options["providers"])
                with (
                    demo_shops_for([p.url for p in providers]),
                    self._progress(providers) as report,
                ):
                    run = runs.create_run(
                        trigger=Trigger.COMMAND, providers=providers, now=timezone.now()
                    )
                    run = execute(
                        run.pk,
                        stop=interrupt,
                        on_progress=report,
                        accept_drop=options["accept_drop"],
                    )
            except IngestionError as error:
                raise wrong_use(f"{error}. {error.hint}".strip()) from error
        parts = list(run.provider_runs.select_related("provider").order_by("provider__slug"))
        self._print(run, parts)
        if interrupt.is_set() and any(part.error_code == "shutdown" for part in parts):
            raise CommandError(
                "Stopped. What was stored stays; the next run goes on.",
                returncode=interrupt.exit_code,
            )
        failed = [p.provider.slug for p in parts if p.status != ProviderRunStatus.COMPLETED]
        if failed:
            raise CommandError(
                f"{len(failed)} of {len(parts)} providers failed: {', '.join(failed)}",
                returncode=1,
            )

    @contextlib.contextmanager
    def _progress(self, providers: Sequence[Provider]) -> Iterator[Callable[[Progress], None]]:
        """Show how far each provider is: a bar each on a terminal, else a line at its end."""
        if not self.stderr.isatty():
            yield self._report_end
            return
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} offers", justify="right"),
            TimeElapsedColumn(),
        )
        with terminal.progress_on_stderr(*columns) as progress:
            tasks = {
                # As many offers as the last time is the best guess there is.
                one.slug: progress.add_task(one.slug, total=one.offers_last_run or None)
                for one in providers
            }

            def report(now: Progress) -> None:
                task = tasks[now.provider]
                progress.update(task, completed=now.seen)
                if now.finished:
                    progress.update(task, total=now.seen or 1)

            yield report

    def _report_end(self, now: Progress) -> None:
        if now.finished:
            self.stderr.write(f"{now.provider}: {now.seen} offers")

    def _print(self, run: Run, parts: Sequence[ProviderRun]) -> None:
        self.stdout.write(
            terminal.table(self.stdout, COLUMNS, [_row(part) for part in parts], right=FIGURES)
        )
        self.stdout.write(
            f"\nRun {run.pk} {run.status}: {run.providers_completed} of {run.providers_total}"
            f" providers, {run.offers_seen} offers, {run.offers_new} new,"
            f" {run.offers_changed} changed, {run.offers_rejected} rejected"
        )


def _chosen(slugs: Sequence[str]) -> list[Provider]:
    return readable(slugs) if slugs else list(runs.fetched_providers())


def _row(part: ProviderRun) -> tuple[object, ...]:
    began, ended = part.claimed_at or part.started_at, part.finished_at
    seconds = max(0.0, (ended - began).total_seconds()) if ended else None
    return (
        part.provider.slug,
        part.status,
        part.offers_seen,
        part.offers_new,
        part.offers_changed,
        part.offers_rejected,
        part.offers_missing,
        part.requests,
        None if seconds is None else f"{seconds:.1f}",
        f"{part.error_code}: {part.error}" if part.error_code else None,
    )
