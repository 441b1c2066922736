"""How Discord says no: an HTTP status, a code of its own, and for a malformed body the place of every mistake."""

from __future__ import annotations

from typing import Any

Path = tuple[str | int, ...]


class Refusal(Exception):
    """An error answer.

    Parameters
    ----------
    status : int
        The HTTP status.
    code : int
        Discord's JSON error code; 0 is "general error".
    message : str
        Discord's sentence.
    **more
        Further fields of the body: errors, retry_after, global.
    """

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.more = more
        self.headers: dict[str, str] = {}

    def answer(self) -> dict[str, Any]:
        return {"message": self.message, "code": self.code, **self.more}


def unauthorized() -> Refusal:
    return Refusal(401, 0, "401: Unauthorized")


def unknown(what: str) -> Refusal:
    """404 for a thing that is not there (or not any more)."""
    codes = {
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "User": 10013,
        "Webhook": 10015,
        "interaction": 10062,
        "application command": 10063,
    }
    return Refusal(404, codes[what], f"Unknown {what}")


def missing_access() -> Refusal:
    return Refusal(403, 50001, "Missing Access")


def missing_permissions() -> Refusal:
    return Refusal(403, 50013, "Missing Permissions")


def too_large() -> Refusal:
    return Refusal(413, 40005, "Request entity too large")


def rate_limited(retry_after_s: float, *, via: bool) -> Refusal:
    """429; discord.py waits and tries again only if the answer came `Via` Discord's own proxy."""
    refusal = Refusal(429, 0, "You are being rate limited.", **{"retry_after": retry_after_s, "global": False})
    refusal.headers = {"Retry-After": str(max(1, round(retry_after_s))), "X-RateLimit-Scope": "shared"}
    if via:
        refusal.headers["Via"] = "1.1 google"
    return refusal


class FormErrors:
    """The mistakes in a body, collected; all of them are told at once, as "Invalid Form Body" does."""

    def __init__(self) -> None:
        self._found: list[tuple[Path, str, str]] = []

    def add(self, path: Path, code: str, message: str) -> None:
        self._found.append((path, code, message))

    def longest(self, path: Path, value: Any, most: int, least: int = 0) -> None:
        """Check the length of a text, if there is one."""
        if value is None:
            return
        if not isinstance(value, str):
            self.add(path, "BASE_TYPE_BAD_TYPE", "Could not interpret value as string.")
        elif least <= len(value) <= most:
            return
        elif least == 0:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        else:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def most(self, path: Path, values: Any, most: int) -> None:
        """Check the number of things in a list."""
        if values is not None and len(values) > most:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def required(self, path: Path, value: Any) -> None:
        if value in (None, ""):
            self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def raise_if_any(self) -> None:
        if not self._found:
            return
        tree: dict[str, Any] = {}
        for path, code, message in self._found:
            branch = tree
            for step in path:
                branch = branch.setdefault(str(step), {})
            branch.setdefault("_errors", []).append({"code": code, "message": message})
        raise Refusal(400, 50035, "Invalid Form Body", errors=tree)
