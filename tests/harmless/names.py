#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""names.py LOCKVAL LIBRARY NAMES: names.c names its locks and threads, and this
its file, so that whoever shows them is told to do something. Every command and
every form shows them as text."""
import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import unicodedata

from common import check, finish, run, watched

FOUND = 66
FORMS = ("text", "json", "html", "sarif", "junit", "github", "gitlab", "dot",
         "tsan")
JSON = ("json", "sarif", "gitlab")
PROGRAM = "\x1b[31m::error::%0A'\"<b>$(touch bad)\n.bin"


def odd_characters(text):
    """Controls, changes of direction, and what was no UTF-8."""
    return sorted({repr(c) for c in text if c not in "\n\t" and
                   (unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or
                    unicodedata.bidirectional(c) in
                    ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI",
                     "PDI") or c in "\u200e\u200f\u061c\ufffd")})


def texts(value):
    """All strings of a JSON document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, dict):
        yield from texts([*value, *value.values()])


def is_plain(rule, form, text):
    odd = odd_characters(text)
    if form in JSON:
        odd += odd_characters("".join(texts(json.loads(text))))
    check(rule + "_is_plain", not odd, (odd, text[:300]))
    if form == "github":
        lines = [line for line in text.splitlines() if not re.match(
            r"::(error|warning|notice) (file=[^,:]*,line=\d+,)?"
            r"title=[^,:]*::", line)]
        check(rule + "_has_no_command_of_theirs", not lines, lines[:2])
    if form == "html":
        check(rule + "_has_no_element_of_theirs",
              "<script>window" not in text and "<img src=x" not in text, "")


def forms(lockval, program, folder):
    for form in FORMS:
        status, out, err = run(
            [lockval, "run", "--record", "r-" + form, "--format", form, "-o",
             "out", "--", program], folder)
        with open(os.path.join(folder, "out"), encoding="utf-8",
                  errors="surrogateescape") as file:
            is_plain(form, form, file.read())
        check(form + "_is_written", status == FOUND, (status, out, err))
        is_plain(form + "_messages", "", out + err)


def commands(lockval, folder):
    """What else shows names, and reads back what it wrote."""
    def told(rule, *words, status=0):
        seen = run([lockval, *words], folder)
        check(rule, seen[0] == status, (words, seen))
        is_plain(rule, "json" if "--json" in words else "", seen[1])
        is_plain(rule + "_messages", "", seen[2])
        return seen[1]
    told("coverage", "coverage", "r")
    told("coverage_json", "coverage", "r", "--json")
    told("merge", "merge", "-o", "x.db", "r")
    told("gate", "gate", "x.db", status=FOUND)
    told("diff", "diff", "x.db", "r")
    for form in FORMS:
        is_plain("database_" + form, form,
                 told("report_" + form, "report", "x.db", "--format", form,
                      "-o", "/dev/stdout"))
    with open(os.path.join(folder, "order"), "w", encoding="utf-8") as file:
        file.write(told("order_suggest", "order", "suggest", "r"))
    seen = run([lockval, "order", "check", "order", "r"], folder)
    check("suggested_order_reads_back", seen[0] in (0, FOUND), seen)
    is_plain("order_check", "", seen[1] + seen[2])
    database = sqlite3.connect(os.path.join(folder, "x.db"))
    names = [row[0] for row in database.execute("SELECT name FROM class")]
    check("quotes_are_text_to_sql",
          any("DROP TABLE class" in name for name in names) and
          database.execute("SELECT count(*) FROM run").fetchone() == (1,),
          names)


def suppressions(lockval, program, folder):
    """An entry that is written for a finding is good for that alone."""
    first = run([lockval, "run", "--record", "g", "--gen-suppressions", "s",
                 "--", program], folder)
    again = run([lockval, "run", "--record", "h", "--suppressions", "s", "--",
                 program], folder)
    with open(os.path.join(folder, "s"), encoding="utf-8") as file:
        text = file.read()
    entries = [line for line in text.splitlines()
               if line and not line.startswith("#")]
    check("generated_suppressions_read_back",
          first[0] == FOUND and again[0] == 0 and
          all(" because " in line for line in entries), (first, again, text))
    is_plain("generated_suppressions", "", text)


def main(lockval, library, program):
    lockval, library, program = map(os.path.realpath,
                                    (lockval, library, program))
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, PROGRAM)
        shutil.copy(program, copy)
        seen = watched(lockval, [copy], folder)
        check("hostile_program_runs", seen[:2] == (FOUND, ""), seen)
        check("record_has_a_plain_name",
              all(re.fullmatch(r"[\w.-]+", name)
                  for name in os.listdir(os.path.join(folder, "r"))))
        forms(lockval, copy, folder)
        commands(lockval, folder)
        suppressions(lockval, copy, folder)
        alone = run([copy], folder, {"LD_PRELOAD": library,
                                     "LOCKVAL_OPTIONS": "record=n"})
        check("notice_is_made", alone[0] == 0 and "lockval: " in alone[2],
              alone)
        is_plain("notice", "", alone[2])
        check("nothing_of_it_was_run",
              not os.path.exists(os.path.join(folder, "bad")))
    return finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
