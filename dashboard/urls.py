"""Addresses of the pages."""

from django.urls import path

from dashboard.views import account, adding, icon, overview, product, products, providers, runs

app_name = "dashboard"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("favicon.ico", icon.icon, name="icon"),
    path("products/", products.products, name="products"),
    path("products/<int:product_id>/", product.product, name="product"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<uuid:run_id>/", runs.run, name="run"),
    path("runs/<uuid:run_id>/progress/", runs.progress, name="run-progress"),
    path("providers/", providers.providers, name="providers"),
    path("providers/add/", adding.add, name="provider-add"),
    path("providers/<slug:slug>/", providers.provider, name="provider"),
    path("providers/<slug:slug>/check/", providers.check, name="provider-check"),
    path("providers/<slug:slug>/switch/", providers.switch, name="provider-switch"),
    path("providers/<slug:slug>/delete/", providers.delete, name="provider-delete"),
    path("account/", account.account, name="account"),
    path("account/password/", account.PasswordView.as_view(), name="password"),
]
