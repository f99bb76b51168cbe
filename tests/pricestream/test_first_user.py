"""The first user."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from pricestream.first_user import create_first_user, sign_in

pytestmark = pytest.mark.django_db


def test_is_a_superuser_with_a_password_that_was_made_up() -> None:
    password = create_first_user("ada", "")

    user = get_user_model().objects.get()
    assert (user.username, user.is_superuser, user.is_staff) == ("ada", True, True)
    assert password is not None
    assert len(password) == 16
    assert user.check_password(password)


def test_two_made_up_passwords_differ() -> None:
    first = create_first_user("ada", "")
    get_user_model().objects.all().delete()

    assert create_first_user("ada", "") not in (first, None)


def test_has_the_password_that_was_given_and_nobody_is_told_it() -> None:
    assert create_first_user("ada", "given-password") is None

    assert get_user_model().objects.get().check_password("given-password")


def test_is_not_made_when_there_is_a_user() -> None:
    get_user_model().objects.create_user("eve")

    assert create_first_user("ada", "") is None
    assert list(get_user_model().objects.values_list("username", flat=True)) == ["eve"]


def test_sign_in_shows_a_made_up_password_once(settings: Any) -> None:
    settings.ENV = {"PRICESTREAM_ADMIN_USERNAME": "ada", "PRICESTREAM_ADMIN_PASSWORD": ""}

    first, second = sign_in(), sign_in()

    assert "Sign in as   ada" in first
    assert "Password     " in first
    assert "Sign in as   ada" in second
    assert "Password     " not in second


def test_sign_in_never_shows_a_password_that_was_given(settings: Any) -> None:
    settings.ENV = {"PRICESTREAM_ADMIN_USERNAME": "ada", "PRICESTREAM_ADMIN_PASSWORD": "g1venpass"}

    assert "g1venpass" not in sign_in()
