"""What others use for USSD menus, in the same run: `ussd-menu-builder` behind Express, on Node.

It keeps sessions in its memory and nothing on a disk. Its packages are fetched into a folder that
is removed afterwards, at the versions named here.
"""

import json
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.bench.servers import beside

PACKAGES = {"ussd-menu-builder": "1.2.0", "express": "4.21.2"}
INSTALL_SECONDS = 120
_PROGRAM = Path(__file__).with_name("node_peer.js")
_INSTALL = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


@contextmanager
def node_peer(gateway, say):
    """Yield the peer on the gateway's core, or None; `say` is told why there is none."""
    with tempfile.TemporaryDirectory(prefix="satupintu-bench-peer-") as folder:
        if why := _install(Path(folder)):
            say(f"no peer: {why}")
            yield None
            return
        with beside(gateway, ["node", "node_peer.js"], cwd=folder) as server:
            yield server


def _install(folder):
    """Return why the peer cannot be had, or nothing."""
    if absent := [name for name in ("node", "npm") if shutil.which(name) is None]:
        return f"{absent[0]} is not on this machine"
    manifest = {"name": "bench-peer", "private": True, "dependencies": PACKAGES}
    (folder / "package.json").write_text(json.dumps(manifest))
    shutil.copy(_PROGRAM, folder)
    try:
        subprocess.run(
            _INSTALL, cwd=folder, check=True, capture_output=True, timeout=INSTALL_SECONDS
        )
    except (subprocess.SubprocessError, OSError) as error:
        return f"its packages cannot be installed ({type(error).__name__})"
    return ""
