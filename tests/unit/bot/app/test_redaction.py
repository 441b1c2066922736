"""No token reaches a log, whichever library writes it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from bot.app.redaction import redact, redact_logs

TELEGRAM = "123456789:AAF-invented_for_this_test_0123456789"
DISCORD = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789ab"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    root = logging.getLogger()
    root.addHandler(handler)
    undo = redact_logs(["sesame"])
    yield out
    undo()
    root.removeHandler(handler)


@pytest.mark.parametrize("token", [TELEGRAM, DISCORD, "sesame"])
def test_a_token_is_hidden_wherever_it_stands(token: str) -> None:
    assert redact(f"https://api.example/{token}/me: Bot {token}", ["sesame"]) == (
        "https://api.example/[hidden]/me: Bot [hidden]"
    )


@pytest.mark.parametrize("text", ["12:34:56", "at 2026-11-20 10:00:00", "sha256:" + "ab" * 32, "1234567:short"])
def test_what_is_no_token_stays(text: str) -> None:
    assert redact(text) == text


def test_messages_arguments_and_tracebacks_are_cleaned(written: io.StringIO) -> None:
    log = logging.getLogger("somebody.else")
    log.warning("asking %s", f"https://api.telegram.org/bot{TELEGRAM}/getUpdates")
    try:
        raise RuntimeError(f"no answer from bot{TELEGRAM}")
    except RuntimeError:
        log.exception("it broke, sesame")
    text = written.getvalue()
    assert TELEGRAM not in text
    assert "sesame" not in text
    assert "RuntimeError: no answer from bot[hidden]" in text
    assert text.count("[hidden]") == 3


def test_a_record_without_secrets_keeps_its_arguments(written: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("somebody.else").warning("%d of %d", 1, 2)
    assert caplog.records[-1].args == (1, 2)
    assert "1 of 2" in written.getvalue()


def test_requests_are_not_logged(written: io.StringIO) -> None:
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert logging.getLogger("httpx").isEnabledFor(logging.WARNING)


def test_arguments_that_do_not_fit_are_left_to_the_handler(written: io.StringIO) -> None:
    with pytest.raises(TypeError, match="number is required"):  # pytest's handler raises, others print it
        logging.getLogger("somebody.else").warning("%d", "x")
