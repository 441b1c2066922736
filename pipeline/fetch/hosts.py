"""Names and addresses of hosts: one spelling for each, and which of them lie on the public internet.

Pure: nothing here asks a name server. The spellings are those that browsers take (WHATWG URL Standard, host parsing),
so that ``http://0x7f.1``, ``http://2130706433`` and ``http://[::ffff:127.0.0.1]`` are seen for what they are.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")

# RFC 6761 and RFC 8375, and what networks at home and in offices use: names that never lead out.
_PRIVATE_SUFFIXES = frozenset({"localhost", "local", "internal", "intranet", "lan", "home", "corp", "localdomain"})
_PRIVATE_NAMES = ("home.arpa",)

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: IPv4 through an IPv6-only network
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291: the one range that public addresses are given from
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # RFC 5214: an interface identifier that carries an IPv4 address
_METADATA = (  # where a cloud keeps the machine's own credentials, outside of link-local addresses
    ipaddress.ip_network("fd00:ec2::/32"),
    ipaddress.ip_network("168.63.129.16/32"),
)


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """A host, or one port of it, that an operator trusts with direct downloads.

    Attributes
    ----------
    host : str
        As `canonical_host` spells it.
    port : int or None
        None stands for every port.
    """

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> AllowedHost:
        """Read ``host``, ``host:port``, ``192.0.2.1:8080``, ``[2001:db8::1]:8080`` or ``2001:db8::1``.

        Raises
        ------
        ValueError
            It is none of these.
        """
        entry = text.strip()
        if _is_ipv6(entry):
            return cls(canonical_host(entry), None)
        match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]+)(?::([0-9]{1,5}))?", entry)
        if match is None or (match[2] and not 0 < int(match[2]) < 65536):
            raise ValueError(f"not a host or host:port: {text[:80]!r}")
        return cls(canonical_host(match[1]), int(match[2]) if match[2] else None)

    def covers(self, host: str, port: int) -> bool:
        """Tell whether a canonical host's port is the one that is meant."""
        return self.host == host and self.port in (None, port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def is_allowed(host: str, port: int, allowed: Iterable[AllowedHost]) -> bool:
    """Tell whether any entry of an allow-list covers a canonical host's port."""
    return any(entry.covers(host, port) for entry in allowed)


def canonical_host(text: str) -> str:
    """Return the one spelling of a host.

    Names come out in lower-case ASCII (UTS 46, non-transitional, as browsers do: ``faß.de`` is ``xn--fa-hia.de``;
    look-alike letters turn into ``xn--…``, full-width ones into plain ones) without a trailing dot; addresses in their
    shortest form, without brackets, IPv4 inside IPv6 as IPv4.

    Parameters
    ----------
    text : str
        A host as it stands in a URL, without userinfo and port.

    Raises
    ------
    ValueError
        It is neither a name nor an address.
    """
    if text.startswith("["):
        if not text.endswith("]") or "%" in text:
            raise ValueError("not an IPv6 address")
        return str(_unmapped(ipaddress.IPv6Address(text[1:-1])))
    if _is_ipv6(text):
        return str(_unmapped(ipaddress.IPv6Address(text)))
    name = (text.lower() if text.isascii() else _ascii_name(text)).removesuffix(".")
    labels = name.split(".")
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("not a host name")
    # A name that ends in a number is an IPv4 address or nothing: no top-level domain is one.
    return str(_ipv4(labels)) if _NUMBER.fullmatch(labels[-1]) else name


def address_of(host: str) -> Address | None:
    """Return the address that a canonical host is; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Tell whether an address lies on the public internet, also by way of an address embedded in it."""
    if isinstance(address, ipaddress.IPv6Address):
        delivered_to = address.ipv4_mapped or _translated(address)
        if delivered_to is not None:
            return is_public(delivered_to)
        if address not in _GLOBAL_UNICAST or _isatap(address) is not None:
            return False
    return address.is_global and not is_forbidden(address) and not is_special_purpose(address)


def is_special_purpose(address: Address) -> bool:
    """Tell whether an address lies in a block that is set aside for something else than public servers."""
    return any(address in block for block in _special_purpose()[address.version])


def is_forbidden(address: Address) -> bool:
    """Tell whether an address is never connected to, be it on an allow-list or not.

    Link-local addresses are where clouds keep the machine's own credentials (169.254.169.254); multicast, broadcast,
    unspecified and reserved addresses are no servers.
    """
    if any(address in block for block in _METADATA):
        return True
    if isinstance(address, ipaddress.IPv6Address):
        if any(is_forbidden(embedded) for embedded in _embedded(address)):
            return True
        if address.ipv4_mapped or address in _NAT64 or address.is_loopback:  # Python counts these as reserved, too.
            return False
    return address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved


def is_private_name(host: str) -> bool:
    """Tell whether a canonical host is a name or an address that leads into a private network."""
    address = address_of(host)
    if address is not None:
        return not is_public(address)
    return host.rpartition(".")[2] in _PRIVATE_SUFFIXES or host.endswith(_PRIVATE_NAMES)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _unmapped(address: ipaddress.IPv6Address) -> Address:
    return address.ipv4_mapped or address


def _embedded(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses that packets to an IPv6 address may end up at."""
    carried = (address.ipv4_mapped, address.sixtofour, _translated(address), _isatap(address))
    yield from filter(None, carried)
    if address.teredo is not None:
        yield from address.teredo


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def _isatap(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    is_one = int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if is_one else None


@cache
def _special_purpose() -> Mapping[int, tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]]:
    """Return the blocks of special_purpose.toml by the version of the protocol."""
    tables = tomllib.loads((Path(__file__).parent / "special_purpose.toml").read_text(encoding="utf-8"))
    blocks = [ipaddress.ip_network(block) for name in ("ipv4", "ipv6", "unregistered") for block in tables[name]]
    return {version: tuple(block for block in blocks if block.version == version) for version in (4, 6)}


def _ascii_name(text: str) -> str:
    """Write a name with letters beyond ASCII in ASCII.

    Without the library (an interpreter of the operator's own may lack it) such a name is none: nothing is guessed.
    """
    try:
        import idna
    except ImportError as error:
        raise ValueError("names beyond ASCII cannot be read here") from error
    try:
        labels = idna.uts46_remap(text, std3_rules=False, transitional=False).split(".")
        return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels)
    except idna.IDNAError as error:
        raise ValueError("not a host name") from error


def _ipv4(labels: list[str]) -> ipaddress.IPv4Address:
    """Read one to four numbers, each decimal, octal or hexadecimal, the last filling the bytes that are left."""
    if len(labels) > 4:
        raise ValueError("not an IPv4 address")
    numbers = [_number(label) for label in labels]
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        raise ValueError("not an IPv4 address")
    value = last
    for place, number in enumerate(leading):
        value += number << (8 * (3 - place))
    return ipaddress.IPv4Address(value)


def _number(label: str) -> int:
    if not _NUMBER.fullmatch(label):
        raise ValueError("not an IPv4 address")
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") else 10)
