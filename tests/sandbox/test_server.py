"""The way through: HTTP, faults, control and pages, with the smallest vendor."""

import gzip
import json
import socket

import pytest
import requests

from integrations.sandbox.server import SandboxRefused, SandboxServer
from integrations.sandbox.store import Store
from tests.sandbox.toy import Toy


def switch(base, **faults):
    answer = requests.patch(f"{base}/_sandbox/faults", json=faults, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def notes(base):
    return requests.get(f"{base}/_sandbox/records/Note", timeout=5).json()["records"]


def test_a_connection_is_kept_over_many_calls(toy):
    host, port = toy.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        for _ in range(3):
            line.sendall(b"GET /notes/none HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(4096).startswith(b"HTTP/1.1 404")


def test_a_length_that_is_no_number_is_refused(toy):
    host, port = toy.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(b"POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 400")


def test_a_chunked_body_arrives_whole(toy, http):
    answer = http.post(f"{toy}/notes", data=iter([b'{"text": ', b'"in two pieces"}']))

    assert answer.json() == {"text": "in two pieces", "id": "n1"}


def test_a_gzipped_body_is_unpacked(toy, http):
    packed = gzip.compress(b'{"text": "small"}')

    answer = http.post(f"{toy}/notes", data=packed, headers={"Content-Encoding": "gzip"})

    assert answer.json()["text"] == "small"


def test_a_long_answer_is_packed_when_the_client_takes_it(toy, http):
    http.post(f"{toy}/notes", json={"text": "x" * 5000})

    answer = http.get(f"{toy}/notes/n1", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json()["text"] == "x" * 5000


def test_records_survive_a_restart(serve, http, tmp_path):
    first = serve(Toy(Store(tmp_path / "toy.sqlite3")))
    http.post(f"{first.base_url}/notes", json={"text": "kept", "email": "A@b.c"})
    first.stop()

    second = serve(Toy(Store(tmp_path / "toy.sqlite3")))

    found = http.get(f"{second.base_url}/_sandbox/records/Note?email=a@B.C").json()
    assert found == {"records": [{"text": "kept", "email": "A@b.c", "id": "n1"}]}
    assert http.post(f"{second.base_url}/notes", json={}).json()["id"] == "n2"


def test_a_stopped_server_answers_no_kept_connection(serve, http):
    server = serve(Toy(Store()))
    http.get(f"{server.base_url}/notes/x")

    server.stop()

    with pytest.raises(requests.ConnectionError):
        http.get(f"{server.base_url}/notes/x")


def test_a_taken_port_is_said_in_a_sentence(serve):
    taken = serve(Toy(Store())).port

    with pytest.raises(SandboxRefused, match=f"Port {taken} for Toy is taken"):
        SandboxServer(Toy(Store()), port=taken).start()


def test_tls_is_trusted_with_the_certificate_made_at_start(serve):
    server = serve(Toy(Store()), tls=True)

    answer = requests.get(f"{server.base_url}/notes/x", verify=str(server.certificate), timeout=5)

    assert answer.status_code == 404


def test_a_failure_inside_takes_its_writes_back(toy, http):
    answer = http.get(f"{toy}/broken")

    assert answer.status_code == 500
    assert notes(toy) == []


def test_rate_limit_refuses_the_next_calls_only(toy, http):
    switch(toy, rate_limit_next=1, rate_limit_retry_after=7)

    refused, served = http.get(f"{toy}/notes/x"), http.get(f"{toy}/notes/x")

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert served.status_code == 404


def test_every_third_call_can_be_refused(toy, http):
    switch(toy, rate_limit_every=3)

    assert [http.get(f"{toy}/notes/x").status_code for _ in range(6)] == [404, 404, 429, 404, 404, 429]


def test_a_path_pattern_narrows_a_fault(toy, http):
    switch(toy, server_error=1, path="POST /notes")

    assert http.get(f"{toy}/notes/x").status_code == 404
    assert http.post(f"{toy}/notes", json={}).status_code == 500


def test_an_outage_is_an_html_page(toy, http):
    switch(toy, html_503=1)

    answer = http.get(f"{toy}/notes/x")

    assert answer.status_code == 503
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_cut_after_the_write_leaves_the_record(toy, http):
    switch(toy, cut_after_commit=1)

    http.get(f"{toy}/notes/x")
    with pytest.raises(requests.ConnectionError):
        http.post(f"{toy}/notes", json={"text": "arrived"})

    assert [note["text"] for note in notes(toy)] == ["arrived"]


def test_a_cut_before_the_write_leaves_nothing(toy, http):
    switch(toy, cut_before_commit=1)

    with pytest.raises(requests.ConnectionError):
        http.post(f"{toy}/notes", json={"text": "lost"})

    assert notes(toy) == []
    assert http.get(f"{toy}/_sandbox/stats").json()["created"] == {}


def test_a_truncated_answer_ends_in_the_middle(toy, http):
    switch(toy, truncate_body=1)

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        http.post(f"{toy}/notes", json={"text": "written"})

    assert len(notes(toy)) == 1


def test_a_slow_answer_comes_whole(toy, http):
    switch(toy, slow_drip=1)

    assert http.post(f"{toy}/notes", json={"text": "x" * 100}).json()["text"] == "x" * 100


def test_an_unknown_switch_is_refused_by_name(toy, http):
    answer = http.patch(f"{toy}/_sandbox/faults", json={"latency_ms": 5, "gremlins": True})

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("“gremlins” is not a switch.")
    assert http.get(f"{toy}/_sandbox/faults").json()["latency_ms"] == 0


@pytest.mark.parametrize("value", [-1, "many", True, None])
def test_a_switch_with_a_wrong_value_is_refused(toy, http, value):
    answer = http.patch(f"{toy}/_sandbox/faults", json={"server_error": value})

    assert answer.status_code == 400
    assert "number from 0 on" in answer.json()["error"]


def test_switches_survive_a_restart(serve, tmp_path):
    first = serve(Toy(Store(tmp_path / "toy.sqlite3")))
    switch(first.base_url, server_error=2)
    requests.get(f"{first.base_url}/notes/x", timeout=5)
    first.stop()

    second = serve(Toy(Store(tmp_path / "toy.sqlite3")))

    assert requests.get(f"{second.base_url}/_sandbox/faults", timeout=5).json()["server_error"] == 1


def test_statistics_count_calls_and_records_and_can_be_reset(toy, http):
    http.post(f"{toy}/notes", json={})
    http.post(f"{toy}/notes", json={})
    http.get(f"{toy}/notes/n1")

    assert http.get(f"{toy}/_sandbox/stats").json() == {
        "calls": 3,
        "by_path": {"POST /notes": 2, "GET /notes/n1": 1},
        "created": {"Note": 2},
        "updated": {},
    }
    assert http.post(f"{toy}/_sandbox/stats").json()["calls"] == 0


def test_reset_gives_a_fresh_account(toy, http):
    http.post(f"{toy}/notes", json={})
    switch(toy, server_error=9)

    http.post(f"{toy}/_sandbox/reset")

    assert notes(toy) == []
    assert http.get(f"{toy}/notes/n1").status_code == 404


def test_a_seeded_record_is_no_call(toy, http):
    http.post(f"{toy}/_sandbox/records/Note", data=json.dumps({"text": "seed"}))

    assert http.get(f"{toy}/notes/n1").json()["text"] == "seed"
    assert http.get(f"{toy}/_sandbox/stats").json()["created"] == {}


def test_an_unknown_control_path_is_said_in_words(toy, http):
    answer = http.get(f"{toy}/_sandbox/nothing")

    assert (answer.status_code, answer.json()) == (404, {"error": "There is no GET /_sandbox/nothing here."})


@pytest.mark.parametrize("path", ["", "objects/Note", "objects/Note/n1", "requests", "panel", "sandbox.css"])
def test_pages_for_people_answer(toy, http, path):
    http.post(f"{toy}/notes", json={"text": "<b>bold</b>"})

    answer = http.get(f"{toy}/_sandbox/{path}")

    assert answer.status_code == 200
    assert "<b>bold</b>" not in answer.text


def test_a_record_page_shows_every_value(toy, http):
    http.post(f"{toy}/notes", json={"text": "Ünïcode & <tags>", "email": "a@b.c"})

    page = http.get(f"{toy}/_sandbox/objects/Note/n1").text

    assert "Ünïcode &amp; &lt;tags&gt;" in page
    assert "a@b.c" in page


def test_a_missing_record_has_a_page(toy, http):
    answer = http.get(f"{toy}/_sandbox/objects/Note/none")

    assert answer.status_code == 404
    assert "No Note has the id none." in answer.text


def test_the_root_leads_to_the_pages(toy, http):
    assert http.get(toy).url == f"{toy}/_sandbox/"


def test_the_fault_panel_switches_by_form(toy, http):
    page = http.post(f"{toy}/_sandbox/panel", data={"html_503": "2", "answer": "apply"})

    assert "Faults (1 on)" in page.text
    assert http.get(f"{toy}/_sandbox/faults").json()["html_503"] == 2

    http.post(f"{toy}/_sandbox/panel", data={"html_503": "2", "answer": "off"})
    assert http.get(f"{toy}/_sandbox/faults").json()["html_503"] == 0


def test_the_fault_panel_names_a_bad_value(toy, http):
    answer = http.post(f"{toy}/_sandbox/panel", data={"html_503": "lots"})

    assert answer.status_code == 400
    assert "Outage: “lots” is not a number." in answer.text
