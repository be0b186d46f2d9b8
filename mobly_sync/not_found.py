"""Our own page for what is not there, in development as well: people try the product where debug is on."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found

Answer = Callable[[HttpRequest], HttpResponse]


class DesignedNotFound:
    """Middleware: with debug on Django shows its list of addresses instead of `404.html`, to Reps too."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if settings.DEBUG and response.status_code == 404 and request.resolver_match is None:
            return page_not_found(request, Http404())
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return page_not_found(request, exception) if settings.DEBUG and isinstance(exception, Http404) else None
