"""Downloading weights, against a real server on loopback that misbehaves on request."""

import hashlib
import http.server
import threading
from dataclasses import dataclass, field

import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generators.biggan.weights.download import PublishedWeights, ensure, is_cached, model_folder

MODEL = "biggan-deep-128"
CONTENT = bytes(range(256)) * 4096  # one MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Manners:
    """What the server does, and what it was asked."""

    ranges: bool = True
    etag: str = '"first"'
    break_after: list[int] = field(default_factory=list)  # for each request in turn, how many bytes it gets
    statuses: list[int] = field(default_factory=list)  # for each request in turn, an error to answer with
    asked: list[str | None] = field(default_factory=list)


@pytest.fixture
def manners():
    return Manners()


@pytest.fixture
def url(manners):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked = self.headers.get("Range")
            manners.asked.append(asked)
            if manners.statuses and (status := manners.statuses.pop(0)):
                self.send_error(status)
                return
            start = 0
            if asked and manners.ranges and self.headers.get("If-Range") == manners.etag:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
            body = CONTENT[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", manners.etag)
            self.end_headers()
            self.wfile.write(body[: manners.break_after.pop(0)] if manners.break_after else body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/weights.bin"
    server.shutdown()
    thread.join()
    server.server_close()


def weights_at(*urls, sha256=SHA256):
    return PublishedWeights(MODEL, urls, min_bytes=1000, size_bytes=len(CONTENT), sha256=sha256)


def fetch(cache_dir, weights, **options):
    return ensure(MODEL, cache_dir, published=weights, sleep=lambda _: None, **options)


def test_a_download_ends_up_whole_and_in_the_packages_format(tmp_path, url):
    seen = []
    folder = fetch(tmp_path, weights_at(url), progress=lambda done, total: seen.append((done, total)))
    assert (folder / "pytorch_model.bin").read_bytes() == CONTENT
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "config.json", "pytorch_model.bin"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_a_second_time_needs_no_network(tmp_path, url, manners):
    fetch(tmp_path, weights_at(url))
    fetch(tmp_path, weights_at("http://127.0.0.1:9/nobody"))
    assert len(manners.asked) == 1


def test_a_broken_transfer_goes_on_where_it_broke_off(tmp_path, url, manners):
    manners.break_after = [300_000, 200_000]
    folder = fetch(tmp_path, weights_at(url))
    assert (folder / "pytorch_model.bin").read_bytes() == CONTENT
    assert manners.asked == [None, "bytes=300000-", "bytes=500000-"]


def test_a_stopped_download_goes_on_at_the_next_start(tmp_path, url, manners):
    def stop(done, total):
        raise KeyboardInterrupt

    manners.break_after = [300_000]
    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path, weights_at(url), progress=stop)
    assert not (model_folder(MODEL, tmp_path) / "pytorch_model.bin").exists()
    fetch(tmp_path, weights_at(url))
    assert manners.asked == [None, "bytes=300000-"]


def test_a_server_without_ranges_sends_it_all_again(tmp_path, url, manners):
    manners.ranges = False
    manners.break_after = [300_000]
    folder = fetch(tmp_path, weights_at(url))
    assert (folder / "pytorch_model.bin").read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_not_mixed_with_the_old(tmp_path, url, manners):
    folder = model_folder(MODEL, tmp_path)
    folder.mkdir()
    (folder / "pytorch_model.part").write_bytes(b"other bytes")
    (folder / "pytorch_model.etag").write_text('"another file"')
    fetch(tmp_path, weights_at(url))
    assert (folder / "pytorch_model.bin").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_begun_again(tmp_path, url, manners):
    folder = model_folder(MODEL, tmp_path)
    folder.mkdir()
    (folder / "pytorch_model.part").write_bytes(CONTENT * 2)
    (folder / "pytorch_model.etag").write_text(manners.etag)
    manners.statuses = [416]
    fetch(tmp_path, weights_at(url))
    assert (folder / "pytorch_model.bin").read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_leaves_nothing(tmp_path, url):
    with pytest.raises(PipelineError) as caught:
        fetch(tmp_path, weights_at(url, sha256="0" * 64))
    assert caught.value.code is ErrorCode.WEIGHTS_DOWNLOAD_FAILED
    assert caught.value.facts["reason"] == "wrong checksum"
    assert [path.name for path in model_folder(MODEL, tmp_path).iterdir()] == [".lock"]


def test_the_next_address_is_tried_when_one_has_it_no_more(tmp_path, url, manners):
    manners.statuses = [404]
    fetch(tmp_path, weights_at(url + "?gone", url))
    assert len(manners.asked) == 2


def test_a_busy_server_is_asked_again(tmp_path, url, manners):
    manners.statuses = [503, 429]
    fetch(tmp_path, weights_at(url))
    assert len(manners.asked) == 3


def test_a_dead_server_is_given_up_with_the_facts(tmp_path):
    with pytest.raises(PipelineError) as caught:
        fetch(tmp_path, weights_at("http://127.0.0.1:9/nobody"))
    assert caught.value.code is ErrorCode.WEIGHTS_DOWNLOAD_FAILED
    facts = caught.value.facts
    assert facts["folder"] == str(tmp_path / MODEL)
    assert facts["file"] == "pytorch_model.bin"
    assert "refused" in str(facts["reason"])


def test_without_a_network_nobody_waits_long(tmp_path):
    waits = []
    nowhere = weights_at("https://nowhere.invalid/a", "https://nowhere.invalid/b")
    with pytest.raises(PipelineError) as caught:
        ensure(MODEL, tmp_path, published=nowhere, sleep=waits.append)
    assert caught.value.code is ErrorCode.WEIGHTS_DOWNLOAD_FAILED
    assert waits == []


def test_without_leave_to_download_missing_weights_are_missing(tmp_path):
    with pytest.raises(PipelineError) as caught:
        ensure(MODEL, tmp_path, download=False)
    assert caught.value.code is ErrorCode.WEIGHTS_MISSING
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_says_so(tmp_path, url):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PipelineError) as caught:
        fetch(tmp_path / "file", weights_at(url))
    assert caught.value.code is ErrorCode.OUTPUT_NOT_WRITABLE


def test_only_a_whole_file_counts_as_cached(tmp_path):
    folder = model_folder("biggan-deep-256", tmp_path)
    folder.mkdir()
    file = folder / "pytorch_model.bin"
    file.write_bytes(b"truncated")
    assert not is_cached("biggan-deep-256", tmp_path)
    with file.open("r+b") as handle:
        handle.truncate(234_411_737)  # sparse: takes no room
    assert is_cached("biggan-deep-256", tmp_path)
    assert not is_cached("biggan-deep-512", tmp_path)
    assert is_cached("random:biggan-deep-512", tmp_path)
    assert not is_cached("sketch", tmp_path)
