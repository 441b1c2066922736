"""How the Bot API says no."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer with `ok: false`.

    Parameters
    ----------
    status : int
        The HTTP status, which is also the `error_code`.
    description : str
        The sentence, with its prefix ("Bad Request: …").
    **parameters
        Telegram's ResponseParameters: retry_after, migrate_to_chat_id.
    """

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def answer(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(reason: str, **parameters: int) -> Refusal:
    return Refusal(400, f"Bad Request: {reason}", **parameters)


def forbidden(reason: str) -> Refusal:
    return Refusal(403, f"Forbidden: {reason}")


def flood(retry_after_s: float) -> Refusal:
    whole = max(1, round(retry_after_s))  # the Bot API counts whole seconds
    return Refusal(429, f"Too Many Requests: retry after {whole}", retry_after=whole)
