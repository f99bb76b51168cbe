"""The admin: one sign-in with the pages, and without what could run code or show tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

# A schedule is any function by name, and results are pickles: whoever may edit them runs code.
# The tokens of others would be shown in full.
LEFT_OUT: Final = frozenset({"django_q", "token_blacklist"})


class PriceStreamAdminSite(AdminSite):
    """Django's admin site, with our names."""

    site_header = "PriceStream"
    site_title = "PriceStream"
    index_title = "Administration"

    def register(
        self,
        model_or_iterable: type[Any] | Iterable[type[Any]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Register models, but for those of libraries that are left out."""
        given = model_or_iterable
        models: list[type[Model]] = [given] if isinstance(given, type) else list(given)
        kept = [model for model in models if model._meta.app_label not in LEFT_OUT]
        super().register(kept, admin_class, **options)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send everybody to the sign-in of the pages, which tells who is no staff so."""
        return redirect_to_login(request.GET.get("next") or request.get_full_path())

    def logout(  # type: ignore[override]  # Django's own answers with its template
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign out of everything."""
        return LogoutView.as_view()(request)
