"""The data directory, and the secrets that are made in it at the first start."""

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from pricestream.accepted import MIN_SECRET_KEY_LENGTH
from pricestream.config import BASE_DIR, SettingError

NAME = "PRICESTREAM_DATA_DIR"


def data_directory(name: str) -> Path:
    """Return the data directory, made if need be, for this user's eyes only.

    Raises:
        SettingError: it cannot be made or written.
    """
    path = (BASE_DIR / name).resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(NAME, name, "a directory that can be made") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise SettingError(NAME, name, "a directory that can be written")
    return path


def generated_secret(path: Path) -> str:
    """Return the secret kept in `path`, made at the first call with mode 0600.

    Two processes that start at once agree: the file is linked into place whole, and
    whoever comes second reads what the first one wrote.

    Raises:
        SettingError: it cannot be made or read, or somebody shortened it.
    """
    try:
        if not path.exists():
            _make_secret(path)
        secret = path.read_text().strip()
    except OSError as error:
        raise SettingError(NAME, str(path), "a file that can be made and read") from error
    if len(secret) < MIN_SECRET_KEY_LENGTH:
        raise SettingError(
            NAME, str(path), "a secret as it was made; delete the file to have a new one"
        )
    return secret


def _make_secret(path: Path) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()


def derived_secret(secret: str, purpose: str) -> str:
    """Return a secret for `purpose` that tells nothing of `secret`, the same on every machine."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()
