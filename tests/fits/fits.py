#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""lockval where it is installed: what other builds, shells and debuggers use of
it. TAP; each function is a rule.

usage: fits.py SOURCE BUILD [RULE…]"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
SAMPLE = SOURCE / 'examples' / 'ci'
PREFIX = None  # set by main: the tree that everything here is installed in


def run(*command, status=0, **options):
    environment = {**os.environ, 'PATH': f'{PREFIX}/bin:{os.environ["PATH"]}',
                   **options.pop('env', {})}
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=300, check=False, env=environment, **options)
    assert status is None or done.returncode == status, (
        f'{command}: {done.returncode}, wanted {status}\n{done.stdout}')
    return done.stdout


def find(name):
    found = list(PREFIX.rglob(name))
    assert len(found) == 1, (name, found)
    return found[0]


def package_path():
    return {'PKG_CONFIG_PATH': str(find('lockval.pc').parent)}


def options_of(command):
    return set(re.findall(r'--[a-z][a-z-]*', run('lockval', command, '--help')))


def commands():
    return re.findall(r'^  lockval (\w+) ', run('lockval', '--help'), re.M)


# ---- where it is

def installed_command_finds_its_library():
    library = run('lockval', 'preload').strip()
    assert pathlib.Path(library).samefile(find('libvalidator.so'))
    run('lockval', 'run', '--', 'true', cwd=PREFIX)


def pkg_config_tells_preload_and_headers():
    def ask(*what):
        return run('pkg-config', f'--define-variable=prefix={PREFIX}', *what,
                   'lockval', env=package_path()).strip()
    assert pathlib.Path(ask('--variable=preload')).samefile(
        find('libvalidator.so'))
    assert pathlib.Path(ask('--variable=lockval')).samefile(find('lockval.h')
                                                            .parents[1] /
                                                            'bin/lockval')
    flags = ask('--cflags').split()
    for header in ('lockval.h', 'lockval/lockdep.h'):
        run('cc', '-std=gnu11', '-fsyntax-only', '-x', 'c', *flags, '-include',
            header, '/dev/null')


# ---- other builds

def meson_project_fails_on_the_seeded_inversion_alone():
    for seeded, status in (('false', 0), ('true', 1)):
        run('meson', 'setup', 'build-' + seeded, SAMPLE, '-Dseeded=' + seeded,
            env=package_path())
        run('meson', 'test', '-C', 'build-' + seeded)
        said = run('meson', 'test', '-C', 'build-' + seeded, '--setup',
                   'lockval', '--print-errorlogs', status=status)
        assert seeded == 'false' or 'count_lock → queue_lock' in said, said


def meson_subproject_is_found_as_the_installed_one():
    shutil.copytree(SAMPLE, 'sample')
    os.mkdir('sample/subprojects')
    os.symlink(SOURCE, 'sample/subprojects/lockval')
    path = ':'.join(part for part in os.environ['PATH'].split(':')
                    if not os.path.exists(part + '/lockval'))
    run('/usr/bin/env', 'PATH=' + path, 'meson', 'setup', 'build', 'sample',
        '-Dseeded=true', '--force-fallback-for=lockval')
    run('meson', 'compile', '-C', 'build')
    said = run('/usr/bin/env', 'PATH=' + path, 'meson', 'test', '-C', 'build',
               '--setup', 'lockval', '--print-errorlogs', status=1)
    assert 'count_lock → queue_lock' in said, said


def cmake_project_fails_on_the_seeded_inversion_alone():
    for seeded, status in (('OFF', 0), ('ON', 8)):
        build = 'build-' + seeded
        run('cmake', '-S', SAMPLE, '-B', build, '-DSEEDED=' + seeded,
            f'-DCMAKE_PREFIX_PATH={PREFIX}')
        run('cmake', '--build', build)
        said = run('ctest', '--output-on-failure', cwd=build, status=status)
        assert ('both_lockval (Failed)' in said) == (status != 0), said


# ---- pages

def manual_knows_every_command_and_option():
    page = run('man', '-P', 'cat', find('lockval.1'),
               env={'MANWIDTH': '100'})
    page = re.sub(r'.\x08', '', page).replace('‐', '-').replace('−', '-')
    for command in commands():
        assert re.search(rf'\b{command}\b', page), command
        for option in options_of(command) if command != 'explain' else ():
            assert option in page, (command, option)


def manual_is_well_formed():
    pages = [page for page in PREFIX.rglob('man/man*/*')]
    assert len(pages) >= 6, pages
    for page in pages:
        said = run('mandoc', '-T', 'lint', '-W', 'warning', page, status=None)
        said = [line for line in said.splitlines() if 'unusual Xr' not in line]
        assert not said, said


# ---- shells

def bash_completes(line):
    words = line.split(' ')
    file = PREFIX / 'share/bash-completion/completions/lockval'
    script = (f'source {file}; '
              f'COMP_WORDS=({" ".join(repr(word) for word in words)}); '
              f'COMP_CWORD={len(words) - 1}; _lockval lockval; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return run('bash', '-c', script).split()


def bash_completes_commands_options_and_values():
    assert bash_completes('lockval re') == ['report']
    assert '--fail-on' in bash_completes('lockval run --f')
    assert bash_completes('lockval run --on-deadlock a') == ['abort']
    assert 'json' in bash_completes('lockval report --format j')
    assert 'self-deadlock' in bash_completes('lockval explain self')


def zsh_and_fish_read_theirs():
    run('zsh', '-n', find('_lockval'))
    run('fish', '--no-execute', find('lockval.fish'))
    said = run('fish', '-c', f'source {find("lockval.fish")}; '
               'complete -C "lockval rep"')
    assert said.startswith('report'), said


# ---- a debugger

HELD = r'''
#include <pthread.h>
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t c = PTHREAD_RWLOCK_INITIALIZER;
__attribute__((noinline)) void held_now(void) { __asm__ volatile(""); }
static void *other(void *x)
{
    pthread_rwlock_rdlock(&c);
    pthread_mutex_lock(&b);
    held_now();
    return x;
}
int main(void)
{
    pthread_t t;
    pthread_mutex_lock(&a);
    pthread_create(&t, 0, other, 0);
    pthread_join(t, 0);
    return 0;
}
'''


def gdb_prints_what_threads_hold():
    run('cc', '-g', '-O0', '-x', 'c', '-', '-o', 'held', '-pthread', input=HELD)
    said = run('gdb', '-batch', '-nx', '-ex', 'set startup-with-shell off',
               '-ex', f'set env LD_PRELOAD {find("libvalidator.so")}',
               '-ex', 'break held_now', '-ex', 'run', '-ex',
               f'source {find("lockval.py")}', '-ex', 'lockval-held', './held')
    held = re.findall(r'^(?:thread (\d)| +(\d)\. (\w+))', said, re.M)
    assert held == [('1', '', ''), ('', '1', 'a'), ('2', '', ''),
                    ('', '1', 'c'), ('', '2', 'b')], said


RULES = [
    installed_command_finds_its_library, pkg_config_tells_preload_and_headers,
    meson_project_fails_on_the_seeded_inversion_alone,
    meson_subproject_is_found_as_the_installed_one,
    cmake_project_fails_on_the_seeded_inversion_alone,
    manual_knows_every_command_and_option, manual_is_well_formed,
    bash_completes_commands_options_and_values, zsh_and_fish_read_theirs,
    gdb_prints_what_threads_hold]


def main():
    global PREFIX
    with tempfile.TemporaryDirectory(prefix='lockval-fits-') as tree:
        subprocess.run(['meson', 'install', '-C', str(BUILD), '--no-rebuild',
                        '--quiet', '--destdir', tree], check=True,
                       stdout=subprocess.DEVNULL)
        PREFIX = next(pathlib.Path(tree).rglob('bin/lockval')).parents[1]
        return tap.play(RULES, tap.in_scratch, sys.argv[3:])


if __name__ == '__main__':
    sys.exit(main())
