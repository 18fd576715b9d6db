"""S11 and S12: many people asking for minutes, and very many arriving at once."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from qa.benchmark.chat.serving import Line, Server

QUESTIONS = (
    "奉化链式助学是什么", "丰门街道总工会上半年举办了多少场职工服务活动?", "“中国鞋都”是哪里?", "谁雕刻了“江南忆”?",
    "“建才之家”什么时候揭牌?", "火星移民局局长叫什么名字?", "职工大病救助有多少人?",
    "What is the schooling policy of Fenghua?",
)  # fmt: skip
GROWTH = 20  # MB that memory may grow between the second minute and the last
DEARER = 1.2  # times that an answer may cost at the end what it cost at the beginning


@dataclass
class Minute:
    """What one stretch of the load saw; times in seconds."""

    times: list[float] = field(default_factory=list)
    errors: int = 0
    cpu: float = 0.0
    memory: float = 0.0


def percentile(values: list[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0


def crowd(server: Server, people: int, minutes: float, pause: float) -> Line:
    """`people` ask, read for about `pause` seconds and ask again, for `minutes`."""
    return judged(asyncio.run(_crowd(server, people, minutes, pause)), people, minutes)


def judged(stretches: list[Minute], people: int, minutes: float) -> Line:
    """The line of the scoreboard: errors, times, and whether the last stretch cost more than the second."""
    times = [seconds for stretch in stretches for seconds in stretch.times]
    errors = sum(stretch.errors for stretch in stretches)
    asked = [stretch for stretch in stretches if stretch.times]
    first, last = asked[min(1, len(asked) - 1)], asked[-1]
    costs = [stretch.cpu / len(stretch.times) * 1000 for stretch in (first, last)]
    growth, p99 = last.memory - first.memory, percentile(times, 0.99)
    long = minutes >= 3  # shorter runs warm up from beginning to end
    good = not errors and p99 < 2 and (not long or (growth < GROWTH and costs[1] <= DEARER * costs[0]))
    told = (
        f"{people} people, {minutes:g} minutes: {len(times)} answers, {errors} errors, median "
        f"{percentile(times, 0.5) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms; "
        f"CPU an answer {costs[0]:.0f} -> {costs[1]:.0f} ms; "
        f"memory {first.memory:.0f} -> {last.memory:.0f} MB"
    )
    numbers = {"answers": len(times), "errors": errors, "p50": percentile(times, 0.5), "p99": p99, "growth_mb": growth}
    return Line("S11 load", good, told, numbers | {"cpu_first_ms": costs[0], "cpu_last_ms": costs[1]})


async def _crowd(server: Server, people: int, minutes: float, pause: float) -> list[Minute]:
    count = max(2, round(minutes))
    stretches = [Minute() for _ in range(count)]
    start, length = time.monotonic(), minutes * 60
    rng = random.Random(7)

    async def person(client: Any) -> None:
        await asyncio.sleep(rng.uniform(0, pause))
        while (now := time.monotonic() - start) < length:
            stretch = stretches[min(int(now / length * count), count - 1)]
            begun = time.monotonic()
            try:
                stretch.errors += not await ask(client, rng.choice(QUESTIONS))
            except Exception:
                stretch.errors += 1
            stretch.times.append(time.monotonic() - begun)
            await asyncio.sleep(rng.uniform(0.5, 1.5) * pause)

    async def watch() -> None:
        spent = server.seconds()
        for number, stretch in enumerate(stretches, 1):
            await asyncio.sleep(max(0.0, start + length * number / count - time.monotonic()))
            now = server.seconds()
            stretch.cpu, stretch.memory, spent = now - spent, server.memory(), now

    async with _client(server) as client:
        await asyncio.gather(watch(), *(person(client) for _ in range(people)))
    return stretches


def _client(server: Server) -> Any:
    import httpx

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    return httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits)


async def ask(client: Any, question: str) -> bool:
    """One question as a program asks it; whether an answer came."""
    event = await client.post("gradio_api/call/ask", json={"data": [question, None, 5, None]})
    if event.status_code != 200:
        return False
    answer = await client.get(f"gradio_api/call/ask/{event.json()['event_id']}")
    return bool(answer.text.startswith("event: complete") and '"status": "' in answer.text)


def surge(server: Server, count: int) -> Line:
    """`count` questions at the same moment; those already waiting must be served, and the page must open."""
    joined, refused, answered, slowest, page = asyncio.run(_surge(server, count))
    lost = joined - answered
    good = not lost and joined + refused == count and page < 1 and slowest < 1
    told = (
        f"{count} at once: {joined} taken and {answered} of them answered, {refused} told to come later (503), "
        f"slowest refusal {slowest * 1000:.0f} ms; the page meanwhile: {page * 1000:.0f} ms"
    )
    numbers = {"joined": joined, "answered": answered, "refused": refused, "refusal_s": slowest, "page_s": page}
    return Line("S12 surge", good, told, numbers)


async def _surge(server: Server, count: int) -> tuple[int, int, int, float, float]:
    refusals: list[float] = []
    events: list[str] = []
    join = {"data": ["链式助学", 3, "sparse", None]}

    async def arrive() -> None:
        status, seconds, content = await exchange(server, "POST", "gradio_api/call/search", join)
        if status == 503:
            refusals.append(seconds)
        elif status == 200:
            events.append(json.loads(content)["event_id"])

    async def served(event: str) -> bool:
        _, _, content = await exchange(server, "GET", f"gradio_api/call/search/{event}")
        return content.startswith(b"event: complete")

    await exchange(server, "GET", "")  # the first look pays for what later ones find ready
    arrivals = asyncio.gather(*(arrive() for _ in range(count)))
    await asyncio.sleep(0.2)
    status, page, _ = await exchange(server, "GET", "")
    await arrivals
    answered = sum(await asyncio.gather(*(served(event) for event in events)))
    return len(events), len(refusals), answered, max(refusals, default=0.0), page if status == 200 else 1e9


async def exchange(server: Server, method: str, path: str, body: object = None) -> tuple[int, float, bytes]:
    """One request over a connection of its own: status, seconds from connecting to the last byte, content.

    Written by hand, since a thousand requests of a client library take a second of CPU on the asking side.
    """
    place, content = urlsplit(server.url), b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} /{path} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        writer.write(head.encode() + content)
        answer = await reader.read()
    finally:
        writer.close()
    top, _, rest = answer.partition(b"\r\n\r\n")
    return int(top.split(b" ", 2)[1]), time.monotonic() - begun, chunks(rest) if b"chunked" in top.lower() else rest


def chunks(content: bytes) -> bytes:
    """The bytes of a body that was sent in chunks."""
    parts = []
    while content:
        size, _, rest = content.partition(b"\r\n")
        length = int(size or b"0", 16)
        parts.append(rest[:length])
        content = rest[length + 2 :] if length else b""
    return b"".join(parts)
