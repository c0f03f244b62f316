"""Two clocks run by mistake, with three workers: everything is announced exactly once."""

import time

import pytest

from accounts.models import Message
from tests.worker.conftest import Site, wait
from tests.worker.tasks import READERS

pytestmark = [pytest.mark.services]


def test_two_clocks_and_three_workers_announce_once(site: Site) -> None:
    site.environment["ANNOUNCE"] = "true"
    workers = site.workers(3)
    clocks = [site.beat(), site.beat()]
    wait("two clocks", lambda: all("announce" in site.log(clock) for clock in clocks), 40)
    time.sleep(8)
    for clock in clocks:
        site.kill(clock)
    wait(
        "the rest",
        lambda: (
            not Message.objects.filter(state__in=["queued", "sending"]).exists() and site.is_idle(workers)
        ),
        30,
    )
    runs = [site.log(worker).count("announce") // 2 for worker in workers]  # received and succeeded
    seconds = {key.split(":")[1] for key in Message.objects.values_list("key", flat=True)}
    assert sum(runs) > len(seconds), "several asked for the same second"
    assert sum(run > 0 for run in runs) >= 2, "and several workers answered"
    assert Message.objects.count() == len(seconds) * READERS
    assert len(site.sink.ids()) == len(set(site.sink.ids())) == Message.objects.count()
