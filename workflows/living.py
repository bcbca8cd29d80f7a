"""What the long lives share: reading the inbox, answering updates, recording into the book."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from temporalio import workflow

from cais.lifecycle.answer import Answer
from cais.lifecycle.life import Life
from cais.lifecycle.message import Message
from cais.model.handoff import Record
from workflows import book
from workflows.handoffs import Handoffs

State = TypeVar("State", bound=Life)


class Living(Generic[State]):
    """Methods only: each workflow sets these fields in its own `@workflow.init`."""

    _state: State
    _inbox: list[Message]
    _stirred: bool
    _heard_at: datetime | None
    _handoffs: Handoffs

    def hear(self, message: Message) -> None:
        self._inbox.append(message)
        self._stirred = True

    def answer(self, message: Message) -> dict[str, Any]:
        self.hear(message)
        if not self._claimed():
            return {"answer": "queued"}
        answer = self._read_inbox()[-1]
        word = "refused" if answer.reason else "repeated" if answer.repeated else "accepted"
        reason = {"reason": answer.reason} if answer.reason else {}
        return {"answer": word, **reason}

    def _claimed(self) -> bool:
        """Whether messages can be read."""
        raise NotImplementedError

    def _apply(self, message: Message) -> tuple[State, Answer]:
        raise NotImplementedError

    def _recorded(self) -> Record:
        """What the book is to be told."""
        raise NotImplementedError

    def _read_inbox(self) -> list[Answer]:
        messages, self._inbox = self._inbox, []
        answers = []
        for message in messages:
            self._state, answer = self._apply(message)
            self._heard_at = workflow.now()
            answers.append(answer)
        return answers

    async def _record(self) -> None:
        """Into the book, unless a handoff under way takes it there."""
        if self._state.rev > max(self._state.recorded, self._handoffs.carried):
            await self._write()

    async def _write(self) -> None:
        record = self._recorded()
        await book.write(record)
        self._state = self._state.acknowledge(record.rev)
