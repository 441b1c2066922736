"""A Discord on 127.0.0.1: REST, gateway and file links of a `World`, for discord.py's real client.

    with DiscordServer() as server, server.takes_the_place_of_discord():
        guild = server.world.guild("Band", members=["Ada"])
        await client.start(server.token)

What was called lies in `calls`; what shall go wrong is ordered from `faults`. See README.md in this folder.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol

import discord
import yarl
from aiohttp import BodyPartReader, web

from tests.doubles.discord.gateway import Gateway
from tests.doubles.discord.interactions import File
from tests.doubles.discord.refusal import Refusal, rate_limited, unauthorized
from tests.doubles.discord.rest import ROUTES
from tests.doubles.discord.rest import Call as RestCall
from tests.doubles.discord.world import World
from tests.doubles.faults import Delay, Drop, Faults, Flood, ServerError
from tests.doubles.faults import Refusal as OrderedRefusal
from tests.doubles.loopback import LoopbackServer

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.Loopback.token-of-the-discord-double"
API = "/api/v10"


@dataclass(frozen=True)
class Call:
    """One request as the server took it, with the status of its answer."""

    route: str  # "POST /channels/{channel_id}/messages"
    path: Mapping[str, str]
    body: Any
    files: tuple[str, ...]
    status: int
    at: datetime


class Audit(Protocol):
    """Holds what is said against a description of the API."""

    def exchange(self, route: str, body: Any, is_form: bool, status: int, answer: Any) -> None: ...

    def event(self, name: str, payload: Any) -> None: ...


class DiscordServer(LoopbackServer):
    """Serve one bot's world.

    Attributes
    ----------
    world : World
        Shared by a test and the server; survives `stop` and `start`.
    gateway : Gateway
        The websocket side: who is connected, and ways to trouble them.
    calls : list of Call
        Every REST call, in order of arrival.
    faults : Faults
        By route; the body and the numbers in the path of a call are there for `where`.
    """

    def __init__(self, world: World | None = None, *, token: str = TOKEN, audit: Audit | None = None) -> None:
        super().__init__()
        self.world = world or World()
        self.token = token
        self.calls: list[Call] = []
        self.faults = Faults()
        self.audit = audit
        self.gateway = Gateway(self.world, token, audit.event if audit else None)

    @property
    def api_url(self) -> str:
        """What `discord.http.Route.BASE` is to be."""
        return self.origin + API

    @property
    def gateway_url(self) -> str:
        """What `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY` is to be."""
        return self.origin.replace("http", "ws", 1) + "/gateway"

    @contextmanager
    def takes_the_place_of_discord(self) -> Iterator[None]:
        """Point discord.py at this server, in this process."""
        gateway = discord.gateway.DiscordWebSocket
        before = discord.http.Route.BASE, gateway.DEFAULT_GATEWAY
        discord.http.Route.BASE, gateway.DEFAULT_GATEWAY = self.api_url, yarl.URL(self.gateway_url)
        try:
            yield
        finally:
            discord.http.Route.BASE, gateway.DEFAULT_GATEWAY = before

    def calls_of(self, route: str) -> list[Call]:
        """Return the calls of one route: "PATCH /channels/{channel_id}/messages/{message_id}"."""
        return [call for call in self.calls if call.route == route]

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    def application(self) -> web.Application:
        app = web.Application(client_max_size=2**31)  # sizes are judged by the rules of the world
        for method, template, act in ROUTES:
            app.router.add_route(method, API + template, self._handler(method, template, act))
        app.router.add_get(f"{API}/gateway/bot", self._handler("GET", "/gateway/bot", self._gateway_bot))
        app.router.add_get("/gateway", self.gateway.connect)
        app.router.add_get("/gateway/", self.gateway.connect)
        app.router.add_get("/attachments/{channel_id}/{attachment_id}/{filename}", self._download)
        app.router.add_route("*", "/{path:.*}", self._nowhere)
        return app

    async def closing(self) -> None:
        await self.gateway.closing()

    async def started(self) -> None:
        self.world.origin = self.origin

    def _gateway_bot(self, _call: RestCall) -> dict[str, Any]:
        start = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.gateway_url, "shards": 1, "session_start_limit": start}

    async def _nowhere(self, _request: web.Request) -> web.Response:
        return _json({"message": "404: Not Found", "code": 0}, 404)

    async def _download(self, request: web.Request) -> web.Response:
        """Serve a file by its signed link, for as long as the link lives."""
        file = self.world.attachments.get(int(request.match_info["attachment_id"]))
        until = int(request.query.get("ex", "0"), 16)
        fault = self.faults.take("download", dict(request.match_info))
        if fault is not None:
            await self._strike(request, fault)
        if file is None or until < self.world.clock.now().timestamp():
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.content, headers={"Content-Type": file.content_type})

    def _handler(self, method: str, template: str, act: Callable[[RestCall], Any]) -> Callable[..., Any]:
        route = f"{method} {template}"
        by_token_in_path = template.startswith(("/interactions/", "/webhooks/"))

        async def handle(request: web.Request) -> web.Response:
            body: Any = None
            uploads: dict[int, File] = {}
            headers: dict[str, str] = {}
            try:
                if not by_token_in_path and request.headers.get("Authorization") != f"Bot {self.token}":
                    raise unauthorized()
                body, uploads = await _read(request)
                call = RestCall(self.world, dict(request.match_info), dict(request.query), body, uploads)
                answer = await self._carry_out(request, route, call, act)
                status = 204 if answer is None else 201 if template.endswith("/threads") else 200
            except Refusal as refusal:
                status, answer, headers = refusal.status, refusal.answer(), refusal.headers
            self._note(request, route, body, uploads, status, answer)
            return _json(answer, status, headers)

        return handle

    async def _carry_out(self, request: web.Request, route: str, call: RestCall, act: Callable[[RestCall], Any]) -> Any:
        about = {**call.path, **(call.body if isinstance(call.body, dict) else {})}
        fault = self.faults.take(route, about)
        afterwards = getattr(fault, "accepted", False)
        if fault is not None and not afterwards:
            await self._strike(request, fault)
        with self.world.changes.lock:
            answer = act(call)
        if fault is not None and afterwards:
            self._note(request, route, call.body, call.uploads, 200, answer)
            await self._strike(request, fault)
        return answer

    async def _strike(self, request: web.Request, fault: object) -> None:
        match fault:
            case Flood(retry_after_s=seconds, via=via):
                raise rate_limited(seconds, via=via)
            case ServerError(status=status):
                raise Refusal(status, 0, f"{status}: {HTTPStatus(status).phrase}")
            case OrderedRefusal(status=status, description=description, code=code):
                raise Refusal(status, code, description)
            case Delay(seconds=seconds):
                await asyncio.sleep(seconds)
            case Drop():
                if request.transport is not None:
                    request.transport.abort()
                raise asyncio.CancelledError

    def _note(
        self, request: web.Request, route: str, body: Any, uploads: Mapping[int, File], status: int, answer: Any
    ) -> None:
        with self.world.changes.lock:
            files = tuple(file.name for file in uploads.values())
            self.calls.append(Call(route, dict(request.match_info), body, files, status, self.world.clock.now()))
            if self.audit:
                self.audit.exchange(route, body, bool(uploads), status, answer)
            self.world.changes.ring()


def _json(answer: Any, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """discord.py reads an answer as JSON only if its type is exactly this, without a charset."""
    if status == 204:
        return web.Response(status=204)
    body = json.dumps(answer).encode()
    return web.Response(body=body, status=status, headers={**(headers or {}), "Content-Type": "application/json"})


async def _read(request: web.Request) -> tuple[Any, dict[int, File]]:
    """Read a body of JSON, or a form of `payload_json` and `files[n]`."""
    if not request.can_read_body:
        return {}, {}
    if request.content_type == "application/json":
        try:
            return await request.json(), {}
        except ValueError:
            raise Refusal(400, 50109, "The request body contains invalid JSON.") from None
    if request.content_type != "multipart/form-data":
        return {}, {}
    body: Any = {}
    uploads: dict[int, File] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        content = bytes(await part.read(decode=True))
        name = part.name or ""
        if name == "payload_json":
            body = json.loads(content)
        elif found := re.fullmatch(r"files\[(\d+)\]", name):
            kind = part.headers.get("Content-Type", "application/octet-stream")
            uploads[int(found[1])] = File(part.filename or "unknown", content, kind)
    return body, uploads
