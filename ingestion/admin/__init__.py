"""The admin of providers and runs. Importing it registers it."""

from ingestion.admin import providers, pushed, runs

__all__ = ["providers", "pushed", "runs"]
