"""For every test: static files as `collectstatic` would leave them, without running it."""

from typing import Any

import pytest
from django.conf import settings as configured


@pytest.fixture(autouse=True)
def _static_files(settings: Any) -> None:
    configured.STATIC_ROOT.mkdir(exist_ok=True)
    settings.STORAGES = {
        **configured.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
