"""The door that stands before the page where others than this machine may come in."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kinesis_fast.errors import InputError
from kinesis_fast.play.gate import COOKIE, Gate


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def gate() -> Iterator[Gate]:
    page = ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    door = Gate("127.0.0.1", 0, page.server_address[1])
    yield door
    door.close()
    page.shutdown()


def get(gate: Gate, path: str = "/", **fields: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", gate.port, timeout=10)
    connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in fields.items()})
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


def test_the_address_leaves_a_cookie_that_opens(gate: Gate) -> None:
    assert get(gate)[0] == 401
    status, _, fields = get(gate, f"/?token={gate.token}")
    assert status == 303
    assert fields["Location"] == "/"
    cookie = fields["Set-Cookie"].split(";")[0]
    assert "HttpOnly" in fields["Set-Cookie"]
    assert get(gate, Cookie=cookie)[:2] == (200, b"hello")


@pytest.mark.parametrize("wrong", ["", "x" * 32, "%00", "é"])
def test_wrong_tokens(gate: Gate, wrong: str) -> None:
    assert get(gate, "/?token=" + wrong.encode("ascii", "ignore").decode())[0] == 401
    assert get(gate, Cookie=f"{COOKIE}={wrong.encode('ascii', 'ignore').decode()}")[0] == 401


def test_other_sites_get_nothing(gate: Gate) -> None:
    cookie = f"{COOKIE}={gate.token}"
    assert get(gate, Cookie=cookie, Origin="http://elsewhere.example")[0] == 403
    assert get(gate, Cookie=cookie, Origin=f"http://127.0.0.1:{gate.port}")[0] == 200


@pytest.mark.parametrize(
    "sent",
    [b"\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n", b"\xff\xfe\r\n\r\n", b"GET / HTTP/1.1\r\n" * 5000],
)
def test_what_is_no_request(gate: Gate, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", gate.port), timeout=15) as one:
        try:
            one.sendall(sent)
            answer = one.recv(1000)
        except ConnectionError:
            answer = b""
    assert answer == b"" or b" 403 " in answer.split(b"\r\n")[0]
    assert get(gate, Cookie=f"{COOKIE}={gate.token}")[0] == 200


def test_connections_that_come_and_go(gate: Gate) -> None:
    for _ in range(300):
        socket.create_connection(("127.0.0.1", gate.port), timeout=10).close()
    assert get(gate, Cookie=f"{COOKIE}={gate.token}")[0] == 200


def test_what_a_door_refuses() -> None:
    with pytest.raises(InputError, match="16 characters"):
        Gate("127.0.0.1", 0, 1, "short")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="cannot listen"):
            Gate("127.0.0.1", taken.getsockname()[1], 1)
