"""Where the published weights are kept, and how they get there.

A model's folder in the cache is in the package's own format (``config.json`` and ``pytorch_model.bin``), so files
that were fetched by hand can simply be put there. Downloads go to a neighbour ending in ``.part``, go on where they
broke off, are checked, and only then take the real name: a file of the real name is whole. Nothing here needs torch,
or the network once the file is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import writing
from pipeline.generators.biggan.architecture import CONFIG_FILE, deepmind, write_config
from pipeline.generators.biggan.names import MODELS, WEIGHTS_FILE, parse_name

DownloadProgress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes that there will be (0 while that is unknown)."""

TIMEOUT_S = 30.0
ATTEMPTS = 5  # in a row without a single new byte
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class PublishedWeights:
    """A file of weights on the web.

    Attributes
    ----------
    model : str
        Its name, which is also its folder's.
    urls : tuple of str
        Where to get it, best first; each is the same file.
    size_bytes : int or None
        Its exact size, where it is known.
    sha256 : str or None
        Its digest, where it is known.
    min_bytes : int
        No whole file is smaller: the parameters alone take as much.
    """

    model: str
    urls: tuple[str, ...]
    min_bytes: int
    size_bytes: int | None = None
    sha256: str | None = None


_BUCKET = "https://s3.amazonaws.com/models.huggingface.co/biggan/{model}-pytorch_model.bin"

# Digest and size as recorded by third parties; no record is known of the other two, whose loading is the check.
PUBLISHED = {
    "biggan-deep-128": PublishedWeights(
        "biggan-deep-128",
        (
            _BUCKET.format(model="biggan-deep-128"),
            "https://huggingface.co/osanseviero/BigGAN-deep-128/resolve/main/pytorch_model.bin",
        ),
        min_bytes=210_749_700,
    ),
    "biggan-deep-256": PublishedWeights(
        "biggan-deep-256",
        (_BUCKET.format(model="biggan-deep-256"),),
        min_bytes=234_292_740,
        size_bytes=234_411_737,
        sha256="5900ef4065047e3aa0d1b66197b7f2664dceb59b27080e414ad57e203c485bc5",
    ),
    "biggan-deep-512": PublishedWeights(
        "biggan-deep-512", (_BUCKET.format(model="biggan-deep-512"),), min_bytes=235_635_460
    ),
}


def model_folder(model: str, cache_dir: Path) -> Path:
    """Return the folder of a published model."""
    return cache_dir / model


def is_cached(name: str, cache_dir: Path) -> bool:
    """Tell whether a model can be opened without the network.

    Random weights always can; a folder if the file is in it. Cheap: looks at names and sizes only.
    """
    try:
        parsed = parse_name(name)
    except PipelineError:
        return False
    if parsed.kind == "random":
        return True
    if parsed.folder is not None:
        return (parsed.folder / WEIGHTS_FILE).is_file()
    return _looks_whole(model_folder(name, cache_dir) / WEIGHTS_FILE, PUBLISHED[name])


def ensure(
    name: str,
    cache_dir: Path,
    progress: DownloadProgress | None = None,
    *,
    download: bool = True,
    published: PublishedWeights | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Path:
    """Return the folder that holds a model, downloading its weights if they are not there.

    Parameters
    ----------
    name : str
        A published model, or a folder.
    cache_dir : Path
        Holds one folder per published model.
    progress : callable, optional
        Told the bytes done and in total. If it raises, the download stops and can go on later.
    download : bool
        False: never touch the network.
    published : PublishedWeights, optional
        Where to get it, in place of the known addresses.
    sleep : callable
        Waits between attempts.

    Raises
    ------
    PipelineError
        ``UNKNOWN_MODEL``; ``WEIGHTS_MISSING`` (not there, and not to be fetched); ``WEIGHTS_DOWNLOAD_FAILED``
        (facts: model, url, reason, folder, file); ``DISK_FULL``; ``OUTPUT_NOT_WRITABLE``.
    """
    parsed = parse_name(name)
    if parsed.folder is not None:
        if not (parsed.folder / WEIGHTS_FILE).is_file():
            raise _missing(name, parsed.folder)
        return parsed.folder
    if parsed.kind == "random":
        raise PipelineError(ErrorCode.UNKNOWN_MODEL, model=name, known=MODELS)
    source = published or PUBLISHED[name]
    folder = model_folder(name, cache_dir)
    target = folder / WEIGHTS_FILE
    if not _looks_whole(target, source):
        if not download:
            raise _missing(name, folder)
        with writing(folder), _alone(folder):
            if not _looks_whole(target, source):  # another process may have been faster
                _download(source, target, progress or _ignore, sleep)
    if not (folder / CONFIG_FILE).is_file():
        with writing(folder):
            write_config(deepmind(parsed.size_px), folder)
    return folder


def _looks_whole(path: Path, source: PublishedWeights) -> bool:
    try:
        size = path.stat().st_size
    except OSError:
        return False
    return size == source.size_bytes if source.size_bytes is not None else size >= source.min_bytes


def _missing(name: str, folder: Path) -> PipelineError:
    return PipelineError(ErrorCode.WEIGHTS_MISSING, model=name, folder=str(folder), file=WEIGHTS_FILE)


def _download(
    source: PublishedWeights, target: Path, progress: DownloadProgress, sleep: Callable[[float], None]
) -> None:
    """Try every address, each as long as it brings new bytes."""
    failure: _TransferError | None = None
    url = ""
    part = target.with_suffix(".part")
    for url in source.urls:
        idle_attempts = 0
        while idle_attempts < ATTEMPTS:
            had_bytes = _size_of(part)
            try:
                _transfer(url, part, progress)
                _check(part, source)
                part.replace(target)
                _validator_path(part).unlink(missing_ok=True)
                return
            except _TransferError as error:
                failure = error
                if error.final:
                    break
                idle_attempts = 0 if _size_of(part) > had_bytes else idle_attempts + 1
                if idle_attempts < ATTEMPTS:
                    sleep(min(2.0**idle_attempts, 30.0))
    raise PipelineError(
        ErrorCode.WEIGHTS_DOWNLOAD_FAILED,
        model=source.model,
        url=url,
        reason=str(failure),
        folder=str(target.parent),
        file=target.name,
    ) from failure


class _TransferError(Exception):
    """One attempt failed; `final` if trying the same address again is pointless."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        self.final = final
        super().__init__(reason)


def _transfer(url: str, part: Path, progress: DownloadProgress) -> None:
    """Fetch the rest of one file, or the whole of it if the server cannot or must not go on in the middle.

    ``If-Range`` makes the server decide: it sends the rest only of the very file that the part was begun from.
    """
    done = _size_of(part)
    validator = _read_validator(part)
    headers = {"User-Agent": "ganterpret", "Accept-Encoding": "identity"}
    if done and validator:
        headers |= {"Range": f"bytes={done}-", "If-Range": validator}
    else:
        done = 0
    if not url.startswith(("https://", "http://127.0.0.1")):
        raise _TransferError("not https", final=True)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S) as response:  # noqa: S310
            done = _resume_point(response, done)
            length = response.headers.get("Content-Length")
            total = done + int(length) if length and length.isdigit() else 0
            _write_validator(part, response.headers.get("ETag"))
            with part.open("ab" if done else "wb") as file:
                for chunk in iter(lambda: response.read(CHUNK_BYTES), b""):
                    file.write(chunk)
                    done += len(chunk)
                    progress(done, total)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the part is longer than the file: begin again
            part.unlink(missing_ok=True)
            raise _TransferError("HTTP 416") from error
        raise _TransferError(f"HTTP {error.code}", final=400 <= error.code < 500 and error.code != 429) from error
    except urllib.error.URLError as error:
        # A name that leads nowhere will not in half a minute either: most likely there is no network at all. Only in
        # the middle of a download is it worth waiting for.
        nowhere = isinstance(error.reason, socket.gaierror) and not done
        raise _TransferError(_reason(error.reason), final=nowhere) from error
    except (http.client.HTTPException, ssl.SSLError, TimeoutError, ConnectionError) as error:
        raise _TransferError(_reason(error)) from error
    if total and done != total:
        raise _TransferError(f"broke off at {done} of {total} bytes")


def _resume_point(response: http.client.HTTPResponse, wanted: int) -> int:
    """Return the offset at which the body that now comes belongs."""
    if response.status != 206:
        return 0
    if not response.headers.get("Content-Range", "").startswith(f"bytes {wanted}-"):
        raise _TransferError("the server sent another range", final=True)
    return wanted


def _check(part: Path, source: PublishedWeights) -> None:
    """Compare with what is known of the file; a wrong one is thrown away, since going on with it cannot help."""
    fault = ""
    if not _looks_whole(part, source):
        fault = "wrong size"
    elif source.sha256 is not None:
        with part.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != source.sha256:
                fault = "wrong checksum"
    if fault:
        part.unlink()
        _validator_path(part).unlink(missing_ok=True)
        raise _TransferError(fault, final=True)


def _validator_path(part: Path) -> Path:
    return part.with_suffix(".etag")


def _read_validator(part: Path) -> str:
    try:
        return _validator_path(part).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _write_validator(part: Path, etag: str | None) -> None:
    # A weak validator (W/"…") must not be used for ranges: RFC 9110, 13.1.5.
    if etag and etag.startswith('"') and etag.isascii():
        _validator_path(part).write_text(etag, encoding="ascii")
    else:
        _validator_path(part).unlink(missing_ok=True)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _reason(error: object) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time download into a folder; the kernel frees the lock however the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    lock: IO[bytes]
    with (folder / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ignore(_done: int, _total: int) -> None:
    pass
