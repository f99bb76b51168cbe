"""The signed-in user's own page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.http import require_safe

from dashboard.client import Api
from dashboard.views.page import page

# What a person can do here, by the permission that the API asks for.
ABILITIES = (
    ("ingestion.add_run", "start runs"),
    ("ingestion.add_provider", "add providers"),
    ("ingestion.change_provider", "change, check and delete providers"),
    ("prices.add_price", "push prices"),
)


@require_safe
@page
def account(request: HttpRequest, api: Api) -> HttpResponse:
    """Show who is signed in and what they may do."""
    me = api.get("auth/me")
    may = [(text, name in me["permissions"]) for name, text in ABILITIES]
    return render(request, "dashboard/account.html", {"me": me, "abilities": may})


class PasswordView(PasswordChangeView):
    """Change one's own password. It ends the API tokens that were made before."""

    template_name = "dashboard/password.html"
    success_url = reverse_lazy("dashboard:account")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Write labels as the other forms do, without a colon."""
        return {**super().get_form_kwargs(), "label_suffix": ""}

    def form_valid(self, form):  # type: ignore[no-untyped-def]  # as Django has it
        """Say that it worked."""
        messages.success(self.request, "The password is changed.")
        return super().form_valid(form)
