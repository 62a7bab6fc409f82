"""Downloads against a server on this machine: interrupted, damaged, misled."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import succeed

from kinesis_fast.errors import InputError
from kinesis_fast.motions import fetching
from kinesis_fast.motions.data_sets import (
    TEST_DATA,
    DataSet,
    RemoteFile,
    Source,
    find_data_set,
    listed_files,
    not_fetched,
)

FILES = {"walk.bvh": b"HIERARCHY " * 30_000, "LICENSE": b"do as you please\n"}


class Server:
    """Serves FILES, and misbehaves as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.break_after: int | None = None  # bytes of the first answer
        self.content = dict(FILES)
        self.redirect = ""
        self.ranges = True
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[1]
                asked = self.headers.get("Range")
                outer.asked.append((self.path, asked))
                if outer.redirect:
                    self.send_response(302)
                    self.send_header("Location", outer.redirect)
                    self.end_headers()
                    return
                if name not in outer.content:
                    self.send_error(404)
                    return
                body = outer.content[name]
                begin = int(asked[6:-1]) if asked and outer.ranges else 0
                self.send_response(206 if begin else 200)
                self.send_header("Content-Length", str(len(body) - begin))
                self.end_headers()
                sent = body[begin:]
                if outer.break_after is not None and name == "walk.bvh":
                    sent, outer.break_after = sent[: outer.break_after], None
                self.wfile.write(sent)

            def log_message(self, *_: object) -> None:
                pass

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.httpd.server_port}"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.httpd.shutdown()
    made.httpd.server_close()


@pytest.fixture
def data_set(monkeypatch: pytest.MonkeyPatch) -> DataSet:
    listed = [
        RemoteFile("home", len(body), hashlib.sha256(body).hexdigest(), f"in/{name}", f"at/{name}")
        for name, body in FILES.items()
    ]
    monkeypatch.setattr(fetching, "listed_files", lambda _: listed)
    return DataSet([], {"home": Source("someone/motions", "c0ffee", "free")}, ["in"], {})


def check_all_there(folder: Path) -> None:
    for name, body in FILES.items():
        assert (folder / "in" / name).read_bytes() == body
    assert not list(folder.rglob("*" + fetching.PARTIAL))


def test_all_files_come_once(server: Server, data_set: DataSet, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    fetched = fetching.fetch(
        data_set, tmp_path, mirror=server.address, on_progress=lambda *n: told.append(n)
    )
    check_all_there(tmp_path)
    assert len(fetched) == len(FILES)
    assert server.asked[0][0].startswith("/someone/motions/c0ffee/at/")
    total = sum(map(len, FILES.values()))
    assert told[0] == (0, total)
    assert told[-1] == (total, total)
    assert fetching.fetch(data_set, tmp_path, mirror=server.address) == []


@pytest.mark.parametrize("ranges", [True, False])
def test_what_was_interrupted_goes_on(
    server: Server, data_set: DataSet, tmp_path: Path, ranges: bool
) -> None:
    server.ranges = ranges
    partial = tmp_path / "in" / ("walk.bvh" + fetching.PARTIAL)
    partial.parent.mkdir()
    partial.write_bytes(FILES["walk.bvh"][:100_000])
    fetching.fetch(data_set, tmp_path, mirror=server.address)
    check_all_there(tmp_path)
    assert ("/someone/motions/c0ffee/at/walk.bvh", "bytes=100000-") in server.asked


def test_a_connection_that_breaks_is_taken_up(
    server: Server, data_set: DataSet, tmp_path: Path
) -> None:
    server.break_after = 150_000
    fetching.fetch(data_set, tmp_path, mirror=server.address)
    check_all_there(tmp_path)


def test_a_damaged_file_is_fetched_again(server: Server, data_set: DataSet, tmp_path: Path) -> None:
    fetching.fetch(data_set, tmp_path, mirror=server.address)
    place = tmp_path / "in" / "walk.bvh"
    place.write_bytes(b"X" + FILES["walk.bvh"][1:])
    assert fetching.fetch(data_set, tmp_path, mirror=server.address) == [place]
    check_all_there(tmp_path)


@pytest.mark.parametrize(
    "body", [b"X" + FILES["walk.bvh"][1:], FILES["walk.bvh"] + b"more" * 100_000, b"short"]
)
def test_what_is_not_listed_is_refused(
    server: Server, data_set: DataSet, tmp_path: Path, body: bytes
) -> None:
    server.content["walk.bvh"] = body
    with pytest.raises(InputError, match=r"walk\.bvh could not be fetched: what came is not"):
        fetching.fetch(data_set, tmp_path, mirror=server.address)
    assert not (tmp_path / "in" / "walk.bvh").exists()
    server.content["walk.bvh"] = FILES["walk.bvh"]
    fetching.fetch(data_set, tmp_path, mirror=server.address)
    check_all_there(tmp_path)


def test_redirects_to_other_hosts_are_refused(
    server: Server, data_set: DataSet, tmp_path: Path
) -> None:
    server.redirect = "http://127.0.0.2:1/elsewhere"
    with pytest.raises(InputError, match=r"redirects to another host, '127\.0\.0\.2:1'"):
        fetching.fetch(data_set, tmp_path, mirror=server.address)


def test_no_network_is_one_line(data_set: DataSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"could not be fetched: .*run the command again") as error:
        fetching.fetch(data_set, tmp_path, mirror="http://127.0.0.1:9")
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="is no http or https address"):
        fetching.fetch(data_set, tmp_path, mirror="ftp://somewhere")


def test_a_missing_file_is_told(server: Server, data_set: DataSet, tmp_path: Path) -> None:
    del server.content["LICENSE"]
    with pytest.raises(InputError, match="LICENSE could not be fetched: the server answers 404"):
        fetching.fetch(data_set, tmp_path, mirror=server.address)


def test_the_listing_names_the_open_motions() -> None:
    data_set = find_data_set("open-locomotion")
    listed = listed_files(data_set)
    assert len(listed) == 429
    assert {file.source for file in listed} == set(data_set.sources)
    assert sum(file.name.startswith("licences/") for file in listed) == 3
    assert all(len(file.sha256) == 64 and file.size > 0 for file in listed)
    with pytest.raises(InputError, match="unknown data set 'open-locomotoin'; did you mean"):
        find_data_set("open-locomotoin")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("kit_v1_train", 975),
        ("kit_v1_test", 109),
        ("kit_v2_train", 946),
        ("kit_v2_test", 108),
        ("open_locomotion_train", 315),
        ("open_locomotion_test", 97),
    ],
)
def test_lists_of_names_come_with_the_package(name: str, count: int) -> None:
    from kinesis_fast.motions.capture.importing import read_names

    assert len(set(read_names(Path(name)))) == count


def test_the_test_data_is_as_listed(real_data: Path) -> None:
    there = [
        (Path(real_data, file.name), file.sha256)
        for file in (*listed_files(TEST_DATA), *not_fetched())
        if Path(real_data, file.name).exists()
    ]
    assert there
    for path, digest in there:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, path


def test_its_manifest_names_sources_and_what_is_left_out(tmp_path: Path) -> None:
    said = succeed(tmp_path, "test-data", "list", "--json", "manifest.json")
    assert "Not fetched" in said and "opensim-org/opensim-core" in said
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert all(len(file["commit"]) == 40 and file["licence"] for file in manifest["files"])
    assert all(file["why"] for file in manifest["not_fetched"])
