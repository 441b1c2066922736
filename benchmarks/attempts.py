"""Stand-ins for what hostile bytes would do once they had taken over the program that reads them.

    python attempts.py NAME TARGETS

`TARGETS` is a JSON object that says where there is something to reach. An attempt that gets what it wants prints
ESCAPED. It needs the standard library alone, for it runs in a cage.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Targets = dict[str, Any]
_PTRACE_ATTACH, _PTRACE_DETACH = 16, 17
_CLONE_NEWUSER = 0x10000000

ENOUGH_FORKS = 20
ENOUGH_BYTES = 1 << 30
ENOUGH_SECONDS = 1.6
ENOUGH_FILES = 300


def read_secret(targets: Targets) -> bool:
    return "token" in Path(targets["secret"]).read_text()


def read_parents_environment(targets: Targets) -> bool:
    return bool(Path(f"/proc/{targets['parent']}/environ").read_bytes())


def write_outside(targets: Targets) -> bool:
    Path(targets["outside"]).write_text("was here")
    return True


def leave_a_link(_targets: Targets) -> bool:
    Path("clip.mp4").symlink_to("/etc/passwd")
    return True


def connect_tcp(targets: Targets) -> bool:
    socket.create_connection(("127.0.0.1", targets["tcp_port"]), timeout=2).close()
    return True


def send_udp(targets: Targets) -> bool:
    """Sending on the loopback fails where nobody can be reached."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"a secret", ("127.0.0.1", targets["udp_port"])) > 0


def connect_abstract(targets: Targets) -> bool:
    with socket.socket(socket.AF_UNIX) as near:
        near.connect(targets["abstract"])
    return True


def connect_by_path(targets: Targets) -> bool:
    with socket.socket(socket.AF_UNIX) as near:
        near.connect(targets["path"])
    return True


def turn_a_pair(targets: Targets) -> bool:
    """Half of a pair of datagram sockets can be connected to somebody else."""
    near, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    near.connect(targets["datagrams"])
    return near.send(b"a secret") > 0


def execute(_targets: Targets) -> bool:
    os.execv("/bin/sh", ["sh", "-c", "echo ESCAPED"])


def execute_itself(_targets: Targets) -> bool:
    """The program may be executed as far as files go; but it has been already."""
    os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", "print('ESCAPED')"])


def trace(targets: Targets) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    attached: bool = libc.ptrace(_PTRACE_ATTACH, targets["victim"], 0, 0) == 0
    if attached:
        os.waitpid(targets["victim"], 0x40000000)  # __WALL
        libc.ptrace(_PTRACE_DETACH, targets["victim"], 0, 0)
    return attached


def signal_another(targets: Targets) -> bool:
    os.kill(targets["victim"], 0)
    return True


def leave_the_group(_targets: Targets) -> bool:
    # The leader of a group cannot leave it by setsid; moving back into the guardian's is as good.
    os.setpgid(0, os.getsid(0))
    return True


def become_root(_targets: Targets) -> bool:
    return int(ctypes.CDLL(None).unshare(_CLONE_NEWUSER)) == 0


def fork_bomb(_targets: Targets) -> bool:
    forks = 0
    for _ in range(ENOUGH_FORKS):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        forks += 1
    return forks == ENOUGH_FORKS


def take_memory(_targets: Targets) -> bool:
    mmap.mmap(-1, ENOUGH_BYTES).close()
    return True


def loop(_targets: Targets) -> bool:
    while time.process_time() < ENOUGH_SECONDS:
        pass
    return True


def write_a_huge_file(_targets: Targets) -> bool:
    with open("huge", "wb") as file:  # noqa: PTH123
        file.truncate(ENOUGH_BYTES)
    return True


def open_many_files(_targets: Targets) -> bool:
    return len([os.dup(0) for _ in range(ENOUGH_FILES)]) == ENOUGH_FILES


ATTEMPTS: dict[str, Callable[[Targets], bool]] = {
    "read ../.env": read_secret,
    "read the bot's /proc/PID/environ": read_parents_environment,
    "write outside its folder": write_outside,
    "leave a link in its folder": leave_a_link,
    "connect over TCP": connect_tcp,
    "send over UDP": send_udp,
    "connect to an abstract socket": connect_abstract,
    "connect to a socket by its path": connect_by_path,
    "turn half of a socket pair": turn_a_pair,
    "execute a shell": execute,
    "execute itself once more": execute_itself,
    "trace another process": trace,
    "signal another process": signal_another,
    "leave its process group": leave_the_group,
    "be root in a namespace": become_root,
    "fork bomb": fork_bomb,
    "take a gigabyte of memory": take_memory,
    "loop without end": loop,
    "write a huge file": write_a_huge_file,
    "open hundreds of files": open_many_files,
}


def main() -> None:
    try:
        came_out = ATTEMPTS[sys.argv[1]](json.loads(sys.argv[2]))
        print("ESCAPED" if came_out else "Error: nothing came of it", flush=True)
    except (OSError, MemoryError) as error:
        print(f"Error: {error!r}", flush=True)
    # No tidying: what it forked must not run this, too.
    os._exit(0)


if __name__ == "__main__":
    main()
