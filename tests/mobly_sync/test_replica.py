"""Pages that only look may read from a replica; whoever has just changed something reads what they wrote."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import router
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from leads.models import Lead, User
from mobly_sync.replica import COOKIE, RememberChanges, may_read_replica
from reconciliation.models import SyncRecord


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES, "replica", settings.DATABASES["default"])


@may_read_replica
def where(request: HttpRequest, model: Any = Lead) -> HttpResponse:
    return HttpResponse(router.db_for_read(model))


@may_read_replica
def streamed(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(router.db_for_read(Lead) for _ in range(2))


def test_a_page_that_only_looks_reads_leads_and_sync_records_from_the_replica(
    replica: None, rf: RequestFactory
) -> None:
    assert where(rf.get("/")).content == b"replica"
    assert where(rf.get("/"), SyncRecord).content == b"replica"


def test_an_export_reads_from_the_replica_while_it_is_sent(replica: None, rf: RequestFactory) -> None:
    assert list(streamed(rf.get("/"))) == [b"replica", b"replica"]


def test_after_the_page_reads_go_to_the_primary_again(replica: None, rf: RequestFactory) -> None:
    where(rf.get("/"))

    assert router.db_for_read(Lead) == "default"


def test_who_is_signed_in_is_read_from_the_primary(replica: None, rf: RequestFactory) -> None:
    assert where(rf.get("/"), User).content == b"default"


def test_everything_is_written_to_the_primary(replica: None, rf: RequestFactory) -> None:
    @may_read_replica
    def write(request: HttpRequest) -> HttpResponse:
        return HttpResponse(router.db_for_write(Lead))

    assert write(rf.get("/")).content == b"default"


def test_whoever_has_just_changed_something_reads_the_primary(replica: None, rf: RequestFactory) -> None:
    changed = RememberChanges(lambda request: HttpResponse())(rf.post("/"))
    request = rf.get("/")
    request.COOKIES[COOKIE] = changed.cookies[COOKIE].value

    assert changed.cookies[COOKIE]["max-age"] == settings.REPLICA_LAG_SECONDS
    assert where(request).content == b"default"


def test_without_a_replica_there_is_no_cookie_and_the_primary_answers(rf: RequestFactory) -> None:
    assert COOKIE not in RememberChanges(lambda request: HttpResponse())(rf.post("/")).cookies
    assert where(rf.get("/")).content == b"default"
