#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`lockval confirm`: what can deadlock does, and what cannot is never said to.
The examples keep their threads apart by turns; TURNS=off lets them meet. TAP.

usage: confirm.py LOCKVAL BUGS SOURCES"""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position

LOCKVAL, BUGS, SOURCES = (os.path.abspath(path) for path in sys.argv[1:4])


def run(*words, turns=False):
    environment = {**os.environ, 'TURNS': 'on' if turns else 'off'}
    return subprocess.run([LOCKVAL, *words], capture_output=True, text=True,
                          timeout=300, check=False, env=environment)


def find(program, grade):
    run('run', '--record', 'seen', '--format', 'json', '-o', 'seen.json', '--',
        os.path.join(BUGS, program), turns=True)
    with open('seen.json', encoding='utf-8') as file:
        found = json.load(file)['findings']
    found = [one for one in found if one['grade'] == grade]
    assert found, f'{program}: nothing of grade {grade}'
    return found[0]['fingerprint']


def confirm(program, grade, *options):
    done = run('confirm', *options, 'seen', find(program, grade), '--',
               os.path.join(BUGS, program))
    assert done.returncode in (0, 66), (done.returncode, done.stderr)
    assert ('confirmed in' in done.stdout), done.stdout
    shown = '  tried   confirmed' in done.stdout
    assert shown == (done.returncode == 66), done.stdout
    return shown, done.stdout


def is_shown(program):
    shown, said = confirm(program, 'inversion')
    assert shown and 'how it happened' in ' '.join(said.split()), said


def is_not(program, grade):
    shown, said = confirm(program, grade, '--attempts', '2')
    assert not shown, said


def two_mutexes_are_confirmed():
    is_shown('abba')


def a_circle_of_three_is_confirmed():
    is_shown('three-locks')


def a_join_is_confirmed():
    is_shown('join-held')


def a_signal_is_confirmed():
    is_shown('signal-same-lock')


def a_signal_by_a_second_lock_is_confirmed():
    is_shown('signal-second-lock')


def readers_and_a_mutex_are_confirmed():
    is_shown('rwlock-mutex')


def what_a_gate_keeps_apart_is_never_confirmed():
    is_not('gate-ok', 'guarded')


def what_a_join_keeps_apart_is_never_confirmed():
    is_not('join-order-ok', 'ordered')


def what_one_thread_does_is_never_confirmed():
    is_not('single-thread-ok', 'single-thread')


def run_confirms_and_the_gate_can_ask_for_it():
    program = os.path.join(BUGS, 'abba')
    done = run('run', '--confirm', '--fail-on', 'confirmed', '--format',
               'json', '-o', 'out.json', '--', program)
    with open('out.json', encoding='utf-8') as file:
        found = json.load(file)['findings'][0]
    if found['kind'] != 'deadlock' or 'confirmation' in found:
        assert found['confirmation']['status'] == 'confirmed', found
        assert done.returncode == 66, (done.returncode, done.stderr)
    done = run('run', '--fail-on', 'confirmed', '--', program, turns=True)
    assert done.returncode == 0, (done.returncode, done.stderr)


def unknown_fingerprint_is_refused():
    find('abba', 'inversion')
    done = run('confirm', 'seen', 'ffffffffffffffff', '--',
               os.path.join(BUGS, 'abba'))
    assert done.returncode == 99 and done.stderr.count('\n') == 1, done.stderr


def several_of_the_same_digits_are_refused():
    run('run', '--record', 'seen', '--', os.path.join(BUGS, 'abba'),
        turns=True)
    run('run', '--record', 'seen', '--', os.path.join(BUGS, 'three-locks'),
        turns=True)
    done = run('confirm', 'seen', '', '--', os.path.join(BUGS, 'abba'))
    assert done.returncode == 99 and done.stderr.count('\n') == 1 and \
        'several' in done.stderr, done.stderr


def build(before):
    with open(f'{SOURCES}/abba.c', encoding='utf-8') as file:
        source = before + file.read()
    with open('abba.c', 'w', encoding='utf-8') as file:
        file.write(source)
    subprocess.run(['gcc', '-g', '-pthread', '-I', SOURCES, '-o', 'abba',
                    'abba.c'], check=True, timeout=60)


def what_was_merged_is_confirmed_in_a_program_built_again():
    build('')
    run('run', '--record', 'seen', '--', './abba', turns=True)
    run('merge', '-o', 'all.db', 'seen')
    done = run('report', 'all.db', '--format', 'json')
    found = json.loads(done.stdout)['findings'][0]
    build('int more[64];\nvoid grow(int n);\nvoid grow(int n)\n{\n'
          '    more[n % 64] += n;\n}\n')
    done = run('confirm', 'all.db', found['fingerprint'][:9], '--', './abba')
    assert done.returncode == 66, (done.stdout, done.stderr)
    assert '  tried   confirmed' in done.stdout, done.stdout


def rounds_with_delays_end():
    done = run('run', '--perturb', '2', '--', os.path.join(BUGS, 'abba-ok'),
               turns=True)
    assert done.returncode == 0 and 'round 2: ' in done.stderr, done.stderr


RULES = [rule for name, rule in list(globals().items())
         if callable(rule) and getattr(rule, '__module__', '') == '__main__'
         and name not in ('run', 'find', 'confirm', 'is_shown', 'is_not',
                          'build')]


if __name__ == '__main__':
    sys.exit(tap.play(RULES, tap.in_scratch, sys.argv[4:]))
