"""Lessons that misbehave: a build ends in the line to mend, or in the right pages, and leaves no process behind.

Many faults share a build: each is a lesson of its own, and a build reports what is wrong with all of them.
"""

import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from docs.builder.building import work_folder
from docs.builder.course import build_course
from docs.builder.errors import CourseErrors
from tests.project import contents, processes_in

pytestmark = pytest.mark.xdist_group("builds")

TITLES = (
    '# %% [markdown] lang="zh"\n# # 课\n# 它出错。\n\n# %% [markdown] lang="en"\n# # Lesson\n# It fails.\n'
)
GUARD = '\n# %%\nif __name__ == "__main__":\n'
FIRST_LINE = (TITLES + GUARD).count("\n") + 1  # of the code
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="no limit of this kind outside Linux")
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="signals and groups of processes are POSIX")


class Fault(NamedTuple):
    code: str  # what the lesson's second cell runs
    message: str = ""  # what the build says of it
    line: int = 1  # counted in ``code``; 0 is the guard's line, which stands for the cell
    marks: tuple = ()


FAILING = {
    "prints_100_MB": Fault("print('x' * 100_000_000)", "TooMuch: this cell prints more than 1000000 characters"),
    "prints_for_ever": Fault("while True:\n    print('again')", "TooMuch: this cell prints more", 2),
    "prints_and_catches": Fault(
        "for _ in range(2000):\n    try:\n        print('x' * 1000)\n    except Exception:\n        pass",
        "TooMuch: this cell prints more",
        0,
    ),
    "leaves_a_large_value": Fault("big = 'x' * 2_000_000", "this cell leaves 2000000 characters", -1),
    "leaks_memory": Fault(
        "import numpy as np\nkept = []\nwhile True:\n    kept.append(np.empty(2**25))",
        "MemoryError: Unable to allocate 256. MiB",
        4,
        (LINUX,),
    ),
    "makes_a_huge_tensor": Fault(
        "import torch\ntorch.empty(2**40)", "RuntimeError: [enforce fail at alloc_cpu.cpp", 2, (LINUX,)
    ),
    "fills_the_disk": Fault(
        "with open('big', 'wb') as file:\n    file.seek(2**40)\n    file.write(b'x')",
        "OSError: [Errno 27] File too large",
        1,
        (LINUX,),
    ),
    "is_killed": Fault(
        "import os\nos.kill(os.getpid(), 9)",
        "the process died here (exit code -9): killed, as the system does where memory runs out",
        0,
        (FORKS,),
    ),
    "calls_sys_exit": Fault("import sys\nsys.exit(0)", "SystemExit: 0", 2),
    "calls_os_exit": Fault("import os\nos._exit(0)", "the process died here (exit code 0)", 0),
    "interrupts_itself": Fault("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "asks_for_input": Fault("input()", "EOFError"),
    "breaks_the_memory": Fault("import ctypes\nctypes.string_at(0)", "the process died here (exit code", 0),
    "prints_to_stderr": Fault("import sys\nprint('Oh!', file=sys.stderr)", "writes past print, to stderr or from another process: 'Oh!'", 0),
    "prints_half_a_line_to_stderr": Fault("import sys\nprint('Oh', end='', file=sys.stderr)", "process: 'Oh'", 0),
    "writes_to_descriptor_2": Fault("import os\nos.write(2, b'native\\n')", "process: 'native'", 0),
    "writes_to_descriptor_1": Fault("import os\nos.write(1, b'native\\n')", "process: 'native'", 0),
    "runs_a_program_that_prints": Fault(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-Sc', 'print(7)'])", "process: '7'", 0
    ),
    "writes_much_to_stderr": Fault("import sys\nprint('x\\n' * 5000 + 'last', file=sys.stderr)", "process: 'last'", 0),
    "writes_what_is_no_text": Fault("import os\nos.write(2, b'\\xff!\\n')", "process: '\N{REPLACEMENT CHARACTER}!'", 0),
    "logs": Fault("import logging\nlogging.warning('odd')", "process: 'WARNING:root:odd'", 0),
    "fails_in_a_thread": Fault(
        "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()", "process: 'ZeroDiv", 0
    ),
    "prints_to_the_real_stdout": Fault("import sys\nprint('Oh', file=sys.__stdout__)", "process: 'Oh'", 0),
    "closes_stdout": Fault("import sys\nsys.stdout.close()", "ValueError: I/O operation on closed file", 0),
    "warns": Fault("import warnings\nwarnings.warn('old')", "UserWarning: old", 2),
    "draws_what_cannot_be_drawn": Fault(
        "import matplotlib.pyplot as plt\nplt.subplots()[1].set_title('$\\\\nosuch$')",
        "this cell's figure: ValueError",
        0,
    ),
}  # fmt: skip

ENDLESS = {
    "never_ends": Fault("while True:\n    pass"),
    "ignores_SIGTERM": Fault(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)"
    ),
    # PyDLL keeps the interpreter's lock: no thread of the process can end it
    "sleeps_in_native_code": Fault("import ctypes\nctypes.PyDLL(None).sleep(600)", marks=(FORKS,)),
    "waits_for_its_child": Fault(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-Sc', 'import time; time.sleep(600)'])",
        marks=(FORKS,),
    ),
    "evaluates_for_ever": Fault("def forever():\n    while True:\n        pass"),
}

CHILD = "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-Sc', 'import time; time.sleep(600)'])\nprint(child.pid)"
HARMLESS = {
    "a_starts_a_child_that_outlives_it": Fault(CHILD, marks=(FORKS,)),
    "b_starts_a_thread_that_outlives_it": Fault(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\nprint('b')"
    ),
    "c_changes_the_working_directory": Fault("import os\nos.makedirs('x/y')\nos.chdir('x/y')\nprint('c')"),
    "d_removes_the_working_directory": Fault("import os\nos.rmdir(os.getcwd())\nprint('d')", marks=(FORKS,)),
    "e_changes_a_shared_library": Fault(
        "import math, torch\nmath.pi = 3\ntorch.relu = None\ntorch.manual_seed(1)\nprint('e')"
    ),
    "f_follows_it": Fault(
        "import math, torch\nprint(math.pi > 3, torch.relu is None, torch.initial_seed() == 1)"
    ),
    "g_replaces_stdout": Fault("import io, sys\nprint('g')\nsys.stdout = io.StringIO()\nprint('lost')"),
    "h_works_in_an_empty_folder_of_the_build": Fault(
        "import os\nfrom pathlib import Path\nhere = Path.cwd()\n"
        "print('h' if '.cache' in here.parts and not os.listdir() else here)"
    ),
    "i_writes_an_empty_line_past_print": Fault("import os\nos.write(2, b' \\n')\nprint('i')"),
}


def write_course(root: Path, faults: dict[str, Fault]) -> Path:
    """A course with a lesson for each fault."""
    folder = root / "lessons/ch01_faults"
    folder.mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "docs/glossary.yml").write_text("terms: []\nfigures: []\n", encoding="utf-8")
    links = " ".join(f"[l]({name}.py)" for name in faults)
    (folder / "__init__.py").write_text(
        TITLES.replace("它出错。", links).replace("It fails.", links),
        encoding="utf-8",
    )
    for name, fault in faults.items():
        code = "".join(f"    {line}\n" for line in fault.code.split("\n"))
        after = ""
        for lang in ("zh", "en") if name in ("leaves_a_large_value", "evaluates_for_ever") else ():
            value = "big" if "big" in fault.code else "forever()"
            after += f'\n# %% [markdown] lang="{lang}"\n# `{{python}} {value}`\n'
        (folder / f"{name}.py").write_text(TITLES + GUARD + code + after, encoding="utf-8")
    return root


def possible(faults: dict[str, Fault]) -> dict[str, Fault]:
    return {name: fault for name, fault in faults.items() if not any(mark.args[0] for mark in fault.marks)}


def parameters(faults: dict[str, Fault]) -> list:
    return [pytest.param(name, marks=fault.marks, id=name) for name, fault in faults.items()]


def build_errors(root: Path, **options) -> str:
    with pytest.raises(CourseErrors) as caught:
        build_course(root, **options)
    assert processes_in(root) == []
    assert not work_folder(root).exists()
    assert [path.name for path in (root / "docs").iterdir()] == ["glossary.yml"]  # nothing was written
    return str(caught.value)


@pytest.fixture(scope="module")
def failing(tmp_path_factory) -> str:
    return build_errors(write_course(tmp_path_factory.mktemp("failing"), possible(FAILING)))


@pytest.mark.parametrize("name", parameters(FAILING))
def test_a_lesson_that_fails_names_its_line(failing, name):
    fault, path = FAILING[name], f"lessons/ch01_faults/{name}.py"
    line = FIRST_LINE - 1 + fault.line if fault.line >= 0 else FIRST_LINE + 3
    errors = [error for error in failing.splitlines() if error.startswith(f"{path}:")]
    assert len(errors) == 1 and errors[0].startswith(f"{path}:{line}: ") and fault.message in errors[0], (
        errors
    )


@pytest.fixture(scope="module")
def endless(tmp_path_factory) -> str:
    root = write_course(tmp_path_factory.mktemp("endless"), possible(ENDLESS))
    return build_errors(root, workers=len(ENDLESS), timeout=3)


@pytest.mark.parametrize("name", parameters(ENDLESS))
def test_a_lesson_that_never_ends_is_ended(endless, name):
    line = FIRST_LINE - 1 if name != "evaluates_for_ever" else FIRST_LINE + 5
    assert f"lessons/ch01_faults/{name}.py:{line}: still running after 3 s" in endless


@pytest.fixture(scope="module")
def harmless(tmp_path_factory) -> Path:
    root = write_course(tmp_path_factory.mktemp("harmless"), possible(HARMLESS))
    build_course(root, workers=1)
    return root


@pytest.mark.parametrize("name", parameters(HARMLESS))
def test_a_lesson_that_disturbs_nobody_has_its_page(harmless, name):
    page = (harmless / f"docs/zh/lessons/ch01_faults/{name}.md").read_text(encoding="utf-8")
    output = re.search(r"``` \{ \.text[^\n]*\n(.*?)\n```", page, re.DOTALL)[1]
    if name.startswith("a_"):
        assert not psutil.pid_exists(int(output)) or psutil.Process(int(output)).status() == "zombie"
    else:
        assert output == ("True False False" if name.startswith("f_") else name[0])


def test_nothing_of_a_harmless_lesson_is_left(harmless):
    assert processes_in(harmless) == []
    assert {path.name for path in (harmless / ".cache").iterdir()} - {"build.lock"} == {"runs"}
    assert len(contents(harmless / ".cache/runs")) == len(possible(HARMLESS))


def test_figures_left_open_are_shown_and_closed(tmp_path):
    draw = "import matplotlib.pyplot as plt\nfor n in range(3):\n    plt.figure()\nprint(plt.get_fignums())"
    root = write_course(tmp_path, {"figures": Fault(draw)})
    lesson = root / "lessons/ch01_faults/figures.py"
    text = lesson.read_text(encoding="utf-8").replace("\n# %%\n", '\n# %% alt_zh="空" alt_en="Empty"\n')
    again = '\n# %%\nif __name__ == "__main__":\n    print(plt.get_fignums())\n'
    lesson.write_text(text + again, encoding="utf-8")
    build_course(root)
    page = (root / "docs/en/lessons/ch01_faults/figures.md").read_text(encoding="utf-8")
    assert page.count("![Empty](") == 3
    assert re.findall(r"^\[.*?\]$", page, re.MULTILINE) == ["[1, 2, 3]", "[]"]
