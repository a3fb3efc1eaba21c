#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every example is tried: of the inversions at least 95 % are confirmed each
time, of what is guarded, ordered or done by one thread nothing ever, and no
rerun outlives its limit. An inversion that an example's head announces and
that is not found is one that is not confirmed. TAP.

usage: every.py LOCKVAL BUGS SOURCES TIMES [NAME…]"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import time

LOCKVAL, BUGS, SOURCES = (os.path.abspath(path) for path in sys.argv[1:4])
TIMES = int(sys.argv[4])
NEVER = ('guarded', 'ordered', 'single-thread')
ATTEMPTS, LIMIT = 5, 10  # seconds that a rerun may take
SPARE = 10               # of which starting, ending and reporting take some


def run(words, turns):
    return subprocess.run(
        [LOCKVAL, *words], capture_output=True, text=True, check=False,
        timeout=ATTEMPTS * (LIMIT + SPARE),
        env={**os.environ, 'TURNS': 'on' if turns else 'off'})


def programs():
    if len(sys.argv) > 5:
        return sys.argv[5:]
    return sorted(name for name in os.listdir(BUGS)
                  if os.access(os.path.join(BUGS, name), os.X_OK)
                  and os.path.isfile(os.path.join(BUGS, name))
                  and not name.endswith('.so'))


def announced(name):
    """How many inversions the head of its source says there are."""
    for ending in ('.c', '.cc'):
        if os.path.exists(f'{SOURCES}/{name}{ending}'):
            with open(f'{SOURCES}/{name}{ending}', encoding='utf-8') as file:
                return len(re.findall(r'lockval: bug \S+ inversion',
                                      file.read()))
    return 0


def find(program):
    run(['run', '--record', 'seen', '--format', 'json', '-o', 'seen.json',
         '--', program], True)
    try:
        with open('seen.json', encoding='utf-8') as file:
            return json.load(file)['findings']
    except OSError:
        return []


def confirm(program, fingerprint):
    start = time.monotonic()
    done = run(['confirm', '--attempts', str(ATTEMPTS), '--timeout',
                str(LIMIT), '--format', 'json', '-o', 'out.json', 'seen',
                fingerprint, '--', program], False)
    took = time.monotonic() - start
    if done.returncode not in (0, 66):
        return None, done.stderr.strip(), took
    with open('out.json', encoding='utf-8') as file:
        found = json.load(file)['findings'][0]['confirmation']
    return found['status'] == 'confirmed', found['reason'], took


def try_finding(name, program, finding, tally):
    grade, times = finding['grade'], TIMES
    if grade in NEVER:
        times = 1
    elif grade != 'inversion':
        return
    shown, start = 0, time.monotonic()
    for _ in range(times):
        result, reason, took = confirm(program, finding['fingerprint'])
        tally['tried'] += 1
        tally['longest'] = max(tally['longest'], took)
        shown += bool(result)
        if bool(result) != (grade == 'inversion'):
            print(f'# {name} {finding["fingerprint"]} {grade} '
                  f'{" → ".join(finding["locks"])}: {reason}', flush=True)
    tally[grade] += 1
    tally[grade + ' each time'] += shown == times
    tally[grade + ' ever'] += shown > 0
    print(f'# {name} {grade} {finding["fingerprint"]}: {shown} of {times}, '
          f'{time.monotonic() - start:.1f} s', flush=True)


def try_program(name, program, tally):
    found = find(program)
    missing = announced(name) - sum(one['grade'] == 'inversion'
                                    for one in found)
    if missing > 0:
        tally['inversion'] += missing
        print(f'# {name}: {missing} announced, and not found', flush=True)
    for finding in found:
        try_finding(name, program, finding, tally)


def main():
    tally = collections.Counter(longest=0)
    print('1..3')
    for name in programs():
        program = os.path.join(BUGS, name)
        with tempfile.TemporaryDirectory(prefix='lockval-test-') as scratch:
            os.mkdir(scratch + '/.git')  # no lockval.conf from above
            os.chdir(scratch)
            try_program(name, program, tally)
            os.chdir('/')
    print(f'# inversion: {tally["inversion each time"]} of '
          f'{tally["inversion"]} confirmed {TIMES} times of {TIMES}; '
          + ', '.join(f'{grade}: {tally[grade + " ever"]} of {tally[grade]} '
                      'ever' for grade in NEVER)
          + f'; the longest of {tally["tried"]} took '
          f'{tally["longest"]:.1f} s')
    checks = (
        ('inversions_are_confirmed_each_time', tally['inversion'] > 0 and
         tally['inversion each time'] >= 0.95 * tally['inversion']),
        ('what_cannot_meet_is_never_confirmed', all(
            tally[grade] > 0 and tally[grade + ' ever'] == 0
            for grade in NEVER)),
        ('no_rerun_outlives_its_limit', 0 < tally['longest'] <
         ATTEMPTS * LIMIT + SPARE))
    for number, (rule, good) in enumerate(checks, 1):
        print(f'{"" if good else "not "}ok {number} - {rule}', flush=True)
    return not all(good for _, good in checks)


if __name__ == '__main__':
    sys.exit(main())
