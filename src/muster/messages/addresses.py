"""Where a webhook may go: to the world, never into the house's own network unless the settings name the place.

The address is looked up once and that one is spoken to, so that no second answer of the name service leads elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from muster.foundation.errors import Refusal, text

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Place:
    """A webhook with the address at which its host was found."""

    url: str
    host: str
    port: int
    ip: str


def place_of(url: str) -> Place:
    """Look a webhook up. Raises: Refusal (422) for no web address, and for one in the house's own network.

    Raises: OSError when the name is not found now.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise _no_address() from error
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise _no_address()
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except ValueError as error:  # a name that no name service could be asked for
        raise _no_address() from error
    ips = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
    if not all(_is_public(ip) or is_allowed(host, ip) for ip in ips):
        raise Refusal(
            "channel.private",
            text("This address lies in the server's own network: a message could reach what is not meant to hear it."),
            text("If it is your gateway, let whoever runs the server name it in MUSTER_PRIVATE_GATEWAYS."),
            status=422,
        )
    return Place(url, host, port, str(ips[0]))


def _is_public(ip: Address) -> bool:
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return ip.is_global and not ip.is_multicast


def is_allowed(host: str, ip: Address) -> bool:
    """Whether the settings name this host, its address or a network around it."""
    for name in settings.PRIVATE_GATEWAYS:
        if name == host:
            return True
        try:
            if ip in ipaddress.ip_network(name, strict=False):
                return True
        except ValueError:
            continue
    return False


def _no_address() -> Refusal:
    return Refusal(
        "channel.address",
        text("This is no address of a webhook."),
        text("Copy it whole from the group's or the gateway's page; it begins with https://."),
        status=422,
    )
