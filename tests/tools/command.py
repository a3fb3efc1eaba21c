#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What users of `lockval` rely on: exit statuses, one line for each mistake,
and a program that runs as it would alone. TAP; each function is a rule.

usage: command.py LOCKVAL BUGS [RULE]   BUGS: the directory of examples/bugs"""
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position

LOCKVAL, BUGS = (os.path.abspath(path) for path in sys.argv[1:3])
ABBA = os.path.join(BUGS, 'abba')
ABBA_OK = os.path.join(BUGS, 'abba-ok')


class Done:
    """What a command did."""

    def __init__(self, arguments, **options):
        environment = {**os.environ, **options.pop('env', {})}
        done = subprocess.run([LOCKVAL, *arguments], capture_output=True,
                              text=True, timeout=100, env=environment,
                              check=False, **options)
        self.status, self.out, self.err = (done.returncode, done.stdout,
                                           done.stderr)

    def expect(self, status, *said):
        missing = [part for part in said if part not in self.err]
        assert self.status == status and not missing, (
            f'status {self.status}, wanted {status}; not said: {missing}\n'
            f'{self.err}')
        return self


def refused(arguments, *said, **options):
    """Status 99 and one line."""
    done = Done(arguments, **options).expect(99, *said)
    assert done.err.count('\n') == 1, done.err
    return done


def compile_c(name, source, *flags):
    subprocess.run(['cc', '-x', 'c', '-', '-o', name, *flags], check=True,
                   input=source, text=True)
    return './' + name


# ---- programs that are executed

def one_that_can_keep_no_record_is_foreseen():
    """Its file may not grow by a byte: neither can it say so itself, nor would
    `run` miss it, which looks for the program that it started alone."""
    program = compile_c('limited', """
        #include <pthread.h>
        #include <string.h>
        #include <sys/resource.h>
        #include <sys/wait.h>
        #include <unistd.h>
        static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
        int main(int count, char **word) {
            struct rlimit none = {0, 0};
            pthread_mutex_lock(&m);
            pthread_mutex_unlock(&m);
            if (count < 2)
                return 0;
            if (fork() != 0)
                return wait(0) < 0;
            if (strcmp(word[1], "limit") == 0)
                setrlimit(RLIMIT_FSIZE, &none);
            execl(word[0], word[0], (char *)0);
            return 1;
        }""", '-pthread')
    Done(['run', '--record', 'free', '--', program, 'go']).expect(0)
    Done(['run', '--record', 'bound', '--', program, 'limit']).expect(99)
    done = Done(['gate', 'bound'])
    assert done.status == 99, (done.status, done.out, done.err)


# ---- what is said of a finding

def private_locks_of_two_processes_are_a_hint_and_told_as_that():
    """Not that these can wait for each other: none can, in other memory."""
    done = Done(['run', '--fail-on', 'class-inferred', '--',
                 os.path.join(BUGS, 'proc-private-ok')]).expect(66)
    assert 'processes with locks of their own' in ' '.join(done.err.split())
    Done(['run', '--fail-on', 'class', '--',
          os.path.join(BUGS, 'proc-private-ok')]).expect(0)


# ---- runs beside each other

def record_that_another_is_making_is_left_to_it():
    for i, (what, status) in enumerate(((': >', 0),
                                        ('head -c 65536 /dev/zero >', 0),
                                        ('head -c 65536 /bin/ls >', 99))):
        done = Done(['run', '--record', 'beside', '--', 'sh', '-c',
                     f'{what} beside/other.{i}.0.lvr; exec {ABBA_OK}'])
        assert done.status == status, done.err


# ---- mistakes

def unknown_command_names_the_nearest():
    refused(['reprot'], 'reprot is no command; did you mean report?')
    refused(['nonsense'], 'nonsense is no command; `lockval --help`')


def program_in_place_of_a_command_is_told_how():
    refused([ABBA], f'{ABBA} is a program: lockval run -- {ABBA}')
    refused(['./nowhere'], './nowhere is no command')


def unknown_option_names_the_nearest():
    refused(['run', '--recrod', 'x', '--', 'ls'], '--recrod',
            'did you mean --record?')
    refused(['report', '--fromat', 'x', '.'], 'did you mean --format?')


def unknown_format_names_the_nearest():
    refused(['run', '--format', 'jsn', '--', 'ls'], 'did you mean json')


def unknown_grade_names_the_nearest():
    refused(['run', '--fail-on', 'invresion', '--', 'ls'],
            'did you mean inversion')


def option_without_its_value_is_told():
    refused(['run', '--record'], '--record needs a value')


def nothing_to_run_is_told():
    refused(['run'], 'run what?')
    refused(['report'], 'report what?')


def unknown_key_in_the_environment_is_a_warning():
    done = Done(['run', '--', ABBA_OK], env={'LOCKVAL_OPTIONS': 'recrod=x'})
    done.expect(0, "warning: LOCKVAL_OPTIONS: unknown option 'recrod'; "
                   'did you mean record')
    assert done.err.count('recrod') == 1


# ---- programs that cannot be checked

def missing_program_is_told():
    refused(['run', '--', './nowhere'], './nowhere: not found')
    refused(['run', '--', 'no-such-program'], 'not found in PATH')


def program_that_is_not_executable_is_told():
    with open('plain', 'w', encoding='utf-8') as file:
        file.write('text')
    refused(['run', '--', './plain'], 'is not executable')
    refused(['run', '--', './'], 'is a directory')


def static_program_is_told_before_it_runs():
    program = compile_c('static', '#include <stdio.h>\n'
                        'int main(void) { puts("ran"); return 0; }', '-static')
    assert refused(['run', '--', program], 'static program').out == ''
    program = compile_c('pie', 'int main(void) { return 0; }', '-static-pie')
    refused(['run', '--', program], 'static program')


def script_is_judged_by_its_interpreter():
    static = compile_c('static', 'int main(void) { return 0; }', '-static')
    with open('script', 'w', encoding='utf-8') as file:
        file.write(f'#!{os.path.abspath(static)}\n')
    os.chmod('script', 0o755)
    refused(['run', '--', './script'], 'static program')


def setuid_program_is_told():
    if os.geteuid() != 0:
        return
    shutil.copy(ABBA_OK, 'other')
    os.chown('other', 12345, -1)
    os.chmod('other', 0o4755)
    refused(['run', '--', './other'], 'is setuid')


def command_without_its_library_is_told():
    shutil.copy(LOCKVAL, 'lockval')
    done = subprocess.run(['./lockval', 'run', '--', ABBA_OK],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 99 and 'libvalidator.so' in done.stderr
    assert done.stderr.count('\n') == 1


def library_that_did_not_live_fails_the_run():
    # Its interpreter is no dynamic linker, so that nothing is preloaded.
    compile_c('linker', 'void start(void) { __asm__("mov $60, %eax\\n"'
              ' "xor %edi, %edi\\nsyscall"); }', '-nostdlib', '-static',
              '-Wl,-e,start')
    program = compile_c('early', 'int main(void) { return 0; }',
                        '-Wl,--dynamic-linker=' + os.path.abspath('linker'))
    refused(['run', '--', program], 'did not come to life')


def program_that_becomes_a_static_one_fails_the_run():
    program = compile_c('static', 'int main(void) { return 0; }', '-static')
    Done(['run', '--', 'sh', '-c', 'exec ' + program]).expect(
        99, 'did not come to life')


# ---- the record directory

def unwritable_record_directory_is_told_before_the_program_runs():
    with open('file', 'w', encoding='utf-8') as file:
        file.write('')
    done = refused(['run', '--record', 'file/x', '--', 'touch', 'ran'],
                   'cannot keep records in', '--record DIR')
    assert done.out == '' and not os.path.exists('ran')


def symbolic_link_as_record_directory_is_refused():
    os.mkdir('real')
    os.symlink('real', 'link')
    refused(['run', '--record', 'link', '--', 'true'], 'symbolic link')


def file_as_record_directory_is_refused():
    with open('file', 'w', encoding='utf-8') as file:
        file.write('')
    refused(['run', '--record', 'file', '--', 'true'], 'not a directory')


def record_directory_that_may_not_be_written_is_refused():
    if os.geteuid() != 0 or shutil.which('setpriv') is None:
        return
    os.chmod('.', 0o755)
    os.mkdir('fixed', 0o500)
    os.chown('fixed', 65534, -1)
    done = subprocess.run(
        ['setpriv', '--reuid', '65534', '--clear-groups', LOCKVAL, 'run',
         '--record', os.path.abspath('fixed'), '--', 'echo', 'ran'],
        capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 99 and done.stdout == '' and \
        'cannot keep records in' in done.stderr, done


def record_directory_of_another_user_is_refused():
    if os.geteuid() != 0:
        return
    os.mkdir('other')
    os.chown('other', 12345, -1)
    refused(['run', '--record', 'other', '--', 'true'], 'another user')


def record_directory_is_made_for_its_owner_alone():
    Done(['run', '--record', 'new', '--', ABBA_OK]).expect(0)
    assert stat.S_IMODE(os.stat('new').st_mode) == 0o700
    assert all(stat.S_IMODE(os.stat('new/' + name).st_mode) == 0o600
               for name in os.listdir('new'))


def default_directory_holds_the_last_run():
    Done(['run', '--', ABBA]).expect(66)
    Done(['run', '--', ABBA_OK]).expect(0)
    assert len(os.listdir('lockval.d')) == 1


def named_directory_is_added_to_and_each_run_judged_alone():
    Done(['run', '--record', 'd', '--', ABBA]).expect(66)
    Done(['run', '--record', 'd', '--', ABBA_OK]).expect(0)
    assert len(os.listdir('d')) == 2
    assert '2 processes' in Done(['report', 'd']).expect(0).out


def program_that_changes_its_directory_still_records():
    Done(['run', '--record', 'd', '--', 'sh', '-c',
          f'mkdir sub; cd sub; exec {ABBA}']).expect(66)


# ---- statuses

def findings_give_66():
    Done(['run', '--', ABBA]).expect(66, 'inversion: a and b')


def what_fails_can_be_chosen():
    Done(['run', '--fail-on', 'none', '--', ABBA]).expect(0, 'hints')
    Done(['run', '--fail-on=misuse', '--', ABBA]).expect(0)
    Done(['run', '--', ABBA], env={'LOCKVAL_OPTIONS': 'fail-on=none'}
         ).expect(0)
    Done(['run', '--fail-on', 'inversion', '--', ABBA],
         env={'LOCKVAL_OPTIONS': 'fail-on=none'}).expect(66)


def file_gives_way_to_the_environment():
    with open('lockval.conf', 'w', encoding='utf-8') as file:
        file.write('# of this project\nfail-on = none\n')
    Done(['run', '--', ABBA]).expect(0)
    Done(['run', '--', ABBA],
         env={'LOCKVAL_OPTIONS': 'fail-on=inversion'}).expect(66)


def file_of_another_user_is_no_order():
    with open('lockval.conf', 'w', encoding='utf-8') as file:
        file.write('record = elsewhere\n')
    if os.geteuid() == 0:
        os.chown('lockval.conf', 12345, -1)
        Done(['run', '--', ABBA]).expect(66)
        assert not os.path.exists('elsewhere')
        os.chown('lockval.conf', 0, -1)
    Done(['run', '--', ABBA]).expect(66)
    assert os.path.exists('elsewhere')


def programs_own_status_comes_first():
    Done(['run', '--', 'sh', '-c', 'exit 3']).expect(3)
    Done(['run', '--', 'sh', '-c', f'{ABBA}; exit 4']).expect(4, 'inversion')


def death_by_a_signal_is_128_and_its_number():
    Done(['run', '--', 'sh', '-c', 'kill -KILL $$']).expect(
        128 + signal.SIGKILL, 'was ended by signal 9')


def no_lock_taken_is_a_note():
    program = compile_c('bare', 'int main(void) { return 0; }')
    Done(['run', '--', program]).expect(0, 'note: no lock was taken')
    Done(['run', '--require-locks', '--', program]).expect(
        99, 'no lock was taken')


def children_are_followed_unless_told():
    script = f'{ABBA}; exit 0'
    Done(['run', '--', 'sh', '-c', script]).expect(66)
    Done(['run', '--no-children', '--', 'sh', '-c', script]).expect(0)


def signals_are_passed_on():
    with subprocess.Popen(
            [LOCKVAL, 'run', '--', 'sh', '-c',
             'trap "echo got it; exit 7" TERM; echo up; '
             'while :; do sleep 0.05; done'],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True) as process:
        assert process.stdout.readline() == 'up\n'
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == 'got it\n'
        assert process.wait(60) == 7


# ---- reports

def standard_output_is_the_programs():
    done = Done(['run', '--', 'sh', '-c', f'echo mine; {ABBA}']).expect(66)
    assert done.out == 'mine\n'


def report_goes_where_it_is_told():
    done = Done(['run', '--format', 'json', '-o', 'out.json', '--', ABBA])
    done.expect(66)
    assert 'inversion' not in done.err
    with open('out.json', encoding='utf-8') as file:
        found = json.load(file)
    assert [sorted(f['locks']) for f in found['findings']] == [['a', 'b']]
    assert json.loads(Done(['report', 'lockval.d', '--format', 'json']).out
                      ) == found
    Done(['report', 'lockval.d', '-o', '/nowhere/x']).expect(
        99, '/nowhere/x')


def output_that_does_not_arrive_fails_the_command():
    Done(['run', '--record', 'r', '--', ABBA]).expect(66)
    Done(['run', '--record', 'ok', '--', ABBA_OK]).expect(0)
    commands = [['report', 'r', '--format', form]
                for form in ('text', 'json', 'html', 'sarif', 'junit',
                             'gitlab', 'dot')]
    commands += [['diff', 'ok', 'r'], ['diff', 'ok', 'r', '--format', 'json'],
                 ['order', 'suggest', 'ok']]
    for command in commands:
        Done([*command, '-o', 'whole']).expect(0)
        refused([*command, '-o', '/nowhere/x'], '/nowhere/x: No such file')
        refused([*command, '-o', '/dev/full'], '/dev/full: No space')
    for command in commands + [['explain', 'rule'], ['preload'], ['--help'],
                               ['run', '--help'], ['coverage', 'r'],
                               ['merge', '-o', 'r.db', 'r']]:
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([LOCKVAL, *command], stdout=full, text=True,
                                  stderr=subprocess.PIPE, check=False)
        assert done.returncode == 99 and 'output: No space' in done.stderr, (
            command, done.stderr)
    for path, why in (('/nowhere/x', 'No such file'), ('/dev/full', 'No space')):
        refused(['report', 'r', '--gen-suppressions', path], why)


def every_frame_of_a_cycle_has_its_source():
    Done(['run', '--', ABBA]).expect(66)
    found = json.loads(Done(['report', 'lockval.d', '--format=json']).out)
    for step in found['findings'][0]['dependencies']:
        for stack in step['held_at'], step['wanted_at']:
            assert stack[0]['file'].endswith('abba.c'), stack[0]
            assert stack[0]['line'] > 0 and stack[0]['function']


def damaged_record_is_one_line_and_99():
    Done(['run', '--', ABBA]).expect(66)
    name = 'lockval.d/' + os.listdir('lockval.d')[0]
    with open(name, 'r+b') as file:
        file.seek(8192)
        file.write(b'\x63\0')
    done = Done(['report', 'lockval.d']).expect(99, name + ': byte 8192: ')
    assert done.err.count('\n') == 1


def empty_directory_is_told():
    os.mkdir('empty')
    refused(['report', 'empty'], 'no records there')


def colour_is_for_terminals_alone():
    assert '\033' not in Done(['run', '--', ABBA]).err


def runs_at_once_in_one_directory_report_their_own_alone():
    first = subprocess.Popen(
        [LOCKVAL, 'run', '--record', 'both', '--', 'sh', '-c',
         f'echo ready; read -r line; exec {ABBA_OK}'], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert first.stdout.readline() == 'ready\n'
    Done(['run', '--record', 'both', '--', ABBA]).expect(66)
    _, said = first.communicate('go\n', timeout=60)
    assert first.returncode == 0, said
    Done(['report', 'both']).expect(0)
    assert 'inversion' in Done(['report', 'both']).out


# ---- suppressions

def suppressed(text, *arguments):
    with open('my.supp', 'w', encoding='utf-8') as file:
        file.write(text)
    return Done(['run', '--suppressions', 'my.supp', *arguments, '--', ABBA])


def finding_json():
    Done(['run', '-o', 'out.json', '--format', 'json', '--', ABBA])
    with open('out.json', encoding='utf-8') as file:
        return json.load(file)['findings'][0]


def generated_suppressions_silence_what_they_were_made_of():
    Done(['run', '--gen-suppressions', 'my.supp', '--', ABBA]).expect(66)
    done = Done(['run', '--suppressions', 'my.supp', '--', ABBA])
    done.expect(0, 'suppressed, because (say why)')
    with open('my.supp', encoding='utf-8') as file:
        assert '# inversion: a and b are taken' in file.read()


def suppressions_match_by_all_that_a_finding_has():
    fingerprint = finding_json()['fingerprint']
    for test in ('frame first', 'frame "sec*"', 'lock a', 'module abb?',
                 'file abba.c', 'kind inversion', 'grade inversion',
                 'thread "thread 2"', 'fingerprint ' + fingerprint,
                 'frame first & lock b & module abba'):
        suppressed(test + ' because of a test\n').expect(0)
    for test in ('frame third', 'lock c', 'module libx.so', 'file x.c',
                 'kind deadlock', 'grade class', 'thread nobody',
                 'fingerprint 0000000000000000', 'frame first & lock c'):
        suppressed(test + ' because of a test\n').expect(66, 'met no finding')


def suppression_ends_with_its_date():
    suppressed('lock a until 2999-12-31 because later\n').expect(0)
    suppressed('lock a until 2020-12-31 because earlier\n').expect(
        66, 'my.supp:1: past its date (2020-12-31)', 'is still there')


def suppression_needs_a_reason():
    for text, said in (('lock a\n', 'a reason is needed'),
                       ('lock a because\n', 'the reason is missing'),
                       ('lock a until soon because x\n', 'expected a date'),
                       ('lock a until 2026-13-01 because x\n', 'no such date'),
                       ('lokc a because x\n', 'expected one of fingerprint'),
                       ('lock "a because x\n', 'a quote has no end'),
                       ('fingerprint 12 because x\n', '16 hexadecimal')):
        done = suppressed('# fine\n' + text)
        done.expect(66, 'my.supp:2: ', said)
    Done(['run', '--suppressions', 'none.supp', '--', ABBA_OK]).expect(
        99, 'none.supp: No such file')


def broad_suppression_is_told():
    names = ('abba', 'three-locks')
    for name in names:
        Done(['run', '--record', 'both', '--', os.path.join(BUGS, name)])
    for text, broad in (('kind * because x\n', True),
                        ('lock * & kind inversion because x\n', True),
                        ('frame first because x\n', False)):
        with open('my.supp', 'w', encoding='utf-8') as file:
            file.write(text)
        done = Done(['report', 'both', '--suppressions', 'my.supp']).expect(0)
        assert ('over-broad: it silences' in done.err) == broad, done.err


def suppressed_findings_stay_in_the_json():
    suppressed('lock a because of a test\n', '-o', 'out.json', '--format',
               'json').expect(0)
    with open('out.json', encoding='utf-8') as file:
        found = json.load(file)['findings'][0]
    assert found['suppressed'] == {'by': 'my.supp:1: lock a',
                                   'reason': 'of a test'}, found


# ---- the rest

def json_is_short_for_its_form():
    Done(['run', '--', ABBA])
    for command in (['report'], ['gate'], ['run', '-o', '/dev/stdout', '--']):
        last = ABBA if command[0] == 'run' else 'lockval.d'
        assert json.loads(Done(
            [command[0], '--json', *command[1:], last]).out)['findings']


def every_kind_is_explained():
    kinds = Done(['explain']).expect(0).out
    for kind in ('inversion', 'self-deadlock', 'deadlock', 'wait-inversion',
                 'signal', 'fork', 'unlock-not-held', 'unlock-other-thread',
                 'destroy-held', 'free-held', 'exit-held', 'reinit-held',
                 'order', 'rule', 'seqcount', 'rcu', 'context', 'class',
                 'class-inferred', 'guarded', 'ordered', 'single-thread'):
        assert f'  {kind} ' in kinds
        page = Done(['explain', kind]).expect(0).out
        assert 'What it means' in page and 'How people fix it' in page
        assert max(map(len, page.splitlines())) <= 78
    refused(['explain', 'infersion'], 'did you mean inversion?')


def long_reports_go_through_the_pager():
    Done(['run', '--', ABBA])
    with open('page', 'w', encoding='utf-8') as file:
        file.write('#!/bin/sh\ncat > paged\n')
    os.chmod('page', 0o755)
    ours, theirs = os.openpty()
    with os.fdopen(ours, 'rb'):
        subprocess.run([LOCKVAL, 'report', 'lockval.d'], stdout=theirs,
                       env={**os.environ, 'LOCKVAL_PAGER': './page',
                            'TERM': 'xterm'}, check=True, timeout=60)
        os.close(theirs)
    with open('paged', encoding='utf-8') as file:
        text = file.read()
    assert 'inversion' in text and '\033[1;31m' in text, text


def circle_of_like_locks_says_which_must_be_the_same():
    said = Done(['run', '--fail-on', 'class', '--',
                 os.path.join(BUGS, 'disjoint-declared')]).expect(66).err
    assert 'account #2 ≈ account #3' in said, said
    assert ('goes on, were these the same:\n        account #2 and '
            'account #3,\n        account #4 and account #1\n') in said, said
    said = Done(['run', '--', ABBA]).expect(66).err
    assert '≈' not in said and 'goes on\n' in said, said


def advice_says_what_keeps_the_threads_apart():
    for name, advice in (('join-unseen-ok', 'by what it signalled'),
                         ('unpublished-ok', 'others can know the lock'),
                         ('create-order-ok', 'threads run at the same time')):
        said = Done(['run', '--fail-on', 'ordered', '--',
                     os.path.join(BUGS, name)]).expect(66).err
        assert advice in ' '.join(said.split()), said


def alone(program, options='', status=0):
    """What a program preloaded without `lockval run` says."""
    path = Done(['preload']).expect(0).out.strip()
    assert os.path.basename(path) == 'libvalidator.so'
    done = subprocess.run([program], text=True, check=False, timeout=60,
                          capture_output=True,
                          env={**os.environ, 'LD_PRELOAD': path,
                               'LOCKVAL_OPTIONS': options})
    assert done.returncode == status, (program, done.returncode, done.stderr)
    return done.stderr


def preload_alone_works():
    assert ('lockval: possible deadlock: locks are taken in opposite orders: '
            in alone(ABBA))
    assert '1 finding fails' in Done(['report', 'lockval.d']).expect(0).out


def preload_alone_tells_each_misuse_once():
    for name, text in (
            ('unlock-not-held', 'unlock of a lock that is not held'),
            ('unlock-other-thread',
             'unlock of a lock that another thread holds'),
            ('destroy-held', 'a lock is destroyed while it is held'),
            ('reinit-held', 'a lock is initialised while it is held'),
            ('free-held', 'memory is freed with a held lock inside'),
            ('exit-held', 'a thread ends while it holds a lock'),
            ('left-held', 'a function returns with a lock of its own frame'),
            ('relock', 'deadlock: a thread waits for a lock that it holds'),
            ('destroyed-lock', 'a destroyed lock is used'),
            ('uninitialised-lock', 'a lock is used that was never initialised'),
            ('fork-held', 'deadlock: a forked child waits for a lock that'),
            ('rwlock-reader-again', 'possible deadlock: a second read of a'),
            ('condvar-two-mutexes', 'is waited for with two mutexes at once')):
        said = alone(os.path.join(BUGS, name)).splitlines()
        assert len(said) == 2 and text in said[0], (name, said)
        assert 'lockval report' in said[1], (name, said)
        assert alone(os.path.join(BUGS, name + '-ok')) == '', name
        assert alone(os.path.join(BUGS, name), 'quiet') == '', name


def preload_alone_tells_a_deadlock_and_obeys():
    program = compile_c('stuck', """
        #include <pthread.h>
        static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
        static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
        static pthread_barrier_t both;
        static void *second(void *unused) {
            pthread_mutex_lock(&b);
            pthread_barrier_wait(&both);
            pthread_mutex_lock(&a);
            return unused;
        }
        int main(void) {
            pthread_t thread;
            pthread_barrier_init(&both, 0, 2);
            pthread_create(&thread, 0, second, 0);
            pthread_mutex_lock(&a);
            pthread_barrier_wait(&both);
            pthread_mutex_lock(&b);
            return 0;
        }""", '-pthread')
    said = alone(program, 'on-deadlock=exit', 66)
    assert ('lockval: deadlock: 2 threads wait for each other for ever: thread '
            in said), said
    assert said.count(' and waits for ') == 2, said
    assert alone(program, 'quiet:on-deadlock=abort', -signal.SIGABRT) == ''


def preload_alone_warns_of_unknown_options():
    said = alone(ABBA_OK, 'recrod=x')
    assert said == "lockval: unknown option 'recrod'; did you mean record\n", said
    with open('lockval.conf', 'w', encoding='utf-8') as file:
        file.write('fail-no = all\n')
    said = alone(ABBA_OK)
    assert "line 1: unknown option 'fail-no'; did you mean fail-on" in said, said


RULES = [rule for name, rule in list(globals().items())
         if callable(rule) and getattr(rule, '__module__', '') == '__main__'
         and name not in ('Done', 'refused', 'compile_c', 'suppressed', 'finding_json',
                          'alone')]


if __name__ == '__main__':
    sys.exit(tap.play(RULES, tap.in_scratch, sys.argv[3:]))
