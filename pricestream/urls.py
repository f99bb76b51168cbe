"""All addresses: the API, the pages, the admin and the health checks."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import URLPattern, URLResolver, include, path

from pricestream import health
from pricestream.auth import LogoutView, MeView, RefreshView, TokenView
from pricestream.schema import DocsView, RootView, SchemaView

api: list[URLPattern | URLResolver] = [
    path("", RootView.as_view(), name="api-root"),
    path("auth/token", TokenView.as_view(), name="auth-token"),
    path("auth/refresh", RefreshView.as_view(), name="auth-refresh"),
    path("auth/logout", LogoutView.as_view(), name="auth-logout"),
    path("auth/me", MeView.as_view(), name="auth-me"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="schema"), name="docs"),
    path("", include("ingestion.urls")),
    path("", include("prices.urls")),
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/login/", auth_views.LoginView.as_view(), name="login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("", include("dashboard.urls")),
]

handler400 = "pricestream.problems.bad_request"
handler403 = "pricestream.problems.forbidden"
handler404 = "pricestream.problems.not_found"
handler500 = "pricestream.problems.server_error"
