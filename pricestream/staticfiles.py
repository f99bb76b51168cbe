"""Static files: collected once into the data directory, and again when one changed."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The API's page is Swagger's; the other one comes along in the package and is never served.
NOT_SERVED = ["redoc"]


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types
    """Packs with gzip alone, also where Brotli happens to be installed.

    Brotli takes twenty times as long, which would be most of the first start.
    """

    def create_compressor(self, **options: Any) -> Compressor:
        """Return what packs the files."""
        return Compressor(use_brotli=False, **options)


def collect(say: Callable[[str], None]) -> None:
    """Collect the static files unless none changed: hashing and packing takes a while."""
    if are_collected():
        return
    say("Collecting static files ...")
    call_command(
        "collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=NOT_SERVED
    )
    _stamp().write_text(_digest())


def are_collected() -> bool:
    """Say whether the collected files are those of this version."""
    return _stamp().exists() and _stamp().read_text() == _digest()


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT, ".collected")


def _digest() -> str:
    digest = hashlib.sha256(settings.VERSION.encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            digest.update(f"{path}:{storage.size(path)}".encode())
            if path.startswith("dashboard/"):
                digest.update(str(storage.get_modified_time(path)).encode())
    return digest.hexdigest()
