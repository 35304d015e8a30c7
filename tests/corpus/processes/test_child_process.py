"""A process is started, spoken to, timed and ended, whatever it does."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from corpus.processes.child_process import (
    ChildProcess,
    ProcessClosed,
    ProcessDied,
    ProcessTimedOut,
    module_command,
)
from tests.corpus.processes.echo_process import Do, Done

ECHO = module_command("tests.corpus.processes.echo_process")


@pytest.fixture
def child() -> Iterator[ChildProcess[Done]]:
    made: ChildProcess[Done] = ChildProcess(ECHO, Done, is_quiet=True)
    yield made
    made.close()


def test_jobs_and_replies_carry_bytes_and_several_replies_come_to_one_job(
    child: ChildProcess[Done],
):
    assert child.start()
    assert not child.start(), "it runs already"
    child.send(Do("echo"), b"\x00\n{" * 100_000)
    received = child.receive()
    assert (received.message.what, received.data) == ("echo", b"\x00\n{" * 100_000)
    child.send(Do("print", times=3))
    assert [child.receive().message.number for _ in range(3)] == [0, 1, 2]
    assert child.sent == 2


def test_one_that_dies_says_with_what_and_another_is_started(child: ChildProcess[Done]):
    child.start()
    child.send(Do("die"))
    with pytest.raises(ProcessDied) as died:
        child.receive()
    assert died.value.status == 7
    assert (child.pid, child.sent) == (None, 0)
    assert child.start()
    child.send(Do("echo"))
    assert child.receive().message.what == "echo"


def test_one_that_died_before_a_job_takes_none(child: ChildProcess[Done]):
    child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(ProcessDied):
        child.send(Do("echo"), b"x" * 1_000_000)  # more than the pipe holds


def test_one_that_does_not_answer_is_killed_in_time(child: ChildProcess[Done]):
    child.start()
    started = time.monotonic()
    child.send(Do("sleep"))
    with pytest.raises(ProcessTimedOut), child.time_limit(1):
        child.receive()
    assert time.monotonic() - started < 30
    assert not child.is_running


def test_one_that_does_not_take_its_job_is_killed_in_time():
    child: ChildProcess[Done] = ChildProcess(
        (sys.executable, "-c", "import time; time.sleep(600)"), Done
    )
    child.start()
    with pytest.raises(ProcessTimedOut), child.time_limit(1):
        child.send(Do("echo"), b"x" * 10_000_000)  # more than the pipe holds
    child.close()


@pytest.mark.parametrize(
    "program",
    [
        "print('Traceback: this is no reply')",
        """print('{"message": {"what": "x", "number": "none", "pid": 1}, "bytes": 0}')""",
        """print('{"message": {"what": "x", "number": 1, "pid": 1}, "bytes": -1}')""",
        """print('{"message": {"what": "x", "number": 1, "pid": 1}, "bytes": 99}')""",
        "print('[' * 100_000)",
        "import os\nwhile True: os.write(1, b'x' * 65536)",
    ],
    ids=["no-json", "wrong-type", "negative", "cut-off", "deep", "endless"],
)
def test_what_is_no_reply_ends_the_process(program: str):
    child: ChildProcess[Done] = ChildProcess((sys.executable, "-c", program), Done, is_quiet=True)
    child.start()
    with pytest.raises(ProcessDied):
        child.receive()
    assert not child.is_running
    child.close()


def test_the_replies_of_one_process_end_with_it(child: ChildProcess[Done]):
    child.start()
    replies = child.replies()
    child.send(Do("echo", times=2))
    assert [next(replies).message.number for _ in range(2)] == [0, 1]
    child.kill()
    assert list(replies) == []
    assert child.start()
    child.send(Do("echo"))
    assert list(replies) == [], "those of the next are not its"


def test_an_idle_one_ends_by_itself_and_a_busy_one_is_killed(child: ChildProcess[Done]):
    child.start()
    child.send(Do("echo"))
    child.receive()
    child.end(60)
    assert child.pid is None
    child.start()
    child.send(Do("sleep"))
    child.end(0.2)
    assert child.pid is None


def test_closing_wakes_who_waits_and_nothing_is_started_again(child: ChildProcess[Done]):
    child.start()
    child.send(Do("sleep"))
    died: list[BaseException] = []

    def wait() -> None:
        try:
            child.receive()
        except ProcessDied as error:
            died.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    child.close()
    waiting.join(30)
    assert len(died) == 1
    with pytest.raises(ProcessClosed):
        child.start()
