"""The composition root as a Django app: system checks and the `serve` family of commands."""

from django.apps import AppConfig


class PriceStreamConfig(AppConfig):
    """Registers the system checks."""

    name = "pricestream"
    verbose_name = "PriceStream"

    def ready(self) -> None:
        """Register them."""
        from pricestream import checks  # noqa: F401 registers itself
