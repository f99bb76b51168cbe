"""The first user: made once, with a password that nobody else has."""

import secrets

from django.contrib.auth import get_user_model

ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 16


def create_first_user(username: str, password: str) -> str | None:
    """Make a superuser when there is no user yet; return the password if it was made up."""
    users = get_user_model()
    if users.objects.exists():
        return None
    made_up = None if password else "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    users.objects.create_superuser(username, email="", password=password or made_up)
    return made_up
