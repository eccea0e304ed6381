"""Which network addresses may be reached, and an HTTP client that reaches no other.

The address connected to is the very address that was checked: a name is resolved once, so what it resolves
to a moment later does not matter. TLS and the Host header keep the name.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

import httpcore
import httpx

from corpus.errors import FetchFailed, FetchRefused

Resolve = Callable[[str, int], Sequence[str]]

# IPv6 addresses that carry an IPv4 address in their last 32 bits, and the only other ones that are routed.
_CARRIERS = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_ROUTED = IPv6Network("2000::/3")
# Tunnels (Teredo, 6to4), which lead to IPv4 addresses that are not checked here.
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))


def public(address: str) -> bool:
    """Whether `address` is one of the public internet: not private, loopback, link-local, shared, reserved,
    multicast, or a tunnel to any of those."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast
    if any(ip in carrier for carrier in _CARRIERS):
        return public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip in _ROUTED and ip.is_global and not any(ip in tunnel for tunnel in _TUNNELS)


def resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of `host`, in the order to try them. Raises: OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(place[0]) for *_, place in found))


def client(guard: "Guard", context: ssl.SSLContext, timeout: float, agent: str) -> httpx.Client:
    """A client for one request, whose connections are all made by `guard`."""
    return httpx.Client(
        transport=_Transport(guard, context),
        trust_env=False,
        timeout=timeout,
        headers={"User-Agent": agent, "Accept-Encoding": "gzip"},
    )


class Guard(httpcore.NetworkBackend):
    """Connects to public addresses, and to those of the `allowed` hosts ("host" or "host:port").

    `seconds` from now, everything that goes on over its connections ends in FetchFailed, however busy it
    is. A host with even one private address is refused: public names do not have any.
    """

    def __init__(
        self,
        source: str,
        allowed: frozenset[str],
        resolve: Resolve,
        seconds: float,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._source = source
        self._allowed = allowed
        self._resolve = resolve
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._backend = backend or httpcore.SyncBackend()

    def left(self, timeout: float | None) -> float:
        """`timeout`, or the seconds that are left if those are fewer. Raises: FetchFailed when none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise FetchFailed(self._source, f"took longer than {self._seconds:g} seconds")
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises: FetchRefused for an address that is not public, FetchFailed."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._checked(host, port):
            try:
                stream = self._backend.connect_tcp(address, port, self.left(timeout))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self)
        raise failure

    def _checked(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as cause:
            raise httpcore.ConnectError(f"{host} has no address: {cause}") from cause
        if not self._allowed & {host.lower(), f"{host.lower()}:{port}"}:
            for address in addresses:
                if not public(address):
                    raise FetchRefused(
                        self._source,
                        (f"{host} is" if address == host else f"{host} is at {address},")
                        + f" no public address; if it is yours, allow it: FETCH_ALLOW_HOSTS={host}",
                    )
        return addresses


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends when the guard's time is up."""

    def __init__(self, stream: httpcore.NetworkStream, guard: Guard) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, self._guard.left(timeout))
        except httpcore.ReadTimeout:
            self._guard.left(timeout)
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._guard.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._guard.left(timeout))
        return _Stream(stream, self._guard)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """httpx over connections that a guard makes. httpx's own transport takes no network backend, and one put
    into it from outside would be passed by without a word if its insides changed."""

    def __init__(self, guard: Guard, context: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=context, network_backend=guard)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()
