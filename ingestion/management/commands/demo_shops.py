"""`manage.py demo_shops`: the demo shops alone, put into the database, or taken out of it."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from ingestion.adapters.registry import kind_choices
from ingestion.demo import seeding
from ingestion.demo.assortment import SHOPS
from ingestion.demo.running import PORT, serving
from ingestion.demo.server import shop_url
from ingestion.management.interrupt import interruptible
from prices.management import terminal
from prices.management.command import ExplainedCommand, wrong_use


class Command(ExplainedCommand):
    help = (
        "Serve the demo shops alone on loopback, for trying adapters, until Ctrl-C; or put them"
        " into the database with 90 days of made-up history, or take all of that out again."
        " `serve` and `ingest` serve the shops by themselves while they are in the database."
    )
    examples = """\
  manage.py demo_shops --port 8001    in one terminal, and in another
  PRICESTREAM_ALLOW_PRIVATE_NETWORKS=127.0.0.1/32 \\
      manage.py provider check http://127.0.0.1:8001/nordlicht
  manage.py demo_shops --remove       take out everything of the demo"""

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--port",
            type=int,
            default=PORT,
            help=f"port to serve them on; 0 takes a free one (default: {PORT})",
        )
        what.add_argument("--seed", action="store_true", help="put them into the database")
        what.add_argument("--remove", action="store_true", help="take them out of it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self._remove()
        elif options["seed"]:
            self._seed()
        else:
            self._serve(options["port"])

    def _serve(self, port: int) -> None:
        if not 0 <= port <= 65535:
            raise wrong_use(f"--port {port}: a port is 0 to 65535.")
        with interruptible() as interrupt:
            try:
                with serving(port, faults=False) as server:
                    self._print(server.url)
                    interrupt.wait()
            except OSError as error:
                raise wrong_use(
                    f"--port {port} cannot be used ({error.strerror}); 0 takes a free one."
                ) from error

    def _print(self, base: str) -> None:
        labels = dict(kind_choices())
        rows = [
            (labels.get(shop.kind, shop.kind), shop_url(shop, base), shop.currency, shop.name)
            for shop in SHOPS
        ]
        self.stdout.write(terminal.table(self.stdout, ("kind", "URL", "currency", "name"), rows))
        self.stdout.write("\nCtrl-C stops them.")
        self.stdout.flush()

    def _seed(self) -> None:
        if seeding.is_seeded():
            self.stdout.write("The demo shops are in the database already.")
            return
        seeding.seed(timezone.now(), f"http://127.0.0.1:{PORT}")
        self.stdout.write("The demo shops are in the database, with 90 days of made-up history.")

    def _remove(self) -> None:
        if not seeding.is_seeded():
            self.stdout.write("There is nothing of the demo shops in the database.")
            return
        deleted = seeding.remove()
        self.stdout.write(f"The demo shops are removed: {deleted} offers with their history.")
