"""One call over the network: everything within one deadline, the key added last, every failure under its own name."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import threading
import zlib
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import httpx

from alaris.plugins.web.faults import Fault, WebFault
from alaris.plugins.web.vendor import KeyPlace, Vendor

LARGEST = 64 * 2**20  # bytes of one reply; a whole chain is 2 MB
IDLE = 30  # seconds without a byte; the deadline of the whole call is shorter as a rule
USER_AGENT = "alaris (https://github.com/alaris)"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers (lower case) and body as text was sent, unpacked."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Loop:
    """An event loop on a thread of its own, so that one deadline can end name lookup, handshake, headers and body alike."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="alaris-web", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine's result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Stop the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Sender:
    """Calls to one vendor. Redirects are not followed, cookies not kept; the key enters beneath the client, so no log or error has it."""

    def __init__(self, vendor: Vendor, *, verify: ssl.SSLContext | bool = True) -> None:
        self._vendor = vendor
        self._verify = verify
        self._loop = Loop()
        self._client: httpx.AsyncClient | None = None

    def get(self, url: str, headers: Mapping[str, str], key: str, seconds: float) -> Response:
        """Status, headers and body of one GET; raises WebFault where none came within `seconds`."""
        return self._loop.run(self._get(url, {**self._vendor.headers, **headers}, key, seconds))

    def close(self) -> None:
        """Close connections and thread."""
        if self._client is not None:
            self._loop.run(self._client.aclose())
        self._loop.close()

    async def _get(self, url: str, headers: Mapping[str, str], key: str, seconds: float) -> Response:
        try:
            async with asyncio.timeout(seconds):
                return await self._receive(url, headers, key)
        except TimeoutError:
            raise self._fault(Fault.TIMED_OUT, f"no whole reply in {seconds:.3g} s") from None
        except httpx.TimeoutException as error:
            raise self._fault(Fault.TIMED_OUT, type(error).__name__) from None
        except httpx.ConnectError as error:
            raise self._fault(*_unconnected(error, url)) from None
        except httpx.TransportError as error:
            raise self._fault(Fault.TRUNCATED, f"the connection broke ({type(error).__name__})") from None

    async def _receive(self, url: str, headers: Mapping[str, str], key: str) -> Response:
        if self._client is None:
            verify = trusted() if self._verify is True else self._verify
            inner = httpx.AsyncHTTPTransport(verify=verify, limits=httpx.Limits(max_connections=8, keepalive_expiry=20))
            self._client = httpx.AsyncClient(transport=Keyed(inner, self._vendor), follow_redirects=False, timeout=IDLE)
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **headers}
        async with self._client.stream("GET", url, headers=sent, extensions={"alaris_key": key}) as response:
            packed = bytearray()
            async for part in response.aiter_raw():
                packed += part
                if len(packed) > LARGEST:
                    raise self._fault(Fault.TOO_LARGE, f"more than {LARGEST // 2**20} MB")
        return Response(response.status_code, dict(response.headers), self._unpacked(bytes(packed), response.headers))

    def _unpacked(self, packed: bytes, headers: Mapping[str, str]) -> bytes:
        if headers.get("content-encoding", "identity").lower() != "gzip":
            return packed
        try:
            return gzip.decompress(packed)
        except (EOFError, OSError, zlib.error):
            raise self._fault(Fault.TRUNCATED, "the compressed reply is not whole") from None

    def _fault(self, fault: Fault, what: str) -> WebFault:
        return WebFault(self._vendor.name, fault, what)


@cache
def trusted() -> ssl.SSLContext:
    """The certificates of the system, read once for all vendors: that takes as long as a vendor's answer."""
    return httpx.create_ssl_context()


class Keyed(httpx.AsyncBaseTransport):
    """Adds the key as the request leaves: whatever logs or raises above this never saw it."""

    def __init__(self, inner: httpx.AsyncBaseTransport, vendor: Vendor) -> None:
        self._inner = inner
        self._vendor = vendor

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request with its key."""
        key, place, name = request.extensions.get("alaris_key", ""), self._vendor.key_place, self._vendor.key_name
        url, headers = request.url, httpx.Headers(request.headers)
        if key and place is KeyPlace.QUERY:
            url = url.copy_merge_params({name: key})
        elif key:
            headers["Authorization" if place is KeyPlace.BEARER else name] = f"Bearer {key}" if place is KeyPlace.BEARER else key
        passed = {name: value for name, value in request.extensions.items() if name != "alaris_key"}
        return await self._inner.handle_async_request(httpx.Request(request.method, url, headers=headers, extensions=passed))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _unconnected(error: httpx.ConnectError, url: str) -> tuple[Fault, str]:
    host = httpx.URL(url).host
    text, cause = str(error), error.__cause__
    while cause is not None:
        text, cause = f"{text} {cause}", cause.__cause__ or cause.__context__
    if "CERTIFICATE" in text.upper() or "SSL" in text.upper():
        return Fault.NOT_TRUSTED, f"no trusted connection to {host}"
    return Fault.UNREACHABLE, f"no connection to {host}"
