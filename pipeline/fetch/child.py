"""The process that talks to strangers: ``python -m pipeline.fetch.child``, a request on its standard input.

It needs the standard library and, for sites, yt-dlp; nothing else of the project's dependencies, so that it can run
under an interpreter of its own whose yt-dlp is newer. Its standard output carries answers, one to a line. It ends when
its standard input does: a parent that was killed takes it along.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import IO
from urllib.parse import urlsplit

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch import connection, direct, questions, short_links, ytdlp
from pipeline.fetch.guard import Guard, limit_resources
from pipeline.fetch.hosts import AllowedHost
from pipeline.fetch.link import Link
from pipeline.fetch.protocol import Answer, FetchRequest, Received, Remark, Underway, answer_to_line

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def main() -> None:
    """Serve one request."""
    request = FetchRequest.from_line(sys.stdin.readline())
    answers = _own_standard_output()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit_resources(request.limits)
    guard = Guard(request.folder, map(AllowedHost.parse, request.allow_hosts), only_pinned=request.gate is not None)
    if request.gate is not None:
        split = urlsplit(request.gate)
        guard.pin(split.hostname or "", split.port or 0)
    guard.install()

    def say(answer: Answer) -> None:
        answers.write(answer_to_line(answer) + "\n")
        answers.flush()

    say(serve(request, guard, say))
    # At once: neither threads nor exit handlers of a library have a say in when this process is over.
    os._exit(0)


def serve(request: FetchRequest, guard: Guard, tell: Callable[[Underway | Remark], None]) -> Received | PipelineError:
    """Fetch, and turn whatever goes wrong into an error with a code."""
    try:
        return _fetch(request, guard, tell)
    except PipelineError as error:
        return error
    except Exception as error:
        return _error_of(error, request)


def _fetch(request: FetchRequest, guard: Guard, tell: Callable[[Underway | Remark], None]) -> Received:
    """Take the road that the link needs, and that of the link behind it."""
    asked = request.link
    outcome: Received | Link
    way = connection.connect if request.gate is None else connection.through(request.gate)
    for _ in range(connection.HOPS + 1):
        match request.link.road:
            case "extractor":
                outcome = ytdlp.extract(request, guard, tell)
            case "file":
                outcome = direct.download(request, guard, tell, connect=way)
            case "redirect":
                outcome = short_links.follow(request.link, guard, request.allow_hosts, connect=way)
            case "question":
                outcome = questions.ask_for_file(request.link, guard, request.allow_hosts, connect=way)
        if isinstance(outcome, Received):
            # A file goes by the link that was given, wherever it lies today.
            if request.link.road == "file":
                title = direct.title_of(asked) if asked.road == "file" else outcome.title
                return replace(outcome, title=title, source_id=asked.source_id, url=asked.url)
            return outcome
        request = replace(request, link=outcome)
    raise PipelineError(ErrorCode.FETCH_FAILED, host=asked.host, reason="too many redirects")


def _error_of(error: Exception, request: FetchRequest) -> PipelineError:
    number = error.errno if isinstance(error, OSError) else None
    if number in _FULL:
        return PipelineError(ErrorCode.DISK_FULL, path=str(request.folder))
    if number == errno.EFBIG or isinstance(error, MemoryError):
        return PipelineError(ErrorCode.FILE_TOO_LARGE, limit_bytes=request.limits.max_bytes)
    reason = f"{type(error).__name__}: {error}"[:300]
    return PipelineError(ErrorCode.FETCH_FAILED, host=request.link.host, reason=reason)


def _own_standard_output() -> IO[str]:
    """Keep standard output for answers, and send what libraries print there to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _end_with_parent() -> None:
    # The parent holds the other end open and writes nothing more: an end of file means that it is gone.
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
