"""Which of a chat's messages are about one matter, so that it can be looked at as one candidate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from services.intake.chats.guessing import AGREEING, Guess, Known, category, place, plain, troubled
from services.intake.chats.wechat import Kind, Message

MOST = 200
"""Messages of one matter: what is said beyond is another, if it says what is the matter."""
ENOUGH = 20
"""Troubles that a guess is made from: the first."""
LASTS = timedelta(days=3)
"""How long after its first message others join a matter, unless they answer one of it."""
TOGETHER = timedelta(hours=6)
"""How long after its last message others of the same category and place still join a matter."""
CLOSE = timedelta(minutes=15)
"""How long after it a picture, or a word of agreement, is taken to belong to it."""
RECENT = 50
"""Matters that are looked at, newest first."""
SHORTEST_QUOTE = 4
"""Characters of a quotation by which the quoted message is found."""
LONGEST_TEXT = 1_000


@dataclass(slots=True)
class Thread:
    """Messages by their places in the chat, in order; those that say what is the matter are the `troubles`."""

    messages: list[int] = field(default_factory=list[int])
    troubles: list[int] = field(default_factory=list[int])
    category: Guess = field(default_factory=Guess)
    place: Guess = field(default_factory=Guess)


def threads(chat: Sequence[Message], known: Sequence[Known] = (), group: str = "") -> list[Thread]:
    """What seems to be a matter for the community; what seems to be chatter is in none."""
    sorting = _Sorting(chat, lambda texts: place(texts, known, group))
    for number in range(len(chat)):
        sorting.sort(number)
    return sorting.threads


def text_of(chat: Sequence[Message], thread: Thread) -> str:
    """What an issue of it could say: the troubles in the words they were told in."""
    return "\n".join(dict.fromkeys(chat[number].text for number in thread.troubles))[:LONGEST_TEXT].strip()


class _Sorting:
    """The chat's messages, one after the other."""

    def __init__(self, chat: Sequence[Message], place: Callable[[list[str]], Guess]):
        self._chat, self._place = chat, place
        self.threads: list[Thread] = []

    def sort(self, number: int) -> None:
        message = self._chat[number]
        trouble = message.kind is Kind.TEXT and troubled(message.text)
        thread = self._quoted(message) or (self._alike(message) if trouble else self._followed(message))
        if thread is None and trouble:
            thread = Thread()
            self.threads.append(thread)
        if thread is None:
            return
        thread.messages.append(number)
        if trouble:
            thread.troubles.append(number)
            if len(thread.troubles) <= ENOUGH:
                texts = [self._chat[one].text for one in thread.troubles]
                thread.category, thread.place = category(texts), self._place(texts)

    def _quoted(self, message: Message) -> Thread | None:
        """The matter of what a message answers."""
        if message.quotes is None or len(said := plain(message.quotes.text).rstrip(".…")) < SHORTEST_QUOTE:
            return None
        for thread in reversed(self.threads[-RECENT:]):
            if len(thread.messages) < MOST and any(
                one.speaker == message.quotes.speaker and plain(one.text).startswith(said)
                for one in (self._chat[number] for number in thread.messages)
            ):
                return thread
        return None

    def _alike(self, message: Message) -> Thread | None:
        """The newest matter of the same category at no other place."""
        about, where = category([message.text]).value, self._place([message.text])
        for thread in reversed(self.threads[-RECENT:]):
            elsewhere = min(where.confidence, thread.place.confidence) > 50 and where.value != thread.place.value
            if thread.category.value == about and not elsewhere and self._within(thread, message, TOGETHER):
                return thread
        return None

    def _followed(self, message: Message) -> Thread | None:
        """The newest matter, where somebody agrees, or one of those who spoke of it shows it or goes on."""
        if not self.threads or not self._within(self.threads[-1], message, CLOSE):
            return None
        thread = self.threads[-1]
        spoke = message.speaker in {self._chat[number].speaker for number in thread.messages}
        shows = message.kind in (Kind.PICTURE, Kind.VIDEO, Kind.VOICE)
        agrees = AGREEING.match(plain(message.text)) is not None
        return thread if agrees or (spoke and shows) else None

    def _within(self, thread: Thread, message: Message, span: timedelta) -> bool:
        first, last = (self._chat[thread.messages[place]].said_at for place in (0, -1))
        if len(thread.messages) >= MOST:
            return False
        if first is None or last is None or message.said_at is None:
            return True
        return abs(message.said_at - last) <= span and abs(message.said_at - first) <= LASTS
