"""The pages: a client of the REST API like any other."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """No models: everything shown comes from the API."""

    name = "dashboard"
