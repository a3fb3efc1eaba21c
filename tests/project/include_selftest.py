#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""include_selftest: the include check sees what must not be included."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent / "include_direction.py"

GOOD = {
    "libvalidator/include/lockval.h": "#include <stddef.h>\n",
    "libvalidator/record_format.h": "#include <stdint.h>\n",
    "libvalidator/memory.h": "",
    "libvalidator/held.h": '#include "record_format.h"\n',
    "libvalidator/event.h": '#include "held.h"\n',
    "libvalidator/thread.h": '#include "held.h"\n',
    "libvalidator/graph.c": '#include "memory.h"\n',
    "interpose/mutex.c": '#include "event.h"\n',
    "tools/run.h": "",
    "tools/run.c": '#include "run.h"\n#include "record_format.h"\n',
    "examples/bugs/turns.h": "",
    "examples/bugs/x.c": '#include "turns.h"\n#include <lockval.h>\n',
}


class Includes(unittest.TestCase):
    def check(self, changes):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (GOOD | changes).items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return subprocess.run([sys.executable, CHECK, folder], text=True,
                                  stdout=subprocess.PIPE, check=False)

    def forbids(self, name, header):
        result = self.check({name: f'#include "{header}"\n'})
        self.assertEqual(result.returncode, 1, f"{name} may include {header}")
        self.assertIn(f"{name} includes", result.stdout)

    def test_good_tree_passes(self):
        result = self.check({})
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_graph_sees_no_lock(self):
        self.forbids("libvalidator/graph.c", "held.h")
        self.forbids("libvalidator/graph.c", "record_format.h")

    def test_fast_path_allocates_nothing(self):
        self.forbids("libvalidator/held.h", "memory.h")

    def test_hooks_know_events_alone(self):
        self.forbids("interpose/mutex.c", "thread.h")

    def test_tools_know_no_engine_state(self):
        self.forbids("tools/run.c", "thread.h")
        self.forbids("tools/run.c", "event.h")

    def test_examples_know_lockval_alone(self):
        self.forbids("examples/bugs/x.c", "record_format.h")

    def test_engine_knows_no_other_room(self):
        self.forbids("libvalidator/thread.c", "../tools/run.h")

    def test_public_header_stands_alone(self):
        self.forbids("libvalidator/include/lockval.h", "../record_format.h")

    def test_headers_make_no_circle(self):
        result = self.check({"libvalidator/held.h": '#include "event.h"\n',
                             "libvalidator/event.h": '#include "held.h"\n'})
        self.assertIn("in a circle", result.stdout)

    def test_empty_tree_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run([sys.executable, CHECK, folder],
                                    stdout=subprocess.PIPE, check=False)
            self.assertEqual(result.returncode, 1)


if __name__ == "__main__":
    unittest.main()
