#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally_selftest: what did not run has not passed."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TALLY = pathlib.Path(__file__).resolve().parent.parent / "tally.py"


class Tally(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def log(self, *results):
        path = self.folder / "log.json"
        path.write_text("".join(
            json.dumps({"name": f"t{i}", "result": r}) + "\n"
            for i, r in enumerate(results)), encoding="utf-8")
        return path

    def closes(self, status, line, *arguments):
        result = subprocess.run([sys.executable, TALLY, *arguments], text=True,
                                stdout=subprocess.PIPE, check=False)
        self.assertEqual(result.stdout.splitlines()[-1], line)
        self.assertEqual(result.returncode, status)

    def test_all_that_passed(self):
        self.closes(0, "3 passed, 0 failed", self.log("OK", "OK"), "lint=OK")

    def test_every_way_to_fail(self):
        bad = self.log("OK", "FAIL", "TIMEOUT", "ERROR", "UNEXPECTEDPASS",
                       "INTERRUPT")
        self.closes(1, "1 passed, 5 failed", bad)
        self.closes(1, "1 passed, 1 failed", self.log("OK"), "lint=FAIL")

    def test_skipped_is_not_passed(self):
        self.closes(0, "1 passed, 0 failed, 1 skipped", self.log("OK", "SKIP"))
        self.closes(1, "0 passed, 0 failed, 1 skipped", self.log("SKIP"))

    def test_lost_log_fails(self):
        self.closes(1, "1 passed, 1 failed", self.log("OK"),
                    self.folder / "missing.json")

    def test_empty_log_fails(self):
        self.closes(1, "0 passed, 1 failed", self.log())

    def test_what_failed_says_why(self):
        path = self.folder / "log.json"
        path.write_text(json.dumps({
            "name": "t", "result": "ERROR", "stdout": "1..2\n# of the first\n"
            "ok 1 - one\n# it was 3\nnot ok 2 - two\n"}), encoding="utf-8")
        said = subprocess.run([sys.executable, TALLY, path], text=True,
                              stdout=subprocess.PIPE, check=False).stdout
        self.assertIn("    # it was 3\n    not ok 2 - two\n", said)
        self.assertNotIn("first", said)

    def test_nothing_fails(self):
        self.closes(1, "0 passed, 0 failed")


if __name__ == "__main__":
    unittest.main()
