"""How prices get in."""

from django.apps import AppConfig


class IngestionConfig(AppConfig):
    """Providers, adapters and runs."""

    name = "ingestion"
    default_auto_field = "django.db.models.BigAutoField"
