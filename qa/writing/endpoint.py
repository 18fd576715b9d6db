"""An OpenAI-compatible endpoint (llama.cpp, vLLM, Ollama, ...), streamed through the `openai` client to a deadline."""

from __future__ import annotations

import os
import queue
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from qa.datatypes import Failure
from qa.errors import InputError

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.chat import ChatCompletionMessageParam

Message = dict[str, str]
MOST_TOKENS = 1024  # of one answer
LONGEST = 8_000  # characters read of one answer, whatever the endpoint counts as a token
KEY = "OPENAI_API_KEY"
_NO_KEY = "none"  # the client wants one even where the endpoint does not


class EndpointError(Exception):
    """The endpoint gave no whole answer; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure: Failure = failure


@dataclass(frozen=True)
class Endpoint:
    """A model at an endpoint; `timeout` in seconds is what a whole answer may take. The key is OPENAI_API_KEY, if set.

    Raises InputError for an address that is none, or when the `openai` package is not installed.
    """

    base_url: str
    model: str
    timeout: float = 60.0
    _client: OpenAI = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if urlsplit(self.base_url).scheme not in ("http", "https") or not urlsplit(self.base_url).hostname:
            raise InputError(f"--llm expects an address such as http://127.0.0.1:8080/v1, got {self.base_url[:80]!r}.")
        try:
            from openai import OpenAI
        except ImportError:
            raise InputError("--llm needs the openai package; install it with: pip install 'wenbao[llm]'") from None
        key = os.environ.get(KEY) or _NO_KEY
        client = OpenAI(base_url=self.base_url, api_key=key, timeout=self.timeout, max_retries=0)
        object.__setattr__(self, "_client", client)
        weakref.finalize(self, client.close)  # its connections are kept open for the next question

    def pieces(self, messages: Sequence[Message]) -> Iterator[str]:
        """The answer piece by piece as it arrives. Raises EndpointError; at the deadline too, come what may."""
        stop, arrived = threading.Event(), queue.SimpleQueue[str | tuple[Failure] | None]()
        threading.Thread(target=self._read, args=(messages, arrived, stop), daemon=True).start()
        deadline = time.monotonic() + self.timeout
        try:
            while True:
                try:
                    piece = arrived.get(timeout=max(deadline - time.monotonic(), 0.001))
                except queue.Empty:
                    raise EndpointError("slow") from None
                if piece is None:
                    return
                if isinstance(piece, tuple):
                    raise EndpointError(piece[0])
                yield piece
        finally:
            stop.set()

    def _read(self, messages: Sequence[Message], arrived: queue.SimpleQueue[Any], stop: threading.Event) -> None:
        """Puts the pieces into the queue, then None, or a tuple of the failure. Runs in a thread of its own: an
        endpoint that sends nothing but signs of life would hold the caller for ever."""
        import openai

        try:
            self._pass_on(messages, arrived, stop)
            arrived.put(None)
        except openai.APITimeoutError:
            arrived.put(("slow",))
        except openai.APIConnectionError:
            arrived.put(("unreachable",))
        except openai.APIError:
            arrived.put(("refused",))
        except Exception:  # what is no chat completion fails anywhere in the client
            arrived.put(("garbage",))

    def _pass_on(self, messages: Sequence[Message], arrived: queue.SimpleQueue[Any], stop: threading.Event) -> None:
        length, finished = 0, False
        stream = self._client.chat.completions.create(
            model=self.model,
            messages=cast("list[ChatCompletionMessageParam]", list(messages)),
            stream=True,
            temperature=0,
            max_tokens=MOST_TOKENS,
        )
        with stream:
            for chunk in stream:
                choice = chunk.choices[0] if chunk.choices else None
                piece = choice.delta.content if choice else None
                finished = finished or bool(choice and choice.finish_reason)
                if piece:
                    arrived.put(str(piece))
                    length += len(piece)
                if stop.is_set() or length > LONGEST:
                    return
        if not finished:
            arrived.put(("unreachable" if length else "garbage",))
