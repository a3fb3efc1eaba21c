#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`lockval confirm`: what can deadlock does, and what cannot is never said to.
The examples keep their threads apart by turns; TURNS=off lets them meet. TAP.

usage: confirm.py LOCKVAL BUGS SOURCES REAL MM [RULE…]"""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position

LOCKVAL, BUGS, SOURCES, REAL, MM = (
    os.path.abspath(path) for path in sys.argv[1:6])


MANY = '30'
CONFIRMED = re.compile('confirmed in [0-9]+ attempt')


def run(*words, turns=False):
    """PRESSURE: the mm model's allocations reclaim; others do not ask."""
    environment = {**os.environ, 'TURNS': 'on' if turns else 'off',
                   'PRESSURE': 'off' if turns else 'on'}
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
    assert '.lvr' not in done.stderr, done.stderr  # a record that misleads
    shown = '  tried   confirmed' in done.stdout
    assert shown == (done.returncode == 66), done.stdout
    return shown, done.stdout


def is_shown(program):
    """On a loaded machine an attempt may come to nothing: many are allowed."""
    shown, said = confirm(program, 'inversion', '--attempts', MANY)
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


def what_was_confirmed_is_confirmed_again():
    """By its prediction, not by how it happened."""
    is_shown('signal-same-lock')
    with open('seen.json', encoding='utf-8') as file:
        found = json.load(file)['findings'][0]
    done = run('confirm', '--attempts', MANY, 'seen', found['fingerprint'],
               '--', os.path.join(BUGS, 'signal-same-lock'))
    assert done.returncode == 66, done.stdout


def a_signal_by_a_second_lock_is_confirmed():
    is_shown('signal-second-lock')


def readers_and_a_mutex_are_confirmed():
    is_shown('rwlock-mutex')


def a_wait_for_a_signal_is_confirmed():
    is_shown('condvar-held')


def a_post_that_does_not_come_is_confirmed():
    is_shown('semaphore-buffer')


def a_circle_of_forty_is_confirmed():
    is_shown('forty-locks')


def one_of_many_holds_of_a_place_is_confirmed():
    is_shown('many-held')


def readers_behind_a_writer_are_confirmed():
    is_shown('rwlock-reader-again')


def readers_behind_a_writer_at_each_lock_are_confirmed():
    is_shown('rwlock-writer-preferred')


def a_later_call_in_the_function_that_was_told_is_confirmed():
    is_shown('join-told')


def a_parent_waits_for_its_child():
    is_shown('proc-parent')


def a_grace_period_is_confirmed():
    is_shown('grace-period')


def mutexes_of_two_processes_are_confirmed():
    is_shown('proc-mutex')


def those_who_met_are_told():
    """Of several processes each tells its own; writers are told by the way."""
    find_it = find('proc-mutex', 'inversion')
    done = run('confirm', '--attempts', MANY, '--format', 'json', 'seen',
               find_it, '--', os.path.join(BUGS, 'proc-mutex'))
    assert done.returncode == 66, done.stdout
    met = json.loads(done.stdout)['findings'][0]['dependencies']
    with open('seen.json', encoding='utf-8') as file:
        seen = json.load(file)['findings'][0]['dependencies']
    assert [one['from'] for one in met] == [one['from'] for one in seen]
    told = [one['thread'] for one in met + seen]
    assert len(set(told)) == 4 and \
        all(one.startswith('process ') for one in told), told
    shown, said = confirm('rwlock-reader-again', 'inversion', '--attempts',
                          MANY)
    said = ' '.join(said.split())
    reader = re.search('(thread .) did so at .* (thread .) took a for', said)
    writer = re.search('where (thread .) came between to write', said)
    assert shown and reader and writer, said
    assert reader[1] == reader[2] != writer[1], said


def locks_on_files_are_confirmed():
    is_shown('proc-flock')


def a_file_and_a_mutex_of_two_processes_are_confirmed():
    is_shown('proc-lockf')


def one_that_waits_for_itself_is_confirmed():
    shown, said = confirm('relock', 'deadlock')
    assert shown, said


def a_misuse_is_nothing_to_confirm():
    run('run', '--record', 'seen', '--format', 'json', '-o', 'seen.json', '--',
        os.path.join(BUGS, 'unlock-not-held'))
    with open('seen.json', encoding='utf-8') as file:
        found = json.load(file)['findings'][0]
    done = run('confirm', 'seen', found['fingerprint'], '--',
               os.path.join(BUGS, 'unlock-not-held'))
    assert done.returncode == 99 and done.stderr.count('\n') == 1 and \
        'nothing to confirm' in done.stderr, done.stderr


def cycles_of_the_mm_model_are_confirmed():
    """Reclaim, interrupts, grace periods and callbacks: for real."""
    for name in ('s0.x1', 's0.x7', 's1.x3', 's1.x9', 's2.sol1.x1', 's2.x5',
                 's3.x2'):
        run('run', '--record', name, '--format', 'json', '-o', 'seen.json',
            '--', MM, 'run', name, turns=True)
        with open('seen.json', encoding='utf-8') as file:
            found = [one for one in json.load(file)['findings']
                     if one['grade'] == 'inversion']
        assert found, name
        for one in found:
            done = run('confirm', '--attempts', '8', '--timeout', '20', name,
                       one['fingerprint'], '--', MM, 'run', name)
            assert done.returncode == 66, (name, one['locks'], done.stdout)


def mm_model_ends_with_its_turns_off_where_it_is_right():
    for name in ('s0.ok-reclaim', 's1.ok-irqs-off', 's3.ok'):
        done = subprocess.run(
            [MM, 'run', name], timeout=60, check=False, capture_output=True,
            env={**os.environ, 'TURNS': 'off', 'PRESSURE': 'on'})
        assert done.returncode >= 0, (name, done.stderr)


def deadlocks_that_programs_had_are_confirmed():
    names = sorted(name for name in os.listdir(REAL) if
                   os.path.isfile(f'{REAL}/{name}') and '-ok' not in name)
    assert len(names) >= 6, names
    for name in names:
        is_shown(os.path.join(REAL, name))


def what_a_gate_keeps_apart_is_never_confirmed():
    is_not('gate-ok', 'guarded')


def what_a_join_keeps_apart_is_never_confirmed():
    is_not('join-order-ok', 'ordered')


def what_one_thread_does_is_never_confirmed():
    is_not('single-thread-ok', 'single-thread')


def readers_that_prefer_no_writer_are_not_told():
    """The twin: nothing is there to confirm."""
    done = run('run', '--', os.path.join(BUGS, 'rwlock-reader-again-ok'))
    assert done.returncode == 0, done.stderr


def reason(program, grade, *words, turns=False):
    find_it = find(program, grade)
    done = run('confirm', '--attempts', '1', *words, 'seen', find_it, '--',
               os.path.join(BUGS, program), turns=turns)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return ' '.join(done.stdout.split())


def a_lock_that_keeps_them_apart_is_named():
    said = reason('gate-ok', 'guarded')
    assert 'gate, which one of them holds, keeps the other away' in said, said


def one_that_finished_first_is_told():
    said = reason('abba', 'inversion', turns=True)
    assert 'the one it was to meet had finished' in said, said


def one_that_nothing_can_send_is_told():
    said = reason('interrupt', 'inversion', turns=True)
    assert 'irq0 is no signal that could be sent' in said, said


def refuted(*command):
    """The raw writes that readers refute, in the order in which they came."""
    run('run', '--record', 'seen', '--format', 'json', '-o', 'seen.json', '--',
        *command, turns=True)
    with open('seen.json', encoding='utf-8') as file:
        found = json.load(file)['exceptions']
    assert all(('fingerprint' in one) == (one['verdict'] == 'refuted')
               for one in found), found
    return [one for one in found if one['verdict'] == 'refuted']


def each_fifth_attempt_is_as_the_first():
    """Delays and long waits let what is short pass by: nothing of the rest
    would confirm what the first one missed by chance."""
    done = run('confirm', '--attempts', '11', 'seen', find('abba', 'inversion'),
               '--', 'sh', '-c',
               'echo "$LOCKVAL_OPTIONS" >>options; p=${LOCKVAL_OPTIONS##*steer=}'
               '; n=$(wc -l <options); cp "${p%%:*}" plan.$n')
    assert done.returncode == 0, (done.returncode, done.stderr)
    options = pathlib.Path('options').read_text().splitlines()
    seeds = [re.findall(r'seed=(\d+)', line) for line in options]
    assert seeds == [[n] for n in '0 0 2 3 4 0 6 7 8 9 0'.split()], seeds
    plans = [pathlib.Path(f'plan.{n + 1}').read_text() for n in range(11)]
    assert plans[0] == plans[5] == plans[10] and 'wait 500\n' in plans[0], plans
    assert len(set(plans)) > 4, plans


def confirm_write(one, attempts, *command):
    done = run('confirm', '--attempts', attempts, '--timeout', '60', 'seen',
               one['fingerprint'], '--', *command)
    assert done.returncode in (0, 66), (done.returncode, done.stderr)
    return done.returncode == 66, ' '.join(done.stdout.split())


def a_raw_write_that_meets_its_reader_is_confirmed():
    first = refuted(MM, 'run', 's1.x1')[0]
    assert [frame['function'] for frame in first['site']].count(
        '__vma_adjust') == 1, first
    shown, said = confirm_write(first, MANY, MM, 'run', 's1.x1')
    assert shown and 'how it happened' in said, said
    for form in ('text', 'html', 'sarif', 'junit', 'github', 'gitlab'):
        text = run('report', 'seen', '--format', form).stdout
        assert 'confirmed in ' in text or form == 'junit' and \
            'value="confirmed"' in text, form
    run('merge', '-o', 'all.db', 'seen')
    for path in ('seen', 'all.db'):
        kept = json.loads(run('report', path, '--format', 'json').stdout)
        assert [one.get('confirmation', {}).get('status') for one in
                kept['exceptions'] if one.get('fingerprint') ==
                first['fingerprint']] == ['confirmed'], path
        assert run('gate', '--fail-on', 'confirmed', path).returncode == 66


def a_raw_write_of_what_no_reader_knows_yet_is_not_confirmed():
    """copy_vma's: nobody finds the VMA before it is linked."""
    new = [one for one in refuted(MM, 'run', 's1.x1') if 'copy_vma' in
           [frame['function'] for frame in one['site']]][0]
    assert not confirm_write(new, '2', MM, 'run', 's1.x1')[0]
    assert run('gate', '--fail-on', 'confirmed', 'seen').returncode == 0


LOOKER = r"""
#include <lockval.h>
#include <pthread.h>
#include <stdatomic.h>
#include "turns.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint count;

static void begin(void)
{
    lockval_seq_raw_write_begin(&count);
    count++;
}

static void end(void)
{
    count++;
    lockval_seq_raw_write_end(&count);
}

static void *writer(void *unused)
{
    begin();
    turn_end();
    turn_wait(2);
    end();
    turn_end();
    turn_wait(4);
    begin();
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    end();
    return unused;
}

static unsigned look(void)
{
    lockval_seq_read_once(&count);
    return count % 2;
}

static void *reader(void *unused)
{
    unsigned looks = 0;

    turn_wait(1);
    pthread_mutex_lock(&m);
    while (look() && LOOKS)
        if (++looks == 8)
            turn_end();
    pthread_mutex_unlock(&m);
    while (looks++ < 8)
        if (looks == 8)
            turn_end();
    turn_wait(3);
    turn_end();
    return unused;
}

int main(void)
{
    run_two(writer, reader);
    return 0;
}
"""


def looks_at_a_count(again):
    with open('looker.c', 'w', encoding='utf-8') as file:
        file.write(LOOKER)
    subprocess.run(['gcc', '-g', '-pthread', '-I', SOURCES, '-I',
                    SOURCES + '/../../libvalidator/include',
                    f'-DLOOKS={int(again)}', '-o', 'looker', 'looker.c'],
                   check=True, timeout=60)
    return refuted('./looker')


def one_who_looks_again_and_again_is_confirmed_to_wait():
    shown, said = confirm_write(looks_at_a_count(True)[0], MANY, './looker')
    assert shown and 'how it happened' in said, said


def one_who_looks_once_is_not_told():
    assert looks_at_a_count(False) == []


READERS = r"""
#define _GNU_SOURCE 1
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_rwlock_t b = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void *forward(void *unused)
{
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_rdlock(&b);
    pthread_rwlock_unlock(&b);
    pthread_rwlock_unlock(&a);
    return unused;
}

static void *backward(void *unused)
{
    pthread_rwlock_rdlock(&b);
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_unlock(&a);
    pthread_rwlock_unlock(&b);
    return unused;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, forward, NULL);
    pthread_create(&two, NULL, backward, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
"""


APART = r"""
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static sem_t there, back;

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    sem_post(&there);
    sem_wait(&back);
    return unused;
}

static void *second(void *only)
{
    sem_wait(&there);
    if (only == NULL)
        pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    if (only == NULL)
        pthread_mutex_unlock(&b);
    sem_post(&back);
    return NULL;
}

static pthread_barrier_t both;
static pthread_mutex_t other[2] = {PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER};

static void *hang(void *mine)
{
    pthread_mutex_t *locked = mine;

    pthread_mutex_lock(locked);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(locked == other ? other + 1 : other);
    return NULL;
}

int main(int count, char **word)
{
    pthread_t one, two;

    sem_init(&there, 0, 0);
    sem_init(&back, 0, 0);
    pthread_barrier_init(&both, NULL, 2);
    if (count > 2) {
        pthread_create(&one, NULL, hang, other);
        hang(other + 1);
    }
    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, count > 1 ? word[1] : NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
"""


def tried(source, *words):
    """What a rerun of it with these words says."""
    with open('tried.c', 'w', encoding='utf-8') as file:
        file.write(source)
    subprocess.run(['gcc', '-g', '-pthread', '-o', 'tried', 'tried.c'],
                   check=True, timeout=60)
    done = run('run', '--record', 'seen', '--format', 'json', '-o',
               'seen.json', '--', './tried')
    with open('seen.json', encoding='utf-8') as file:
        found = json.load(file)['findings'][0]
    assert found['grade'] == 'inversion', (found, done.stderr)
    done = run('confirm', '--attempts', '1', 'seen', found['fingerprint'],
               '--', './tried', *words)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return ' '.join(done.stdout.split())


def readers_without_a_writer_are_not_confirmed():
    said = tried(READERS)
    assert 'but no writer came then' in said, said


def threads_that_never_overlap_are_told():
    said = tried(APART)
    assert 'never there at the same time' in said, said


def another_deadlock_is_not_taken_for_it():
    """The rerun hangs, but by other locks."""
    said = tried(APART, 'and', 'hang')
    assert 'not confirmed in 1 attempt' in said, said


ANSWERS = r"""
#include <pthread.h>
#include <signal.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;

static void handler(int number)
{
    (void)number;
    if (pthread_rwlock_rdlock(&table) == 0)
        pthread_rwlock_unlock(&table);
}

int main(void)
{
    signal(SIGUSR1, handler);
    pthread_rwlock_wrlock(&table);
    pthread_rwlock_unlock(&table);
    raise(SIGUSR1);
    return 0;
}
"""


def a_lock_that_answers_with_an_error_is_told():
    """glibc's EDEADLK, to who writes already."""
    said = tried(ANSWERS)
    assert 'a lock answered with an error' in said, said


def a_place_that_was_not_reached_is_told():
    said = tried(APART, 'without-b')
    assert 'second was not reached with b held' in said, said


def confirmed_in(path, *words):
    done = run('report', path, '--format', 'json', *words)
    return [one.get('confirmation', {}).get('status')
            for one in json.loads(done.stdout)['findings']]


def results_stay_with_the_records_and_in_databases():
    assert confirm('abba', 'inversion', '--attempts', MANY)[0]
    assert confirmed_in('seen') == ['confirmed'], confirmed_in('seen')
    assert run('gate', '--fail-on', 'confirmed', 'seen').returncode == 66
    run('merge', '-o', 'one.db', 'seen')
    run('merge', '-o', 'two.db', 'one.db', 'seen')
    run('merge', '-o', 'two.db', 'one.db')
    for path in ('one.db', 'two.db'):
        assert confirmed_in(path) == ['confirmed'], confirmed_in(path)
        assert run('gate', '--fail-on', 'confirmed', path).returncode == 66
    text = ' '.join(run('report', 'two.db').stdout.split())
    assert CONFIRMED.search(text) and 'how it happened' in text, text


def a_database_keeps_what_was_tried_on_it():
    find('gate-ok', 'guarded')
    run('merge', '-o', 'all.db', 'seen')
    done = run('report', 'all.db', '--format', 'json')
    found = [one for one in json.loads(done.stdout)['findings']
             if one['grade'] == 'guarded'][0]
    done = run('confirm', '--attempts', '1', 'all.db', found['fingerprint'],
               '--', os.path.join(BUGS, 'gate-ok'))
    assert done.returncode == 0, done.stderr
    assert 'not confirmed' in confirmed_in('all.db')
    assert run('gate', '--fail-on', 'confirmed', 'all.db').returncode == 0


def each_form_has_the_result():
    assert confirm('abba', 'inversion', '--attempts', MANY)[0]
    said = {form: run('report', 'seen', '--format', form).stdout
            for form in ('text', 'json', 'html', 'sarif', 'junit', 'github',
                         'gitlab')}
    for form, text in said.items():
        assert 'confirmed' in text, (form, text[:2000])
    result = json.loads(said['sarif'])['runs'][0]['results'][0]
    assert result['properties']['confirmation'] == 'confirmed', result
    assert CONFIRMED.search(result['message']['text']), result
    assert CONFIRMED.search(json.loads(said['gitlab'])[0]['description'])
    assert '<property name="confirmation" value="confirmed"/>' in said['junit']


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
    done = run('confirm', '--attempts', MANY, 'all.db',
               found['fingerprint'][:9], '--', './abba')
    assert done.returncode == 66, (done.stdout, done.stderr)
    assert '  tried   confirmed' in done.stdout, done.stdout


def rounds_with_delays_end():
    done = run('run', '--perturb', '2', '--', os.path.join(BUGS, 'abba-ok'),
               turns=True)
    assert done.returncode == 0 and 'round 2: ' in done.stderr, done.stderr


RULES = [rule for name, rule in list(globals().items())
         if callable(rule) and getattr(rule, '__module__', '') == '__main__'
         and name not in ('run', 'find', 'confirm', 'is_shown', 'is_not',
                          'build', 'reason', 'tried', 'refuted',
                          'confirm_write', 'looks_at_a_count',
                          'confirmed_in')]


# Needs a machine that has time: played where it is named.
LONG = (cycles_of_the_mm_model_are_confirmed,)


if __name__ == '__main__':
    sys.exit(tap.play([rule for rule in RULES
                       if rule not in LONG or rule.__name__ in sys.argv[6:]],
                      tap.in_scratch, sys.argv[6:]))
