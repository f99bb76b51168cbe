"""The OpenAPI schema, its page, and the list of what the API has."""

from typing import Any, Final

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

LISTED: Final = (
    "overview",
    "products",
    "providers",
    "runs",
    "track",
    "export.csv",
    "export.jsonl",
    "auth/me",
    "schema",
    "docs",
)
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem (RFC 9457). `code` is stable; `errors` names the fields, if any.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {},
    },
    "required": ["type", "title", "status", "detail", "code"],
}


class BearerScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """Tells the schema what `BearerAuthentication` is."""

    target_class = "pricestream.authentication.BearerAuthentication"


class RootView(APIView):
    """Where everything is."""

    @extend_schema(operation_id="root", responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Return the addresses of the API, by name."""
        root = reverse("api-root", request=request)
        return Response({name: f"{root}{name}" for name in LISTED})


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema; `?format=json` or the Accept header choose JSON instead of YAML."""

    def _get_version_parameter(self, request: Request) -> None:
        """Know one version only: what the query says would end up in a header."""


class DocsView(SpectacularSwaggerSplitView):
    """The schema as a page to read and to try."""

    template_name = "api_docs.html"

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Answer with the page, whatever the Accept header says."""
        return super().perform_content_negotiation(request, force=True)


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to each operation of the schema the problems it can answer with."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            stated = [status for status in responses if status[0] in "45"]
            for status in [*stated, *_problems_of(path, method, operation)]:
                responses[status] = _problem(status) | responses.get(status, {})
    return result


def _problems_of(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    queries = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    found = ["401"]
    if "requestBody" in operation:
        found += ["400", "413", "415"]
    if queries:
        found += ["400"]
    if "{" in path or any(one["name"] == "page" for one in queries):
        found += ["404"]
    if method != "get" and {} not in operation.get("security", []):
        found += ["403"]
    return [*sorted(set(found)), "default"]


def _problem(status: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": _WORDS.get(status, "A problem."),
        "content": {"application/problem+json": {"schema": schema}},
    }


_WORDS: Final = {
    "400": "The request is not valid; `errors` names the fields.",
    "401": "Not signed in, or not any more.",
    "403": "Not permitted.",
    "404": "There is no such thing.",
    "413": "The body is too large.",
    "415": "The body is of another kind than this takes.",
}
