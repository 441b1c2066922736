"""Discord's gateway: who is connected, what they hear, and what was missed while the line was down.

A session outlives its connection: what happens meanwhile is kept, and a client that resumes gets it. A client that
closes with 1000 or 1001 ends its session. While there is no session at all, events are lost, as in Discord.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.doubles.discord import payloads
from tests.doubles.discord.world import GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT, Event, World

Json = dict[str, Any]
DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME = 0, 1, 2, 3, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11
AUTHENTICATION_FAILED, INVALID_INTENTS, DISALLOWED_INTENTS, UNKNOWN_OPCODE = 4004, 4013, 4014, 4001
PRIVILEGED = MESSAGE_CONTENT | GUILD_MEMBERS | GUILD_PRESENCES
ALL_INTENTS = (1 << 26) - 1


@dataclass(eq=False)
class Session:
    """One identified client: all that it was told, by sequence number, and its connection if it is there."""

    id: str
    intents: int
    told: list[Json] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: bool = False  # it was the server that ended the present connection
    sent: int = 0  # how many of `told` have gone through the present connection

    def tell(self, name: str, payload: Any) -> None:
        self.told.append({"op": DISPATCH, "t": name, "s": len(self.told) + 1, "d": payload})
        self.waiting.set()


class Gateway:
    """The websocket side of the server.

    Attributes
    ----------
    sessions : list of Session
        Those that can be resumed.
    identified : int
        How many sessions were ever begun: a restart adds one, a resume does not.
    audit : callable or None
        Is given the name and payload of every event that is told.
    """

    def __init__(self, world: World, token: str, audit: Callable[[str, Any], None] | None = None) -> None:
        self.world = world
        self.token = token
        self.audit = audit
        self.heartbeat_interval_ms = 41_250
        self.sessions: list[Session] = []
        self.identified = 0
        self._numbers = itertools.count(1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Future[object]] = set()
        world.listeners.append(self._hear)

    @property
    def connected(self) -> list[Session]:
        return [session for session in self.sessions if session.socket is not None]

    # --- for tests ----------------------------------------------------------------------------------------------------

    def hang_up(self, code: int = 4000) -> None:
        """Close all connections; clients may resume after most codes."""

        def close_all() -> None:
            for session in self.connected:
                session.hung_up = True
                self._soon(session.socket.close(code=code) if session.socket else None)

        self._in_loop(close_all)

    def ask_to_reconnect(self) -> None:
        """Tell all clients to connect again and resume, as Discord does now and then."""
        self._in_loop(lambda: self._send_to_all({"op": RECONNECT, "d": None}))

    def invalidate(self) -> None:
        """Forget all sessions: clients must identify anew, and what happened meanwhile is lost."""

        def forget() -> None:
            self._send_to_all({"op": INVALID_SESSION, "d": False})
            self.sessions.clear()

        self._in_loop(forget)

    def _in_loop(self, action: Callable[[], object]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(action)

    def _send_to_all(self, frame: Json) -> None:
        for session in self.connected:
            self._soon(session.socket.send_str(json.dumps(frame)) if session.socket else None)

    def _soon(self, action: Coroutine[Any, Any, object] | None) -> None:
        if action is not None:
            task = asyncio.ensure_future(action)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # --- events -------------------------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        """Hand an event to every session that wants it; called in any thread, under the world's lock."""
        if self.audit:
            self.audit(event.name, event.payload)
        for session in list(self.sessions):
            if event.needs and not session.intents & event.needs:
                continue
            may_read = session.intents & MESSAGE_CONTENT
            payload = event.payload if may_read or event.without_content is None else event.without_content
            self._in_loop(lambda session=session, payload=payload: session.tell(event.name, payload))  # type: ignore[misc]

    async def closing(self) -> None:
        """Hang up; a server that starts again knows no sessions."""
        for session in self.connected:
            if session.socket is not None:
                await session.socket.close(code=1012)
        self.sessions.clear()
        self._loop = None

    # --- connections --------------------------------------------------------------------------------------------------

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection from HELLO to its end."""
        self._loop = asyncio.get_running_loop()
        socket = web.WebSocketResponse(max_msg_size=4096)
        await socket.prepare(request)
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_interval_ms}})
        session: Session | None = None
        pump: asyncio.Task[None] | None = None
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                said = frame.json()
                if said["op"] == HEARTBEAT:
                    await socket.send_json({"op": HEARTBEAT_ACK})
                elif said["op"] in (IDENTIFY, RESUME):
                    begin = self._identify if said["op"] == IDENTIFY else self._resume
                    session = await begin(socket, said["d"])
                    if session is not None:
                        session.socket, session.hung_up = socket, False
                        pump = asyncio.create_task(self._pump(session, socket))
                        self.world.changes.ring()
                elif said["op"] == REQUEST_MEMBERS and session is not None:
                    self._chunk(session, said["d"])
                elif said["op"] != PRESENCE:
                    await socket.close(code=UNKNOWN_OPCODE)
        finally:
            if pump is not None:
                pump.cancel()
            if session is not None and session.socket is socket:
                session.socket = None
                left = socket.close_code in (1000, 1001) and not session.hung_up
                if left and session in self.sessions:
                    self.sessions.remove(session)
                self.world.changes.ring()
        return socket

    async def _identify(self, socket: web.WebSocketResponse, said: Json) -> Session | None:
        intents = said.get("intents", 0)
        if said.get("token") != self.token:
            await socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return None
        if intents & ~ALL_INTENTS:
            await socket.close(code=INVALID_INTENTS, message=b"Invalid intent(s).")
            return None
        if intents & PRIVILEGED & ~self.world.granted_intents:
            await socket.close(code=DISALLOWED_INTENTS, message=b"Disallowed intent(s).")
            return None
        with self.world.changes.lock:
            session = Session(secrets.token_hex(16), intents)
            guilds = [guild for guild in self.world.guilds.values() if guild.has_bot]
            ready: Json = {
                "v": 10,
                "user": payloads.own_user(self.world),
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.world.origin.replace("http", "ws", 1) + "/gateway",
                "application": {"id": str(self.world.bot.id), "flags": 0, "flags_new": "0"},
            }
            if "shard" in said:
                ready["shard"] = said["shard"]
            events = [("READY", ready)]
            with_members = bool(intents & GUILD_MEMBERS)
            events += [("GUILD_CREATE", payloads.guild_create(guild, with_members=with_members)) for guild in guilds]
            for name, payload in events:
                session.tell(name, payload)
                if self.audit:
                    self.audit(name, payload)
            self.sessions.append(session)
            self.identified += 1
        return session

    async def _resume(self, socket: web.WebSocketResponse, said: Json) -> Session | None:
        session = next((known for known in self.sessions if known.id == said.get("session_id")), None)
        if said.get("token") != self.token:
            await socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return None
        if session is None:
            await socket.send_json({"op": INVALID_SESSION, "d": False})
            return None
        session.sent = said["seq"] or 0
        session.tell("RESUMED", {})
        return session

    async def _pump(self, session: Session, socket: web.WebSocketResponse) -> None:
        """Send what the session is told, in order, while its connection lasts."""
        while not socket.closed:
            while session.sent < len(session.told):
                frame = session.told[session.sent]
                session.sent += 1
                await socket.send_str(json.dumps(frame))
            session.waiting.clear()
            await session.waiting.wait()

    def _chunk(self, session: Session, said: Json) -> None:
        """Answer a request for members."""
        guild = self.world.guilds[int(said["guild_id"])]
        listed = {int(user_id) for user_id in said.get("user_ids") or []}
        query = (said.get("query") or "").lower()
        people = [
            user
            for user in guild.members.values()
            if (user.id in listed if listed else user.name.lower().startswith(query))
        ]
        chunk = {
            "guild_id": str(guild.id),
            "members": [payloads.full_member(guild, user) for user in people],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [str(user_id) for user_id in listed - set(guild.members)],
        }
        session.tell("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": said["nonce"]} if said.get("nonce") else {}))
