"""The door of the chat page: how many questions may wait, who is refused, and what is forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qa.chat.door import ARENAS, AT_ONCE, Door, body_of, forget, limit_arenas
from qa.chat.guard import MAX_BODY

ASK = "/gradio_api/call/ask"


class Queue:
    """An application that puts every question it reads into a queue."""

    def __init__(self, step: float = 0.0) -> None:
        self.bodies: list[bytes] = []
        self.step, self.inside, self.most = step, 0, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(self.step)
        if scope["method"] == "POST":
            self.bodies.append(b"".join(message.get("body", b"") for message in await body_of(receive)))
        self.inside -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


def door_of(app: Any, most: int = 10, forgotten: list[str] | None = None) -> Door:
    names = [] if forgotten is None else forgotten
    return Door(app, waiting=lambda: len(app.bodies), answered=names.append, most=most)


async def request(to: Door, path: str, method: str = "POST", parts: tuple[bytes, ...] = (b"{}",)) -> tuple[int, Any]:
    """Status and headers."""
    sent: list[Any] = []
    left = list(parts)

    async def receive() -> Any:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    await to({"type": "http", "method": method, "path": path, "headers": []}, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


def test_so_many_questions_wait_and_the_next_one_is_told_when_to_come() -> None:
    app = Queue()

    async def arrive() -> list[tuple[int, Any]]:
        return list(await asyncio.gather(*(request(door_of_all, ASK) for _ in range(25))))

    door_of_all = door_of(app)
    results = asyncio.run(arrive())
    assert [status for status, _ in results].count(200) == len(app.bodies) == 10
    refused = [headers for status, headers in results if status == 503]
    assert len(refused) == 15 and all(int(headers[b"retry-after"]) > 0 for headers in refused)
    assert all(b"content-security-policy" in headers for headers in refused)
    app.bodies.clear()
    assert asyncio.run(request(door_of_all, ASK))[0] == 200


def test_few_are_taken_in_at_a_time_and_all_others_are_served_meanwhile() -> None:
    app = Queue(step=0.01)

    async def arrive() -> int:
        to = door_of(app, most=40)
        questions = asyncio.gather(*(request(to, "/gradio_api/queue/join") for _ in range(40)))
        await asyncio.sleep(0)
        assert (await request(to, "/", "GET"))[0] == 200
        seen = len(app.bodies)
        assert {status for status, _ in await questions} == {200}
        return seen

    assert asyncio.run(arrive()) < 40 == len(app.bodies)
    assert app.most <= AT_ONCE + 1


def test_one_who_sends_slowly_holds_up_nobody() -> None:
    app = Queue()

    async def arrive() -> None:
        to = door_of(app)
        never = asyncio.Event()

        async def slow() -> Any:
            await never.wait()

        scope = {"type": "http", "method": "POST", "path": ASK, "headers": []}
        senders = [asyncio.create_task(to(scope, slow, slow)) for _ in range(50)]  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        assert (await asyncio.wait_for(request(to, ASK), 5))[0] == 200
        for sender in senders:
            sender.cancel()

    asyncio.run(arrive())
    assert app.bodies == [b"{}"]


def test_a_body_in_parts_arrives_whole() -> None:
    app = Queue()
    assert asyncio.run(request(door_of(app), ASK, parts=(b'{"data": ', b"[1]", b"}")))[0] == 200
    assert app.bodies == [b'{"data": [1]}']


def test_a_body_without_end_is_not_read_to_its_end() -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        read += 100_000
        return {"type": "http.request", "body": b"0" * 100_000, "more_body": True}

    asyncio.run(body_of(endless))
    assert MAX_BODY < read <= MAX_BODY + 100_000


def test_a_place_is_given_back_when_a_question_fails() -> None:
    class Broken(Queue):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            raise RuntimeError("a defect")

    to = door_of(Broken(), most=2)
    for _ in range(5):
        with pytest.raises(RuntimeError):
            asyncio.run(request(to, ASK))
    assert to.inside == 0


@pytest.mark.parametrize(
    ("method", "path", "names"),
    [
        ("GET", f"{ASK}/e1", ["e1"]),
        ("GET", "/gradio_api/call/search/e2/", ["e2"]),
        ("GET", "/gradio_api/queue/data", []),
        ("GET", "/", []),
        ("POST", f"{ASK}/e1", []),
        ("POST", ASK, []),
    ],
)
def test_only_a_fetched_result_is_forgotten(method: str, path: str, names: list[str]) -> None:
    forgotten: list[str] = []
    asyncio.run(request(door_of(Queue(), forgotten=forgotten), path, method))
    assert forgotten == names


def test_what_is_no_request_goes_through() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    asyncio.run(Door(app, lambda: 999, seen.append)({"type": "lifespan"}, app, app))  # type: ignore[arg-type]
    assert seen == ["lifespan"]


def test_forgetting_leaves_the_sessions_of_others() -> None:
    class Holder:
        def __init__(self) -> None:
            self.session_data = {"e1": 1, "reader": 2}
            self.time_last_used = {"reader": 2}
            self.pending_messages_per_session = {"e1": 1, "reader": 2}
            self.pending_event_ids_session = {"reader": {"e9"}}

    class Blocks:
        state_holder = _queue = Holder()

    forget(Blocks(), "e1")
    forget(Blocks(), "e1")  # twice is as good as once
    kept = vars(Blocks.state_holder)
    assert all(list(names) == ["reader"] for names in kept.values())


def test_the_heaps_are_bounded_where_the_library_can_and_nothing_breaks_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, int]] = []

    class Library:
        def mallopt(self, option: int, value: int) -> int:
            asked.append((option, value))
            return 1

    monkeypatch.setattr("ctypes.CDLL", lambda _: Library())
    assert limit_arenas() and asked == [(-8, ARENAS)]
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert not limit_arenas()
