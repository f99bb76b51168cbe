"""The composition root as a Django app: system checks and the `serve` family of commands."""

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class PriceStreamConfig(AppConfig):
    """Registers the system checks and the groups."""

    name = "pricestream"
    verbose_name = "PriceStream"

    def ready(self) -> None:
        """Register them, and let each migration leave the groups in place."""
        from pricestream import checks  # noqa: F401 registers itself
        from pricestream.groups import ensure_groups

        # This app has no models, and so gets no signal of its own.
        post_migrate.connect(ensure_groups, sender=apps.get_app_config("ingestion"))


class PriceStreamAdminConfig(AdminConfig):
    """Django's admin, with our site."""

    default_site = "pricestream.admin_site.PriceStreamAdminSite"
