"""The admin as a whole: who gets in, what they see, and what is not there."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ingestion.demo import seeding

pytestmark = pytest.mark.django_db

OURS = [model for model in admin.site._registry if model._meta.app_label in {"ingestion", "prices"}]
LISTS = [f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in OURS]


def signed_in(**fields: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("someone", password=None, **fields))
    return client


@pytest.fixture
def superuser() -> Client:
    return signed_in(is_staff=True, is_superuser=True)


def test_every_model_of_ours_is_there() -> None:
    assert {model.__name__ for model in OURS} == {
        *("Provider", "Run", "ProviderRun", "PushedRequest", "SignOfLife"),
        *("Product", "Offer", "Price", "CheckedSpan", "Absence"),
    }


def test_what_runs_code_or_shows_tokens_is_not_there() -> None:
    assert {model._meta.app_label for model in admin.site._registry} == {
        "auth",
        "ingestion",
        "prices",
    }


def test_strangers_sign_in_where_the_pages_do(client: Client) -> None:
    response = client.get("/admin/ingestion/run/", follow=True)

    assert response.redirect_chain[-1][0] == "/accounts/login/?next=/admin/ingestion/run/"


def test_signing_in_leads_back_to_where_one_wanted_to_go(client: Client) -> None:
    User.objects.create_superuser("boss", password="a long pass phrase")

    response = client.post(
        "/accounts/login/?next=/admin/",
        {"username": "boss", "password": "a long pass phrase", "next": "/admin/"},
        follow=True,
    )

    assert response.redirect_chain[-1][0] == "/admin/"
    assert b"<title>Administration | PriceStream</title>" in re.sub(rb"\s+", b" ", response.content)


def test_leads_nowhere_else_after_signing_in(client: Client) -> None:
    response = client.get("/admin/login/?next=https://evil.example/")

    assert response.headers["Location"] == "/accounts/login/?next=https%3A//evil.example/"
    User.objects.create_superuser("boss", password="a long pass phrase")
    done = client.post(
        response.headers["Location"],
        {
            "username": "boss",
            "password": "a long pass phrase",
            "next": "https://evil.example/",
        },
    )
    assert done.headers["Location"] == reverse("dashboard:overview")


def test_signing_out_needs_a_post_and_ends_the_session(superuser: Client) -> None:
    assert superuser.get("/admin/logout/").status_code == 405

    response = superuser.post("/admin/logout/")

    assert response.headers["Location"] == reverse("login")
    assert superuser.get("/admin/").status_code == 302


def test_who_is_no_staff_is_told_so_without_a_circle() -> None:
    response = signed_in().get("/admin/", follow=True)

    assert [path for path, _ in response.redirect_chain] == [
        "/admin/login/?next=/admin/",
        "/accounts/login/?next=/admin/",
    ]
    assert b"who may not open that page" in response.content


@pytest.mark.parametrize("name", LISTS)
def test_staff_without_rights_see_nothing(name: str) -> None:
    staff = signed_in(is_staff=True)

    assert staff.get(reverse(name)).status_code == 403
    assert b"have permission to view or edit anything" in staff.get("/admin/").content


@pytest.mark.parametrize("name", LISTS)
def test_viewers_see_everything_of_ours_and_change_nothing(name: str) -> None:
    viewer = signed_in(is_staff=True)
    User.objects.get().groups.add(Group.objects.get(name="viewer"))

    response = viewer.get(reverse(name))

    assert response.status_code == 200
    assert b"Run now" not in response.content
    assert viewer.get(reverse(name.replace("_changelist", "_add"))).status_code == 403


@pytest.mark.parametrize("path", ["user/", "user/add/", "group/", "group/add/"])
def test_users_and_groups_are_for_superusers(path: str, superuser: Client) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    staff = Client()
    staff.force_login(clerk)

    assert staff.get(f"/admin/auth/{path}").status_code == 403
    assert b"/admin/auth/" not in staff.get("/admin/").content
    assert superuser.get(f"/admin/auth/{path}").status_code == 200


def test_every_page_keeps_to_the_content_security_policy(superuser: Client) -> None:
    seeding.seed(timezone.now(), "http://127.0.0.1:8001")
    paths = ["/admin/", "/admin/ingestion/", "/admin/ingestion/provider/add/", "/admin/auth/user/"]
    for model in OURS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths.append(reverse(f"{name}_changelist"))
        key = model._default_manager.values_list("pk", flat=True).first()
        if key is not None:
            paths.append(reverse(f"{name}_change", args=[key]))

    for path in paths:
        response = superuser.get(path)
        assert response.status_code == 200, path
        body = response.content.decode()
        assert not re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", body), path
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", body), path
        assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    assert len(paths) >= 20
