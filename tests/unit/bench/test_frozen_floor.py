"""The floor stays where it is when what is measured changes."""

import ast
import subprocess
import sys
from pathlib import Path

FLOOR = Path(__file__).parents[2] / "bench" / "frozen_floor.py"
ALLOWED = {"asyncio", "sys", "urllib.parse", "uvicorn", "redis.asyncio"}


def test_it_imports_nothing_of_ours():
    imported = set()
    for node in ast.walk(ast.parse(FLOOR.read_text())):
        if isinstance(node, ast.Import):
            imported |= {one.name for one in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    assert imported == ALLOWED


def test_nothing_of_ours_is_there_once_it_is_loaded():
    code = "import sys, tests.bench.frozen_floor; print(*{m.split('.')[0] for m in sys.modules})"
    root = FLOOR.parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert not {"core", "channels", "gateway"} & set(done.stdout.split())
