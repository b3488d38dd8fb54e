"""What a request does outside of its transaction: reading a large body, storing, tracing.

A view authenticates, permits and looks things up within the request's transaction, and returns what is to be done
then::

    return Afterwards(lambda: take_in(request, upload_id))

``HostWall`` commits first. Then it calls that behind the walls that stood, as whoever acted, with no transaction open;
what it returns is the answer, and what it raises becomes what it would from a view. It takes short transactions of its
own for what it writes: nothing that it has written is taken back because of the status of its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers

_OF_THE_BODY: Final = frozenset({"Content-Type", "Content-Length", "Vary"})


class Afterwards(HttpResponse):
    """Stands for an answer that is made once the transaction of the request is committed, and not at all where it is
    not. What middleware says in its headers and cookies is handed to the answer."""

    def __init__(self, run: Callable[[], HttpResponseBase]) -> None:
        super().__init__()
        self._run = run
        self._within: list[Callable[[], AbstractContextManager[Any]]] = []

    def within(self, context: Callable[[], AbstractContextManager[Any]]) -> None:
        """Has it run in a context that middleware has left by then."""
        self._within.append(context)

    def answer(self) -> HttpResponseBase:
        """Runs, and gives the answer. Raises what that raises."""
        with ExitStack() as contexts:
            for context in reversed(self._within):  # the outermost middleware was the last to say
                contexts.enter_context(context())
            response = self._run()
            if isinstance(response, Afterwards):
                raise TypeError("What is done afterwards has an answer, and nothing to be done after it.")
            render = getattr(response, "render", None)
            return render() if callable(render) else response

    def hand_to(self, answer: HttpResponseBase) -> None:
        """Gives the answer what middleware has said, where it has not said otherwise itself."""
        for name, value in self.headers.items():
            if name not in _OF_THE_BODY:
                answer.headers.setdefault(name, value)
        if "Vary" in self.headers:
            patch_vary_headers(answer, [name.strip() for name in self.headers["Vary"].split(",")])
        for name, morsel in self.cookies.items():
            if name not in answer.cookies:
                answer.cookies[name] = morsel


class Streamed(StreamingHttpResponse):
    """A body that takes as long as the line does, and reads the object store: it is produced behind the walls that
    stood, and in no transaction, which would be open as long."""
