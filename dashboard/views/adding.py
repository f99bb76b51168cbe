"""Adding a provider in two steps: look what an address is, then save it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dashboard.client import Api
from dashboard.errors import InvalidError, NotPermittedError
from dashboard.forms import DetectForm, NewProviderForm
from dashboard.views.page import page

PERMISSION = "ingestion.add_provider"


@require_http_methods(["GET", "HEAD", "POST"])
@page
def add(request: HttpRequest, api: Api) -> HttpResponse:
    """Ask for an address, show what it is, save it. Nothing is stored before the last step."""
    if not request.user.has_perm(PERMISSION):
        raise NotPermittedError("You may not add providers.")
    if request.POST.get("step") == "save":
        return _save(request, api)
    kinds = api.choices("providers", "kind")
    given = request.POST if request.method == "POST" else None
    form = DetectForm(given, kinds=kinds, initial={"url": request.GET.get("url", "")})
    if not form.is_valid():
        return _ask(request, form)
    try:
        finding = api.post("providers/detect", form.body())
    except InvalidError as error:
        form.take(error)
        return _ask(request, form)
    form.fields["url"].widget.attrs.pop("autofocus")
    return render(
        request,
        "dashboard/provider_add.html",
        {"form": form, "finding": finding, "save_form": NewProviderForm.of(finding)},
    )


def _ask(request: HttpRequest, form: DetectForm) -> HttpResponse:
    status = 400 if form.is_bound else 200
    return render(request, "dashboard/provider_add.html", {"form": form}, status=status)


def _save(request: HttpRequest, api: Api) -> HttpResponse:
    form = NewProviderForm(request.POST)
    if form.is_valid():
        try:
            provider = api.post("providers", form.body())
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(
                request, f"{provider['name']} is saved. The next run brings its prices."
            )
            return redirect("dashboard:provider", provider["slug"])
    return render(request, "dashboard/provider_add.html", {"save_form": form}, status=400)
