"""Mail with real processes: whatever is killed or misbehaves, nothing is lost, and repeats have the same Message-ID."""

import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from email.message import Message as Mail

import pytest

from accounts import mime
from accounts.models import Message
from tests.worker.conftest import Site, wait
from tests.worker.sink import ACCEPTED, KEPT_IN_SILENCE, Answer

pytestmark = [pytest.mark.services]

MANY = 2000
KILLS = 10
POST = """
from accounts import mime, outbox
for number in range({count}):
    outbox.post(key=f"test:{{number}}", kind="test", to=f"reader{{number}}@example.org",
                subject=f"Number {{number}}", text="Text", html="<p>Text</p>")
"""


def posting(site: Site) -> subprocess.Popen[bytes]:
    """A process that queues all messages, one transaction each."""
    return site.run(POST.format(count=MANY))


def everything_is_settled() -> bool:
    waiting = Message.objects.filter(state__in=["queued", "sending"]).exists()
    return Message.objects.count() == MANY and not waiting


def strikes(site: Site) -> Iterator[None]:
    """Ten moments at random while mail is being delivered."""
    for count in sorted(random.sample(range(1, MANY - 50), KILLS)):
        wait(f"{count} messages", lambda count=count: len(site.sink.accepted) >= count, 40)  # type: ignore[misc]
        time.sleep(random.random() * 2 * site.sink.delay)  # anywhere within a conversation
        yield


def ids_of(state: str) -> set[str]:
    return {mime.message_id(message) for message in Message.objects.filter(state=state)}


def repeated(site: Site) -> list[str]:
    """The Message-IDs that arrived more than once, one entry for each time too many."""
    return list((Counter(site.sink.ids()) - Counter(set(site.sink.ids()))).elements())


def test_the_worker_is_killed_ten_times(site: Site) -> None:
    site.sink.delay = 0.005
    site.beat()
    workers = site.workers(2)
    posting(site)
    for _ in strikes(site):
        site.kill(workers.pop(random.randrange(len(workers))))
        workers.append(site.worker())
    wait("the rest", everything_is_settled, 40)
    assert len(ids_of("sent")) == MANY
    assert set(site.sink.ids()) == ids_of("sent"), (
        "none is lost, and a repeat has the Message-ID of the first"
    )
    assert len(repeated(site)) <= KILLS, "at most the one in flight per kill"
    assert len(set(repeated(site))) == len(repeated(site))


def test_redis_is_killed_ten_times_and_comes_back_empty(site: Site) -> None:
    site.sink.delay = 0.005
    site.beat()
    site.workers(2)
    author = posting(site)
    for _ in strikes(site):
        site.kill_redis()
        time.sleep(0.2)
        site.restart_redis()
    wait("the rest", everything_is_settled, 40)
    assert author.wait(10) == 0, "posting does not fail because of the broker"
    assert len(ids_of("sent")) == MANY
    assert sorted(site.sink.ids()) == sorted(ids_of("sent")), "each exactly once"


class Moody:
    """A mail server with every bad habit. `number` is that of the message."""

    def __init__(self) -> None:
        self.tries: Counter[int] = Counter()
        self.greeted = 0

    @staticmethod
    def refuses_reader(number: int) -> bool:
        return number % 200 == 4

    @staticmethod
    def refuses_text(number: int) -> bool:
        return number % 200 == 5

    @staticmethod
    def accepts_in_silence(number: int) -> bool:
        return number % 500 == 6

    def at_connect(self) -> Answer:
        self.greeted += 1
        return "421 too busy" if self.greeted % 10 == 3 else "" if self.greeted % 10 == 6 else "220 hello"

    def at_recipient(self, line: str) -> Answer:
        number = int(line.partition("reader")[2].partition("@")[0])
        return "550 nobody of that name" if self.refuses_reader(number) else "250 ok"

    def at_data(self, mail: Mail) -> Answer:
        number = int(mail["Subject"].split()[-1])
        self.tries[number] += 1
        first = self.tries[number] == 1
        if self.refuses_text(number):
            return "554 not here"
        if first and number % 100 == 0:
            return "451 come again"
        if first and number % 500 == 1:
            return None  # says nothing until the client gives up
        if first and number % 100 == 2:
            return ""  # hangs up
        if first and self.accepts_in_silence(number):
            return KEPT_IN_SILENCE
        return ACCEPTED


def test_the_mail_server_has_every_bad_habit(site: Site) -> None:
    """Refused, timed out, 4xx and then accepted, hung up, 5xx, gone for a while, and the answer lost on its way."""
    moody = Moody()
    site.sink.at_connect, site.sink.at_recipient, site.sink.at_data = (
        moody.at_connect, moody.at_recipient, moody.at_data,
    )  # fmt: skip
    site.beat()
    site.workers(2)
    posting(site)
    for count in (300, 900):
        wait(f"{count} messages", lambda count=count: len(site.sink.accepted) >= count, 40)  # type: ignore[misc]
        site.sink.stop()
        time.sleep(2)
        site.sink.start()
    wait("the rest", everything_is_settled, 45)
    refused = [number for number in range(MANY) if moody.refuses_reader(number) or moody.refuses_text(number)]
    failed = Message.objects.filter(state="failed")
    assert {message.key for message in failed} == {f"test:{number}" for number in refused}
    assert all("550" in message.error or "554" in message.error for message in failed)
    assert set(site.sink.ids()) == ids_of("sent"), "none is lost"
    unheard = {
        mime.message_id(Message(key=f"test:{number}"))
        for number in range(MANY)
        if moody.accepts_in_silence(number)
    }
    assert set(repeated(site)) == unheard, "only what the server kept without saying so came twice"
    assert len(repeated(site)) == len(unheard)
