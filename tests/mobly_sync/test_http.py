"""The one way out, over real sockets: what leaves, what comes back, and which failure is which."""

import gzip
import json
import socket
import subprocess
import sys
import threading
import time

import pytest

from mobly_sync import connection as connections
from mobly_sync import http

HERE = ("127.0.0.1",)


def session(**options) -> http.Session:
    return http.Session(allowed_hosts=HERE, **{"connect_timeout": 5, "read_timeout": 20, "deadline": 30, **options})


def always(body=b"{}", **answer):
    """A script: every request of a connection gets the same answer."""

    def script(server, connection):
        while server.read(connection):
            connection.answer(body, **answer)

    return script


def cut_after_reading(server, connection):
    server.read(connection)
    connection.sock.close()


# --- What leaves ------------------------------------------------------------------------------------------------------


def test_json_and_the_bearer_token_leave_as_given(serve):
    server = serve(always())

    session().request("POST", f"{server.url}/leads", json={"Name": "O’Brien 🎪"}, bearer="abc", headers={"X-One": "1"})

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /leads HTTP/1.1")
    assert b"Authorization: Bearer abc" in head
    assert b"Content-Type: application/json" in head
    assert b"X-One: 1" in head
    assert json.loads(body) == {"Name": "O’Brien 🎪"}


def test_a_form_is_encoded_as_a_browser_would(serve):
    server = serve(always())

    session().request("POST", server.url, form={"grant_type": "password", "password": "a&b=c"})

    assert server.requests[0].endswith(b"\r\n\r\ngrant_type=password&password=a%26b%3Dc")
    assert b"Content-Type: application/x-www-form-urlencoded" in server.requests[0]


def test_text_is_sent_as_utf8_and_keeps_its_own_content_type(serve):
    server = serve(always())

    session().request("POST", server.url, data="<a>é</a>", headers={"Content-Type": "text/xml"})

    assert server.requests[0].endswith("<a>é</a>".encode())
    assert b"Content-Type: text/xml" in server.requests[0]


def test_parameters_are_quoted_into_the_address(serve):
    server = serve(always())

    session().request("GET", f"{server.url}/query", params={"q": "SELECT Id FROM Lead WHERE Email = 'o\\'b@x.com'"})

    assert server.requests[0].startswith(b"GET /query?q=SELECT+Id+FROM+Lead+WHERE+Email+%3D+%27o%5C%27b%40x.com%27 ")


def test_two_bodies_in_one_request_are_a_mistake():
    with pytest.raises(ValueError, match="one body"):
        session().request("POST", "http://127.0.0.1/", json={}, form={})


def test_a_netrc_file_cannot_replace_the_token(serve, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(always())

    session().request("GET", server.url, bearer="ours")

    assert b"Authorization: Bearer ours" in server.requests[0]


def test_a_proxy_of_the_environment_is_not_used(serve, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    server = serve(always())

    assert session().request("GET", server.url).status == 200


def test_cookies_are_not_kept(serve):
    server = serve(always(headers="Set-Cookie: sid=1; Path=/\r\n"))
    out = session()

    out.request("GET", server.url)
    out.request("GET", server.url)

    assert b"cookie" not in server.requests[1].lower()


# --- What comes back --------------------------------------------------------------------------------------------------


def test_an_answer_has_status_headers_of_any_case_and_json(serve):
    server = serve(always(b'{"a": 1}', status="201 Created", headers="X-Request-Id: r1\r\n"))

    answer = session().request("POST", server.url, json={})

    assert (answer.status, answer.headers["x-request-id"], answer.json()) == (201, "r1", {"a": 1})


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "429 Too Many Requests", "503 Unavailable"])
def test_an_error_status_is_an_answer_not_an_exception(serve, status):
    server = serve(always(b"no", status=status))

    assert session().request("GET", server.url).status == int(status[:3])


def test_a_redirect_is_an_answer_and_nobody_follows_it(serve):
    server = serve(always(b"", status="302 Found", headers="Location: http://127.0.0.1:1/elsewhere\r\n"))

    answer = session().request("GET", server.url, bearer="secret-token")

    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:1/elsewhere")
    assert len(server.requests) == 1


def test_a_compressed_answer_is_read(serve):
    server = serve(always(gzip.compress(b'{"total": 3}'), headers="Content-Encoding: gzip\r\n"))

    assert session().request("GET", server.url).json() == {"total": 3}


def test_html_where_json_is_due_says_so_and_keeps_the_answer(serve):
    server = serve(always(b"<html>Down for maintenance", status="503 X", headers="Content-Type: text/html\r\n"))

    answer = session().request("GET", server.url)

    with pytest.raises(http.UnreadableAnswer, match=r"\(503, text/html\) is not JSON") as caught:
        answer.json()
    assert caught.value.answer.text == "<html>Down for maintenance"


def test_text_follows_the_charset_of_the_answer(serve):
    server = serve(always("Zürich".encode("latin-1"), headers="Content-Type: text/plain; charset=ISO-8859-1\r\n"))

    assert session().request("GET", server.url).text == "Zürich"


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("", None), ("soon", None)])
def test_retry_after_in_seconds(serve, said, seconds):
    server = serve(always(status="429 X", headers=f"Retry-After: {said}\r\n" if said else ""))

    assert session().request("GET", server.url).retry_after == seconds


def test_retry_after_as_a_date_that_has_passed_is_now(serve):
    server = serve(always(status="429 X", headers="Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n"))

    assert session().request("GET", server.url).retry_after == 0.0


# --- Certainly not processed ------------------------------------------------------------------------------------------


def test_a_refused_connection_was_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(http.NotSent, match=r"127\.0\.0\.1 refused the connection"):
        session().request("POST", f"http://127.0.0.1:{port}/", json={})


def test_an_unknown_name_was_not_sent():
    out = http.Session(allowed_hosts=["nobody.invalid"], connect_timeout=2)

    with pytest.raises(http.NotSent, match=r"nobody\.invalid"):
        out.request("POST", "http://nobody.invalid/", json={})


def test_a_connection_that_is_not_accepted_in_time_was_not_sent():
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
    try:
        with pytest.raises(http.NotSent, match="did not accept a connection in time"):
            session(connect_timeout=0.3).request("POST", f"http://127.0.0.1:{full.getsockname()[1]}/", json={})
    finally:
        for sock in (*fillers, full):
            sock.close()


def test_a_failed_tls_handshake_was_not_sent(serve):
    server = serve(lambda _, connection: connection.sock.sendall(b"this is not TLS at all, sorry\r\n"))

    with pytest.raises(http.NotSent, match="No secure connection"):
        session().request("POST", f"https://127.0.0.1:{server.port}/", json={})


def test_a_request_that_could_not_be_sent_whole_was_not_sent(serve):
    def read_a_little_then_reset(server, connection):
        connection.sock.recv(1000)
        connection.reset()

    server = serve(read_a_little_then_reset)

    with pytest.raises(http.NotSent):
        session().request("POST", server.url, data=b"x" * 30_000_000)


def test_a_server_that_takes_the_request_too_slowly_did_not_get_it(serve):
    done = threading.Event()
    server = serve(lambda _, connection: done.wait(10))

    with pytest.raises(http.NotSent, match="did not take the request in time"):
        session(read_timeout=0.5).request("POST", server.url, data=b"x" * 30_000_000)
    done.set()


def test_a_large_request_may_take_longer_than_connecting(serve):
    def slowly(server, connection):
        time.sleep(0.6)
        server.read(connection)
        connection.answer()

    server = serve(slowly)

    assert (
        session(connect_timeout=0.3, read_timeout=20, deadline=30)
        .request("POST", server.url, data=b"x" * 30_000_000)
        .status
        == 200
    )


# --- It may have been processed ---------------------------------------------------------------------------------------


def test_a_connection_cut_after_the_request_is_no_answer(serve):
    server = serve(cut_after_reading)

    with pytest.raises(http.NoAnswer, match="cut the connection after the request was sent"):
        session().request("POST", server.url, json={})
    assert len(server.requests) == 1


def test_a_connection_reset_after_the_request_is_no_answer(serve):
    def reset(server, connection):
        server.read(connection)
        connection.reset()

    server = serve(reset)

    with pytest.raises(http.NoAnswer):
        session().request("POST", server.url, json={})
    assert len(server.requests) == 1


def test_no_answer_in_time_is_no_answer(serve):
    done = threading.Event()

    def silent(server, connection):
        server.read(connection)
        done.wait(10)

    server = serve(silent)

    with pytest.raises(http.NoAnswer, match="did not answer in time"):
        session(read_timeout=0.2).request("POST", server.url, json={})
    done.set()


def test_a_body_shorter_than_promised_is_no_answer(serve):
    def truncated(server, connection):
        server.read(connection)
        connection.answer(b'{"id": "00Q', length=400)
        connection.sock.close()

    server = serve(truncated)

    with pytest.raises(http.NoAnswer) as caught:
        session().request("POST", server.url, json={})
    assert caught.value.exchange.status == 200


def test_a_chunked_body_without_its_end_is_no_answer(serve):
    def truncated(server, connection):
        server.read(connection)
        connection.sock.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"\r\n')
        connection.sock.close()

    server = serve(truncated)

    with pytest.raises(http.NoAnswer):
        session().request("POST", server.url, json={})


def test_a_broken_compression_is_no_answer(serve):
    server = serve(always(b"not gzip at all", headers="Content-Encoding: gzip\r\n"))

    with pytest.raises(http.NoAnswer, match="cannot be decompressed"):
        session().request("POST", server.url, json={})


def test_an_answer_larger_than_allowed_is_refused_and_counts_as_no_answer(serve):
    server = serve(always(b"x" * 5000))

    with pytest.raises(http.AnswerTooLarge, match="larger than 1000 bytes"):
        session(max_bytes=1000).request("GET", server.url)
    assert issubclass(http.AnswerTooLarge, http.NoAnswer)


def test_a_small_answer_that_unpacks_into_a_huge_one_is_refused(serve):
    server = serve(always(gzip.compress(b"0" * 3_000_000), headers="Content-Encoding: gzip\r\n"))

    with pytest.raises(http.AnswerTooLarge):
        session(max_bytes=1_000_000).request("GET", server.url)


@pytest.mark.parametrize("head_first", [True, False], ids=["dripping body", "dripping head"])
def test_a_server_that_drips_is_left_at_the_deadline(serve, head_first):
    def drip(server, connection):
        server.read(connection)
        if head_first:
            connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        else:
            connection.sock.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while True:
            connection.sock.sendall(b"x")
            time.sleep(0.02)

    server = serve(drip)

    with pytest.raises(http.NoAnswer, match="did not answer in time"):
        session(read_timeout=30, deadline=0.4).request("POST", server.url, json={})


# --- Connections kept alive -------------------------------------------------------------------------------------------


def test_one_connection_serves_many_requests(serve):
    server = serve(always())
    out = session()

    for _ in range(5):
        out.request("POST", server.url, json={})

    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_the_server_closed_while_idle_is_replaced(serve):
    closed = threading.Event()

    def one_request_each(server, connection):
        server.read(connection)
        connection.answer()
        connection.sock.shutdown(socket.SHUT_RDWR)
        connection.sock.close()
        closed.set()

    server = serve(one_request_each)
    out = session()
    out.request("POST", server.url, json={"n": 1})
    assert closed.wait(5)

    assert out.request("POST", server.url, json={"n": 2}).status == 200
    assert (server.connections, len(server.requests)) == (2, 2)


def test_a_kept_connection_cut_after_the_request_is_not_tried_again(serve):
    def cut_the_second(server, connection):
        server.read(connection)
        connection.answer()
        server.read(connection)
        connection.sock.close()

    server = serve(cut_the_second)
    out = session()
    out.request("POST", server.url, json={"n": 1})

    with pytest.raises(http.NoAnswer):
        out.request("POST", server.url, json={"n": 2})
    assert len(server.requests) == 2


def test_a_kept_connection_that_breaks_while_sending_is_replaced_once(serve):
    def break_the_second_request(server, connection):
        server.read(connection)
        connection.answer()
        if connection.number == 1:
            connection.sock.recv(1000)
            connection.reset()

    server = serve(break_the_second_request)
    out = session()
    out.request("POST", server.url, json={"n": 1})

    assert out.request("POST", server.url, data=b"y" * 30_000_000).status == 200
    assert server.connections == 2
    assert [len(request) > 30_000_000 for request in server.requests] == [False, True]


def test_a_connection_idle_for_long_is_not_trusted(serve, monkeypatch):
    monkeypatch.setattr(connections, "IDLE_SECONDS", -1.0)
    server = serve(always())
    out = session()

    out.request("GET", server.url)
    out.request("GET", server.url)

    assert server.connections == 2


# --- Where it may go --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        (["api.example.com"], "https://evil.com/"),
        (["api.example.com"], "https://api.example.com.evil.com/"),
        (["api.example.com"], "https://api.example.com@evil.com/"),
        (["api.example.com"], "https://someone@api.example.com/"),
        ([".example.com"], "https://badexample.com/"),
        ([".example.com"], "http://login.example.com/"),
        ([".0.0.1"], "http://127.0.0.1/"),
        (["*"], "https://127.0.0.1/"),
        (["*"], "https://10.0.0.8/"),
        (["*"], "https://[::1]/"),
        (["*"], "https://169.254.169.254/latest/meta-data"),
        (["*"], "http://example.com/"),
        (["127.0.0.1"], "ftp://127.0.0.1/"),
        (["127.0.0.1"], "file:///etc/passwd"),
        (["127.0.0.1"], "127.0.0.1/no-scheme"),
        (["127.0.0.1"], "http://"),
        (["127.0.0.1"], "http://2130706433/"),
    ],
)
def test_an_address_outside_the_allow_list_is_refused(allowed, url):
    recorded = []

    with pytest.raises(http.HostRefused):
        http.Session(allowed_hosts=allowed, recorder=recorded.append).request("GET", url)
    assert recorded == []


def test_a_public_name_that_leads_into_our_own_network_is_refused(serve):
    server = serve(always())

    with pytest.raises(http.HostRefused, match="not a public address"):
        http.Session(allowed_hosts=["*"]).request("GET", f"https://localhost:{server.port}/")
    assert server.requests == []


def test_the_case_of_a_name_and_its_last_dot_do_not_matter(serve):
    server = serve(always())

    out = http.Session(allowed_hosts=["LocalHost."])

    assert out.request("GET", f"http://LOCALHOST:{server.port}/").status == 200


# --- What is kept of it -----------------------------------------------------------------------------------------------


def test_the_recorder_sees_every_call_without_its_secrets(serve):
    server = serve(always(b'{"access_token": "at-1", "instance_url": "https://x"}', headers="Set-Cookie: a=b\r\n"))
    kept = []
    form = {"grant_type": "authorization_code", "code": "c-1", "client_secret": "s-1", "redirect_uri": "http://me/"}

    session(recorder=kept.append).request("POST", f"{server.url}/token", form=form, bearer="b-1")

    (exchange,) = kept
    assert exchange.url == f"{server.url}/token"
    assert exchange.request_headers["Authorization"] == "[redacted]"
    assert exchange.request_body == (
        "grant_type=authorization_code&code=[redacted]&client_secret=[redacted]&redirect_uri=http%3A%2F%2Fme%2F"
    )
    assert json.loads(exchange.answer_body) == {"access_token": "[redacted]", "instance_url": "https://x"}
    assert exchange.answer_headers["Set-Cookie"] == "[redacted]"
    assert (exchange.status, exchange.error) == (200, "")
    shown = json.dumps(exchange.as_dict()) + repr(exchange)
    assert not [secret for secret in ("at-1", "c-1", "s-1", "b-1") if secret in shown]


def test_a_failed_call_is_recorded_with_its_reason(serve):
    server = serve(cut_after_reading)
    kept = []

    with pytest.raises(http.NoAnswer) as caught:
        session(recorder=kept.append).request("POST", server.url, json={"a": 1})

    assert kept == [caught.value.exchange]
    assert (kept[0].status, kept[0].request_body) == (None, '{"a": 1}')
    assert kept[0].error == "127.0.0.1 cut the connection after the request was sent."


def test_a_long_body_is_kept_in_part_with_a_note(serve):
    server = serve(always(b"z" * 200_010))

    answer = session().request("GET", server.url)

    assert answer.exchange.as_dict()["answer_body"].endswith("zzz … (10 characters more)")


def test_the_module_needs_no_configured_django():
    code = "import mobly_sync.http, sys; from django.conf import settings; sys.exit(settings.configured)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_limits_come_from_settings_once_the_apps_are_ready(settings):
    assert http.Session(allowed_hosts=HERE).limits == http.Limits(
        connect_timeout=settings.HTTP_CONNECT_TIMEOUT,
        read_timeout=settings.HTTP_READ_TIMEOUT,
        deadline=settings.HTTP_DEADLINE,
        max_bytes=settings.HTTP_MAX_BYTES,
    )
