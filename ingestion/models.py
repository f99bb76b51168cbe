"""Providers, runs, provider runs, and the sign of life of the scheduler."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from ingestion.adapters.registry import kind_choices


class RunStatus(models.TextChoices):
    """How a run stands; the words of the API."""

    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"


class ProviderRunStatus(models.TextChoices):
    """How one provider's part of a run stands."""

    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    SKIPPED = "Skipped"


class Trigger(models.TextChoices):
    """What started a run."""

    STARTUP = "startup"
    SCHEDULE = "schedule"
    COMMAND = "command"
    API = "api"
    ADMIN = "admin"
    DEMO = "demo"


def validate_options(value: object) -> None:
    """Refuse adapter options that are not a JSON object."""
    if not isinstance(value, dict):
        raise ValidationError("Options are a JSON object, for example {}.")


class Provider(models.Model):
    """A shop, platform or feed that prices come from.

    The health columns are kept by the runs. `next_due_at` is the next slot of its schedule;
    `not_before` is what the provider itself asked for (Retry-After) or what the circuit
    breaker decided after failures in a row.
    """

    slug = models.SlugField(
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", "Use a-z, 0-9, hyphens, underscores.")
        ],
    )
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32, choices=kind_choices)
    url = models.CharField(max_length=2048, blank=True)
    currency = models.CharField(
        max_length=3,
        null=True,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}$", "An ISO 4217 code, for example EUR.")],
        help_text="What prices without a currency of their own are in. Empty: unknown.",
    )
    enabled = models.BooleanField(default=True)
    interval_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10080)],
        help_text="Empty: as often as the service itself.",
    )
    options = models.JSONField(default=dict, blank=True, validators=[validate_options])
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    next_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    not_before = models.DateTimeField(null=True, blank=True, editable=False)
    failures_in_a_row = models.PositiveIntegerField(default=0, editable=False)
    last_success_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error_code = models.CharField(max_length=40, blank=True, editable=False)
    offers_last_run = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        """By name."""

        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["enabled", "next_due_at"], name="provider_due")]

    def __str__(self) -> str:
        return self.name

    @property
    def interval(self) -> timedelta:
        """How often it is read."""
        return timedelta(minutes=self.interval_minutes or settings.INTERVAL_MINUTES)


_ENDED = Q(finished_at__isnull=False)


class Run(models.Model):
    """One ingestion cycle over the providers that were due. Counts are those of its parts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.RUNNING)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    providers_total = models.PositiveIntegerField(default=0)
    providers_completed = models.PositiveIntegerField(default=0)
    providers_failed = models.PositiveIntegerField(default=0)
    providers_skipped = models.PositiveIntegerField(default=0)
    offers_seen = models.PositiveIntegerField(default=0)
    offers_changed = models.PositiveIntegerField(default=0)
    offers_new = models.PositiveIntegerField(default=0)
    offers_rejected = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=1000, blank=True)

    class Meta:
        """Newest first; Running if and only if it has no end."""

        ordering: ClassVar = ["-started_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["-started_at", "-id"], name="run_newest"),
            models.Index(fields=["status", "-started_at"], name="run_status"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(status=RunStatus.RUNNING) & ~_ENDED)
                | (~Q(status=RunStatus.RUNNING) & _ENDED),
                name="run_ended_or_running",
            ),
            models.CheckConstraint(
                condition=~Q(status=RunStatus.FAILED) | ~Q(error_code=""),
                name="run_failed_has_code",
            ),
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values), name="run_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.status}"


class ProviderRun(models.Model):
    """One provider's part of a run.

    It is Running from the moment the run is made. Whoever sets `claimed_at` does the work,
    proves it with `token`, and renews `lease_until` while alive; when the lease has passed,
    anyone may end it as Failed. Each batch of prices is written in the transaction that
    renews the lease, so a process that was taken for dead can write nothing more.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="provider_runs")
    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="provider_runs", db_index=False
    )
    status = models.CharField(
        max_length=10, choices=ProviderRunStatus.choices, default=ProviderRunStatus.RUNNING
    )
    started_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True, editable=False)
    holder = models.CharField(max_length=200, blank=True, editable=False)
    lease_until = models.DateTimeField(editable=False)

    pages = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    retries = models.PositiveIntegerField(default=0)
    bytes_received = models.PositiveBigIntegerField(default=0)
    offers_seen = models.PositiveIntegerField(default=0)
    offers_new = models.PositiveIntegerField(default=0)
    offers_changed = models.PositiveIntegerField(default=0)
    offers_unchanged = models.PositiveIntegerField(default=0)
    offers_rejected = models.PositiveIntegerField(default=0)
    offers_missing = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=1000, blank=True)

    class Meta:
        """At most one running per provider, on every engine."""

        ordering: ClassVar = ["-started_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["provider", "-started_at"], name="provider_run_newest"),
            models.Index(
                fields=["lease_until"],
                name="provider_run_lease",
                condition=Q(status=ProviderRunStatus.RUNNING),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(status=ProviderRunStatus.RUNNING),
                name="provider_run_one_running",
            ),
            models.UniqueConstraint(fields=["run", "provider"], name="provider_run_once_per_run"),
            models.CheckConstraint(
                condition=(Q(status=ProviderRunStatus.RUNNING) & ~_ENDED)
                | (~Q(status=ProviderRunStatus.RUNNING) & _ENDED),
                name="provider_run_ended_or_running",
            ),
            models.CheckConstraint(
                condition=~Q(status=ProviderRunStatus.FAILED) | ~Q(error_code=""),
                name="provider_run_failed_has_code",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ProviderRunStatus.values),
                name="provider_run_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.status}"


class SignOfLife(models.Model):
    """When a background process last did work; health is judged by it, not by processes."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        """Plural for the admin."""

        verbose_name_plural = "signs of life"

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"


class PushedRequest(models.Model):
    """The answer to a push that carried an Idempotency-Key, kept so that a repeat gets it."""

    user_id = models.PositiveBigIntegerField()
    key = models.CharField(max_length=255)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        """A key is a user's own."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user_id", "key"], name="pushed_request_key"),
        ]

    def __str__(self) -> str:
        return self.key
