"""A process for the tests of corpus.processes: does what each job says."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from corpus.processes.job_server import JobServer


@dataclass(frozen=True, slots=True)
class Do:
    what: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Done:
    what: str
    number: int
    pid: int


def main() -> None:
    with JobServer[Do].on_standard_streams(Do) as server:
        for received in server.jobs():
            job = received.message
            match job.what:
                case "die":
                    os._exit(7)
                case "sleep":
                    time.sleep(600)
                case "print":
                    print("noise", flush=True)  # noqa: T201
            for number in range(job.times):
                server.reply(Done(job.what, number, os.getpid()), received.data)


if __name__ == "__main__":
    main()
