"""The first user: made once, with a password that nobody else has."""

import secrets
from typing import Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

ALPHABET: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH: Final = 16
RULE: Final = "-" * 72


def create_first_user(username: str, password: str) -> str | None:
    """Make a superuser when there is no user yet; return the password if it was made up."""
    users = get_user_model()
    if users.objects.exists():
        return None
    made_up = None if password else "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    try:
        with transaction.atomic():
            users.objects.create_superuser(username, email="", password=password or made_up)
    except IntegrityError:  # another process made it in this instant, and tells its password
        return None
    return made_up


def sign_in() -> str:
    """Make the first user if there is none, and return what a person needs to sign in.

    A password that was made up is in it, this once.
    """
    username = settings.ENV["PRICESTREAM_ADMIN_USERNAME"]
    password = create_first_user(username, settings.ENV["PRICESTREAM_ADMIN_PASSWORD"])
    change = f"`manage.py changepassword {username}`"
    if password is None:
        return f"  Sign in as   {username}  (password forgotten? {change})"
    return (
        f"  Sign in as   {username}\n"
        f"  Password     {password}\n"
        f"  It is shown this once. {change} sets another."
    )
