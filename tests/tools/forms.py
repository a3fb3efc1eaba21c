#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The forms of a report, each read by what it is for: the schema of SARIF, an
XML parser, graphviz, a real run of CTest. Names attack wherever they can. TAP;
each function is a rule.

usage: forms.py LOCKVAL HOSTILE MM ROOT [RULE]"""
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position

LOCKVAL, HOSTILE, MM, ROOT = (os.path.abspath(path) for path in sys.argv[1:5])
HERE = os.path.dirname(os.path.abspath(__file__))
LOST = 96  # of a record's header, the first of its counts of what was lost
SCHEMA = os.path.join(HERE, 'sarif-2.1.0-rtm.5.json')


def command(*words, status=0, **options):
    environment = {**os.environ, **options.pop('env', {})}
    done = subprocess.run(words, capture_output=True, text=True, timeout=100,
                          check=False, env=environment, **options)
    assert done.returncode == status, f'{words}: {done.returncode}\n' \
        f'{done.stdout}{done.stderr}'
    return done.stdout


def record_s1():
    """The mm model's S1: two cycles that fail."""
    if not os.path.isdir('s1.d'):
        command(LOCKVAL, 'run', '--record', 's1.d', '-o', 's1.txt', '--', MM,
                'run', 's1.annotated', status=66)
    return 's1.d'


def record_refuted():
    """A raw write that is not sound."""
    if not os.path.isdir('raw.d'):
        command(LOCKVAL, 'run', '--record', 'raw.d', '-o', 'raw.txt', '--', MM,
                'run', 's1.x1', status=66)
    return 'raw.d'


def record_hostile():
    if not os.path.exists('hostile.0.0.lvr'):
        command(HOSTILE, 'record', 'hostile.0.0.lvr')
    return 'hostile.0.0.lvr'


def report(path, form, *more, cwd=None, env=None):
    return command(LOCKVAL, 'report', os.path.abspath(path), '--format', form,
                   *more, cwd=cwd, env=env or {})


def each_hostile(form):
    """As reported, and with findings that are suppressed and known."""
    path = record_hostile()
    yield report(path, form)
    yield command(HOSTILE, 'render', form, path)


# ---- SARIF

def validate(text):
    import jsonschema
    with open(SCHEMA, encoding='utf-8') as file:
        schema = json.load(file)
    log = json.loads(text)
    checker = jsonschema.Draft4Validator(
        schema, format_checker=jsonschema.FormatChecker())
    errors = [f'{"/".join(map(str, error.path))}: {error.message[:200]}'
              for error in checker.iter_errors(log)]
    assert not errors, '\n'.join(errors[:10])
    return log['runs'][0]


def sarif_schema_refuses_what_is_wrong():
    try:
        validate('{"version": "2.1.0", "runs": [{"tool": {}}]}')
    except AssertionError:
        return
    raise AssertionError('the schema accepts a run without a driver')


def sarif_is_what_the_schema_wants():
    for path in (record_s1(), record_refuted()):
        validate(report(path, 'sarif'))
    for text in each_hostile('sarif'):
        validate(text)


def sarif_has_a_flow_for_each_thread():
    run = validate(report(record_s1(), 'sarif', cwd=ROOT))
    result = run['results'][0]
    flows = result['codeFlows'][0]['threadFlows']
    assert [flow['id'] for flow in flows] == ['truncate', 'adjust'], flows
    essential = sorted(
        (place['executionOrder'], flow['id'],
         place['location']['message']['text'])
        for flow in flows for place in flow['locations']
        if place.get('importance') == 'essential')
    assert essential == [
        (1, 'truncate', 'truncate took i_mmap_rwsem'),
        (2, 'adjust', 'adjust took vm_sequence'),
        (3, 'truncate', 'truncate wanted vm_sequence'),
        (4, 'adjust', 'adjust wanted i_mmap_rwsem')], essential
    assert len(result['stacks']) == 4
    assert len(result['relatedLocations']) == 4


def sarif_takes_waits_for_more_than_locks():
    build = os.path.dirname(os.path.dirname(LOCKVAL))
    for name, program, said in (
            ('event', [build + '/examples/bugs/condvar-held'],
             'came to the signal of is_ready'),
            ('stuck', [build + '/tests/deadlock/hang', 'joined'],
             'main waits for the end of thread 2')):
        command(LOCKVAL, 'run', '--record', name, '-o', name + '.txt', '--',
                *program, status=66)
        text = report(name, 'sarif')
        validate(text)
        assert said in text, text
        assert said in report(name, 'tsan')
        xml.fromstring(report(name, 'junit'))


def sarif_paths_are_relative_to_the_project():
    for place in (ROOT, os.path.join(ROOT, 'examples')):
        run = validate(report(record_s1(), 'sarif', cwd=place))
        spot = run['results'][0]['locations'][0]['physicalLocation']
        assert spot['artifactLocation'] == {
            'uri': 'examples/mm/memory.c', 'uriBaseId': 'SRCROOT'}, spot
        assert spot['region']['startLine'] > 1
        base = run['originalUriBaseIds']['SRCROOT']['uri']
        assert base.startswith('file:///') and base.endswith('/')


def sarif_results_say_whether_they_fail():
    run = validate(report(record_s1(), 'sarif'))
    assert {result['level'] for result in run['results']} == {'error'}
    assert {result['baselineState'] for result in run['results']} == {'new'}
    assert all(result['suppressions'] == [] for result in run['results'])
    run = validate(report(record_s1(), 'sarif', '--fail-on', 'deadlock'))
    assert {result['level'] for result in run['results']} == {'note'}
    run = validate(command(HOSTILE, 'render', 'sarif', record_hostile()))
    first, second = run['results'][:2]
    assert first['suppressions'][0]['justification'].startswith('lock:x: ')
    assert first['baselineState'] == 'new' and not second['suppressions']
    assert second['baselineState'] == 'unchanged'


def sarif_rules_have_help():
    run = validate(report(record_refuted(), 'sarif'))
    rules = run['tool']['driver']['rules']
    assert all(rule['help']['text'] and rule['help']['markdown']
               for rule in rules)
    for result in run['results']:
        assert rules[result['ruleIndex']]['id'] == result['ruleId']
    assert 'refuted' in {result['ruleId'] for result in run['results']}
    prints = [result['partialFingerprints']['lockvalFingerprint/v1']
              for result in run['results']]
    assert all(re.fullmatch('[0-9a-f]{16}', one) for one in prints)
    assert len(set(prints)) == len(prints), prints


def sarif_says_what_was_not_seen():
    (invocation,) = validate(report(record_s1(), 'sarif'))['invocations']
    assert invocation['executionSuccessful'], invocation
    assert invocation['toolExecutionNotifications'] == [], invocation
    (path,) = pathlib.Path(record_s1()).glob('*.lvr')
    record = bytearray(path.read_bytes())
    record[LOST:LOST + 8] = (7).to_bytes(8, 'little')
    pathlib.Path('lost.0.0.lvr').write_bytes(record)
    (invocation,) = validate(report('lost.0.0.lvr', 'sarif'))['invocations']
    assert not invocation['executionSuccessful'], invocation
    said = [one['message']['text'] for one in
            invocation['toolExecutionNotifications']]
    assert said == ['7 events were lost'], said


def sarif_names_are_no_links_and_no_placeholders():
    for text in each_hostile('sarif'):
        for message in re.findall(r'"text": ("(?:[^"\\]|\\.)*")', text):
            message = json.loads(message)
            assert not re.search(r'(?<!\\)\]\(', message), message
            assert not re.search(r'(?<!\{)(\{\{)*\{\d', message), message


# ---- JUnit, GitLab

def junit_is_well_formed():
    for path in (record_s1(), record_refuted()):
        xml.fromstring(report(path, 'junit'))
    for text in each_hostile('junit'):
        suites = xml.fromstring(text)
        assert {element.tag for element in suites.iter()} <= {
            'testsuites', 'testsuite', 'testcase', 'failure', 'skipped',
            'properties', 'property'}, text


def junit_counts_what_fails():
    suite = xml.fromstring(report(record_s1(), 'junit'))[0]
    failed = [case for case in suite if case.find('failure') is not None]
    assert suite.get('failures') == '2' == str(len(failed))
    assert suite.get('tests') == str(len(suite.findall('testcase')))
    assert 'i_mmap_rwsem → vm_sequence' in failed[0].get('name')
    assert 'wanted vm_sequence at' in failed[0].find('failure').text
    assert failed[0].get('file').endswith('examples/mm/memory.c')
    suite = xml.fromstring(report(record_s1(), 'junit', '--fail-on',
                                  'deadlock'))[0]
    assert suite.get('failures') == '0' and suite.get('skipped') == '2'


def junit_skips_what_is_suppressed_or_known():
    suite = xml.fromstring(command(HOSTILE, 'render', 'junit',
                                   record_hostile()))[0]
    reasons = [skip.get('message') for skip in suite.iter('skipped')]
    assert reasons[0].startswith('suppressed by lock:x: </script>'), reasons
    assert reasons[1] == 'the baseline has it', reasons
    assert [one.get('value') for one in suite.iter('property')] == [
        '%0A::error::bad']


def gitlab_has_a_path_and_one_fingerprint_each():
    issues = json.loads(report(record_s1(), 'gitlab', cwd=ROOT))
    assert len({issue['fingerprint'] for issue in issues}) == 2
    assert issues[0]['location'] == {
        'path': 'examples/mm/memory.c',
        'lines': {'begin': issues[0]['location']['lines']['begin']}}
    assert issues[0]['severity'] == 'critical'
    for text in each_hostile('gitlab'):
        json.loads(text)
    whole, part = (json.loads(text) for text in each_hostile('gitlab'))
    assert len(part) == len(whole) - 1


# ---- GitHub

def github_annotates_lines():
    lines = report(record_s1(), 'github', cwd=ROOT).splitlines()
    assert len(lines) == 2
    assert re.match(r'::error file=examples/mm/memory\.c,line=\d+,'
                    r'title=lockval%3A inversion::i_mmap_rwsem and', lines[0])
    assert '%0Atruncate took i_mmap_rwsem at memory.c:' in lines[0]


def github_commands_come_from_us_alone():
    for text in each_hostile('github'):
        for line in text.splitlines():
            assert re.match(r'::error (file=[^,:]*,line=\d+,)?title=[^,:]*::',
                            line), line
        assert '\r' not in text


def github_summary_is_appended_and_clean():
    path = os.path.abspath('summary.md')
    with open(path, 'w', encoding='utf-8') as file:
        file.write('before\n')
    report(record_s1(), 'github', env={'GITHUB_STEP_SUMMARY': path})
    report(record_hostile(), 'github', env={'GITHUB_STEP_SUMMARY': path})
    with open(path, encoding='utf-8') as file:
        text = file.read()
    assert text.startswith('before\n### lockval: 2 findings fail\n')
    assert '<script' not in text and '<img' not in text and '<!--' not in text
    text = re.sub('<pre>.*?</pre>', '', text, flags=re.S)
    assert '](' not in text and '@team' not in text and '`' not in text
    for line in text.splitlines():
        if line.startswith('| '):
            assert line.count('|') == 6, line


def github_summary_that_cannot_be_written_is_told():
    done = subprocess.run(
        [LOCKVAL, 'report', record_s1(), '--format', 'github'],
        env={**os.environ, 'GITHUB_STEP_SUMMARY': '/nowhere/x'},
        capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0 and done.stdout.startswith('::error ')
    assert done.stderr.count('\n') == 1 and '/nowhere/x' in done.stderr


# ---- DOT

def graphviz_draws_it():
    for text in (report(record_s1(), 'dot'), *each_hostile('dot')):
        drawn = json.loads(command('dot', '-Tjson', input=text))
        assert all('pos' in node for node in drawn['objects'])


def dot_has_cycles_red_and_names_whole():
    drawn = json.loads(command('dot', '-Tjson',
                               input=report(record_s1(), 'dot')))
    label = {node['_gvid']: node['label'] for node in drawn['objects']}
    red = {(label[edge['tail']], label[edge['head']])
           for edge in drawn['edges'] if edge['color'] == '#c62828'}
    assert red == {('i_mmap_rwsem', 'vm_sequence'),
                   ('vm_sequence', 'i_mmap_rwsem'),
                   ('vm_sequence', 'fs_reclaim'),
                   ('fs_reclaim', 'i_mmap_rwsem')}, red
    drawn = json.loads(command('dot', '-Tjson',
                               input=report(record_hostile(), 'dot')))
    assert '\\"]; bad [label=\\"x\\\\' in {
        node['label'] for node in drawn['objects']} or \
        '"]; bad [label="x\\\\' in {
            node['label'] for node in drawn['objects']}, drawn
    assert len(drawn['objects']) == 10


# ---- ThreadSanitizer's logs

def tsan_has_a_report_for_each_that_fails():
    text = report(record_s1(), 'tsan')
    assert text.count('WARNING: ThreadSanitizer: lock-order-inversion '
                      '(potential deadlock) (pid=') == 2
    assert report(record_s1(), 'tsan', '--fail-on', 'deadlock') == ''


def tsan_log_goes_where_its_options_say():
    for options in ("log_path='{}'", 'a=1:log_path={}:exitcode=3',
                    'log_path=x log_path="{}"'):
        path = os.path.abspath('log')
        assert report(record_s1(), 'tsan', env={
            'TSAN_OPTIONS': options.format(path)}) == ''
        logs = [name for name in os.listdir('.') if
                re.fullmatch(r'log\.\d+', name)]
        assert len(logs) == 1, (options, logs)
        os.remove(logs[0])
    for options in ('log_path=stderr', 'log_path=', 'log_path', 'x=1'):
        assert report(record_s1(), 'tsan', env={'TSAN_OPTIONS': options})


CMAKE = '''cmake_minimum_required(VERSION 3.10)
project(sample C)
find_package(Threads REQUIRED)
include(CTest)
foreach(name abba abba-ok)
  add_executable(${name} @BUGS@/${name}.c)
  target_include_directories(${name} PRIVATE @INCLUDE@)
  target_link_libraries(${name} Threads::Threads)
  add_test(NAME ${name} COMMAND ${name})
endforeach()
'''


def ctest_counts_the_inversion():
    os.mkdir('cmake')
    with open('cmake/CMakeLists.txt', 'w', encoding='utf-8') as file:
        file.write(CMAKE.replace('@BUGS@', f'{ROOT}/examples/bugs').replace(
            '@INCLUDE@', f'{ROOT}/libvalidator/include'))
    command('cmake', '-S', 'cmake', '-B', 'cmake/build',
            '-DMEMORYCHECK_TYPE=ThreadSanitizer',
            '-DCMAKE_CROSSCOMPILING_EMULATOR='
            f'{LOCKVAL};run;--format;tsan;--record;{os.getcwd()}/ct.d;--')
    command('cmake', '--build', 'cmake/build')
    done = subprocess.run(['ctest', '-T', 'memcheck'], cwd='cmake/build',
                          capture_output=True, text=True, timeout=100,
                          check=False)
    assert done.returncode != 0
    assert 'lock-order-inversion (potential deadlock) - 1\n' in done.stdout, \
        done.stdout
    assert re.search(r'#1: abba \.+ +Defects: 1\n', done.stdout), done.stdout
    assert 'abba-ok ...' in done.stdout and '1 tests failed' in done.stdout
    assert 'Cannot find' not in done.stderr, done.stderr


# ---- all of them

def main():
    rules = [rule for name, rule in globals().items()
             if callable(rule) and '_' in name
             and name.split('_')[0] in ('sarif', 'junit', 'gitlab', 'github',
                                        'graphviz', 'dot', 'tsan', 'ctest')]
    with tap.inside():
        return tap.play(rules, lambda rule: rule(), sys.argv[5:])


if __name__ == '__main__':
    sys.exit(main())
