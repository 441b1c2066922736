"""Which names are which, and which addresses are nobody's public server."""

from __future__ import annotations

import datetime
import ipaddress
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch import hosts
from pipeline.fetch.hosts import canonical_host, is_forbidden, is_public, is_special_purpose

BLOCKS = tomllib.loads((Path(hosts.__file__).parent / "special_purpose.toml").read_text(encoding="utf-8"))
NETWORKS = [ipaddress.ip_network(block) for table in ("ipv4", "ipv6", "unregistered") for block in BLOCKS[table]]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("faß.de", "xn--fa-hia.de"),
        ("FAẞ.de", "xn--fa-hia.de"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("ＹｏｕＴｕｂｅ．ｃｏｍ", "youtube.com"),
        ("you\u00adtube\u200b.com", "youtube.com"),
        ("youtube。com", "youtube.com"),
        ("r3---sn.googlevideo.com", "r3---sn.googlevideo.com"),
        ("a_b.example.", "a_b.example"),
        ("xn--fa-hia.de", "xn--fa-hia.de"),
    ],
)
def test_a_name_is_read_as_browsers_read_it(text: str, host: str) -> None:
    assert canonical_host(text) == host


@pytest.mark.parametrize("text", ["i❤.example", "a\u0338b..example", "\u200d.example", "ex\ud800.example"])
def test_what_is_no_name_by_the_standard_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        canonical_host(text)


def test_without_the_library_no_name_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "idna", None)
    assert canonical_host("WWW.Example.org") == "www.example.org"
    with pytest.raises(ValueError, match="beyond ASCII"):
        canonical_host("faß.de")


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_no_end_of_a_special_block_is_public(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
    ends = (network[0], network[network.num_addresses // 2], network[-1])
    if str(network) in {"64:ff9b::/96", "::ffff:0:0/96"}:  # the address inside decides
        assert not is_public(network[0x7F000001])
        assert is_public(network[0x08080808])
    else:
        assert not any(is_public(end) for end in ends)
    assert all(is_special_purpose(end) for end in ends)


def test_the_list_says_when_it_was_compared() -> None:
    assert isinstance(BLOCKS["compared"], datetime.date)


@pytest.mark.parametrize(
    "text",
    [
        "168.63.129.16",
        "192.88.99.1",
        "192.31.196.1",
        "fec0::1",
        "3fff:fff::1",
        "5f00::1",
        "100:0:0:1::1",
        "2001:20::1",
        "4000::1",
        "2a00:1450:4001:1::5efe:8.8.8.8",
        "2a00:1450:4001:1:200:5efe:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::168.63.129.16",
        "64:ff9b:1::8.8.8.8",
        "2002:808:808::1",
        "2001:0:808:808::f7f7:f7f7",
        "::ffff:0:8.8.8.8",
        "::8.8.8.8",
    ],
)
def test_nobody_is_served_from_there(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "93.184.216.34", "2a00:1450:4001:80f::200e", "64:ff9b::8.8.8.8"])
def test_servers_of_the_public_internet_are_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("168.63.129.16", True),
        ("::ffff:168.63.129.16", True),
        ("169.254.169.254", True),
        ("2002:a9fe:a9fe::1", True),
        ("2001:0:a9fe:a9fe::1", True),
        ("fd12::200:5efe:169.254.169.254", True),
        ("fd00:ec2::254", True),
        ("192.168.1.5", False),
        ("fd12:3456::1", False),
        ("fec0::1", False),
        ("::1", False),
        ("64:ff9b::10.0.0.1", False),
    ],
)
def test_an_operator_may_allow_their_own_network_and_never_a_cloud_s_credentials(text: str, forbidden: bool) -> None:
    assert is_forbidden(ipaddress.ip_address(text)) is forbidden


@given(st.ip_addresses(v=4), st.sampled_from(["6to4", "teredo", "isatap"]))
def test_a_tunnel_is_never_public_and_as_forbidden_as_what_it_leads_to(
    inside: ipaddress.IPv4Address, form: str
) -> None:
    packed = int(inside)
    address = ipaddress.IPv6Address(
        {
            "6to4": 0x2002 << 112 | packed << 80,
            "teredo": 0x20010000 << 96 | 0x08080808 << 64 | packed ^ 0xFFFFFFFF,
            "isatap": 0x2A001450 << 96 | 0x5EFE << 32 | packed,
        }[form]
    )
    assert not is_public(address)
    assert is_forbidden(address) is is_forbidden(inside)
