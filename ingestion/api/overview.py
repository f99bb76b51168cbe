"""What the first page shows, in one answer."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncDay
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ingestion.api.serializers import RunDetailSerializer, RunSerializer
from ingestion.liveness import last_beat
from ingestion.models import Provider, Run, RunStatus
from ingestion.providers import health_of
from prices.selectors.products import move_of, movers, totals

MOVERS = 6
LAST_RUNS = 48  # eight hours at the usual interval
DAYS = 14


class OverviewView(APIView):
    """The state of everything at a glance."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return counts, the run that is going on, the last ones, providers and moves."""
        now = timezone.now()
        yesterday = now - timedelta(hours=24)
        providers = list(Provider.objects.order_by("name", "id")[:500])
        health = health_of(providers, now=now)
        running = Run.objects.filter(status=RunStatus.RUNNING).order_by("started_at").first()
        next_due = Provider.objects.filter(enabled=True).aggregate(at=Min("next_due_at"))["at"]
        return Response(
            {
                "now": now,
                "totals": totals(since=yesterday),
                "running": RunDetailSerializer(running).data if running else None,
                "runs": RunSerializer(
                    Run.objects.order_by("-started_at", "-id")[:LAST_RUNS], many=True
                ).data,
                "runs_by_status": _by_status(now - timedelta(days=DAYS)),
                "days": _days(now),
                "next_due_at": next_due,
                "scheduler_seen_at": last_beat(),
                "providers": [
                    {
                        "slug": provider.slug,
                        "name": provider.name,
                        "enabled": provider.enabled,
                        "kind": provider.kind,
                        "kind_label": provider.get_kind_display(),
                        "is_demo": provider.is_demo,
                        "last_success_at": provider.last_success_at,
                        "not_before": provider.not_before,
                        "circuit": health[provider.pk].circuit,
                        "success_rate": health[provider.pk].success_rate,
                        "freshness_s": health[provider.pk].freshness_s,
                        "last_error_code": provider.last_error_code,
                        "offers": provider.offers_last_run,
                    }
                    for provider in providers
                ],
                "drops": _moves(yesterday, down=True),
                "rises": _moves(yesterday, down=False),
            }
        )


def _by_status(since: Any) -> dict[str, int]:
    counted = Run.objects.filter(started_at__gte=since).values_list("status").annotate(Count("pk"))
    return {**dict.fromkeys(RunStatus.values, 0), **dict(counted.order_by())}


def _days(now: Any) -> list[dict[str, Any]]:
    """Return per day how many runs, and provider runs, completed and failed."""
    rows = (
        Run.objects.filter(started_at__gte=now - timedelta(days=DAYS))
        .annotate(day=TruncDay("started_at"))
        .values("day")
        .annotate(
            completed=Count("pk", filter=Q(status=RunStatus.COMPLETED)),
            failed=Count("pk", filter=Q(status=RunStatus.FAILED)),
            providers_completed=Sum("providers_completed"),
            providers_failed=Sum("providers_failed"),
        )
        .order_by("day")
    )
    return [{**row, "day": row["day"].date().isoformat()} for row in rows]


def _moves(since: Any, *, down: bool) -> list[dict[str, Any]]:
    return [move_of(offer) for offer in movers(since=since, count=MOVERS, down=down)]
