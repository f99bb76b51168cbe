"""What every page has in common: it is for signed-in users, and asks the API."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from dashboard.client import Api, api_for
from dashboard.errors import ApiError, ConflictError

P = ParamSpec("P")


def page(
    view: Callable[Concatenate[HttpRequest, Api, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Make a view of a function that is handed the API.

    Signed-in users only; what the API refuses becomes a page that says what to do.
    """

    @login_required
    @functools.wraps(view)
    def shown(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, api_for(request), *args, **kwargs)
        except ApiError as error:
            context = {"error": error, "message": str(error)}
            return render(request, "dashboard/error.html", context, status=error.status)

    return shown


def back(request: HttpRequest, otherwise: str, *args: Any) -> HttpResponse:
    """Return to the page that the form named, if it is one of ours."""
    wanted = request.POST.get("back", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return redirect(wanted)
    return redirect(otherwise, *args)


def start_run(request: HttpRequest, api: Api, providers: list[str]) -> HttpResponse:
    """Start a run and go to its page; when it cannot start now, say so where we came from."""
    try:
        run = api.post("runs", {"providers": providers} if providers else {})
    except ConflictError as error:
        messages.warning(request, str(error))
        return back(request, "dashboard:overview")
    return redirect("dashboard:run", run["id"])
