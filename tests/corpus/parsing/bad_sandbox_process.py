"""In the place of corpus.parsing.sandbox_process: does with a file what its name says."""

from __future__ import annotations

import os
import sys
import time

from corpus.parsing.extract import Extracted
from corpus.parsing.sandbox_process import FileRead, ReadFile, ReadingFailed
from corpus.processes.job_server import JobServer

ARTICLE = Extracted("", "x", None, None, None, None)


def main() -> None:
    out = os.dup(1)
    with JobServer[ReadFile].on_standard_streams(ReadFile) as server:
        for received in server.jobs():
            match received.message.name.removesuffix(".html"):
                case "sleep":
                    time.sleep(600)
                case "die":
                    os.abort()
                case "half":
                    os.write(out, b'{"message": ')
                    os._exit(0)
                case "noise":
                    os.write(out, b'{"message": {"kind": "unheard of"}, "bytes": 0}\n')
                case "endless":
                    while True:
                        os.write(out, b"x" * 65536)
                case "memory":
                    server.reply(ReadingFailed("memory"))
                case "pid":
                    server.reply(FileRead(ARTICLE), f"{os.getpid()} ".encode() + received.data)


if __name__ == "__main__":
    sys.exit(main())
