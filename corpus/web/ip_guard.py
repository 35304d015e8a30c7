"""Decides which numeric addresses are public: outside of every private or special network.

Anyone may name a page, and its server may redirect anywhere: to this machine, to its neighbours,
to the cloud's metadata. Footnote dials only what is public by these lists.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

# https://www.iana.org/assignments/iana-ipv4-special-registry, multicast and reserved. Not
# ipaddress.is_global: what that says differs between the Pythons that we run on.
_SPECIAL_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT; one cloud has its metadata there
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own services for a machine, at a public address
        "169.254.0.0/16",  # link-local; most clouds have their metadata there
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Only this block is handed out to the public: https://www.iana.org/assignments/ipv6-address-space
_UNICAST_6 = IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address, and whoever relays to it
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether a numeric address, IPv4 or IPv6, is one of the public internet.

    An address that holds an IPv4 address (v4-mapped, NAT64) is public if that one is. An address
    with a zone is not public, nor is what is no address.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return False
        inner = found.ipv4_mapped
        if found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is None:
            return found in _UNICAST_6 and not any(found in network for network in _SPECIAL_6)
        found = inner
    return not any(found in network for network in _SPECIAL_4)
