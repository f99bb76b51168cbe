"""What a price is and its history."""

from django.apps import AppConfig


class PricesConfig(AppConfig):
    """Products, offers and prices."""

    name = "prices"
    default_auto_field = "django.db.models.BigAutoField"
