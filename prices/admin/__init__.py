"""The admin of products, offers, prices and the proof of checking. Importing it registers it."""

from prices.admin import history, offers, products

__all__ = ["history", "offers", "products"]
