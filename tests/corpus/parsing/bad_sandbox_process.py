"""In the place of corpus.parsing.sandbox_process: does with a file what its name says."""

from __future__ import annotations

import json
import os
import sys
import time

FOUND = {"text": "x", "title": "x", "url": None, "source": None, "author": None, "published": None}


def main() -> None:
    while line := sys.stdin.buffer.readline():
        about = json.loads(line)
        data = sys.stdin.buffer.read(about["size"])
        what = about["name"].removesuffix(".html")
        if what == "sleep":
            time.sleep(600)
        if what == "die":
            os.abort()
        if what == "half":
            os.write(1, b'{"found": ')
            os._exit(0)
        reply = {"failed": "memory"} if what == "memory" else {"found": FOUND}
        if what == "pid":
            reply = {"found": {**FOUND, "text": f"{os.getpid()} {data.decode()}"}}
        os.write(1, json.dumps(reply).encode() + b"\n")


if __name__ == "__main__":
    main()
