from __future__ import annotations

from django.db import models

from integrations.models import Integration


class RemoteCompany(models.Model):
    """A company we wrote or found at the vendor, by what identifies it (its domain, else its name).

    Kept because a vendor's search index lags behind its own writes: the next batch must not create the company again.
    Without a remote id it is one that may be created this moment; `seen_at` is when that was sent.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="remote_companies")
    identity = models.CharField(max_length=300)
    object = models.CharField(max_length=100)
    remote_id = models.CharField(max_length=100, blank=True)
    seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "remote companies"
        constraints = [
            models.UniqueConstraint(fields=["integration", "identity"], name="one_remote_company_per_identity")
        ]

    def __str__(self) -> str:
        return self.identity
