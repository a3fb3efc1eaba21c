#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The HTML report in Chromium: what is seen without scrolling, what clicks and
keys do, in light and dark, with 2,000 classes and with hostile names. Leaves
pictures in PICTURES. TAP; each function is a rule.

usage: html.py LOCKVAL HOSTILE MANY MM ABBA_OK ROOT PICTURES [RULE]"""
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import browser

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position

LOCKVAL, HOSTILE, MANY, MM, ABBA_OK, ROOT, PICTURES = (
    os.path.abspath(path) for path in sys.argv[1:8])
PLACE = tempfile.TemporaryDirectory()
page = None  # the browser: one for all, each rule opens its report anew


def command(*words, status=0, **options):
    done = subprocess.run(words, capture_output=True, text=True, timeout=150,
                          check=False, cwd=ROOT, **options)
    assert done.returncode == status, f'{words}: {done.returncode}\n' \
        f'{done.stdout}{done.stderr}'
    return done.stdout


def record_of(name):
    """A directory of records, made once."""
    path = os.path.join(PLACE.name, name + '.d')
    if os.path.isdir(path):
        return path
    if name == 'hostile':
        os.mkdir(path)
        command(HOSTILE, 'record', path + '/hostile.0.0.lvr')
        return path
    build = os.path.dirname(os.path.dirname(os.path.dirname(ABBA_OK)))
    program = {'event': [os.path.dirname(ABBA_OK) + '/condvar-held'],
               'stuck': [build + '/tests/deadlock/hang', 'joined'], 's1': [MM, 'run', 's1.annotated'], 'raw': [MM, 'run', 's1.x1'],
               'many': [MANY], 'ok': [ABBA_OK]}[name]
    command(LOCKVAL, 'run', '--record', path, '-o', path + '.txt', '--',
            *program, status=0 if name == 'ok' else 66)
    return path


def show(name, **options):
    """Write the report, open it; the seconds that each took."""
    record = record_of(name)
    path = os.path.join(PLACE.name, f'{name}{len(options)}.html')
    begin = time.monotonic()
    if options or not os.path.exists(path):
        command(LOCKVAL, 'report', record, '--format', 'html', '-o', path,
                **options)
    wrote = time.monotonic() - begin
    page.run('try { localStorage.clear() } catch (error) {}')
    return wrote, page.open(path)


@functools.cache
def truth(name):
    return json.loads(command(LOCKVAL, 'report', record_of(name), '--format',
                              'json'))


def text(selector):
    return page.run(f'return document.querySelector({selector!r})?.innerText')


def title():
    """Of how it meets; capitals are the style's."""
    return page.run('return document.querySelector("#how").textContent')


def count(selector):
    return page.run(f'return document.querySelectorAll({selector!r}).length')


def until(condition):
    """What an event does comes a little after it."""
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError('it did not come')


def rectangle(selector):
    return page.run(f'return document.querySelector({selector!r})'
                    '.getBoundingClientRect().toJSON()')


def focused():
    return page.run('return document.activeElement.id')


def option(name):
    """Click the entry of the list whose name begins so."""
    number = page.run(
        'return [...document.querySelectorAll(".option")].findIndex((one) =>'
        f' one.querySelector(".name").textContent.startsWith({name!r}))')
    assert number >= 0, name
    page.click(f'#option-{number}')


def is_silent():
    """No error, and nothing that came from elsewhere."""
    said = page.complaints()
    assert not said, said
    assert page.run('return performance.getEntriesByType("resource").length') \
        == 0


# ---- what is seen

def first_cycle_is_seen_without_scrolling():
    show('s1')
    assert page.run('return [innerWidth, innerHeight]') == [1280, 800]
    assert text('h2').startswith('i_mmap_rwsem and vm_sequence')
    assert rectangle('.time')['bottom'] < 800
    assert title() == 'How it can meet'
    cells = told_by_the_timeline()
    assert cells == [
        'takes i_mmap_rwsem', 'takes vm_sequence',
        'waits for vm_sequence', 'waits for i_mmap_rwsem'], cells
    for number in (0, 1):  # where each took its first lock, with the source
        place = rectangle(
            f'#step-{number}-held .source:not([hidden]) .here')
        assert place['height'] > 5 and place['bottom'] < 800, place
    is_silent()
    page.picture(f'{PICTURES}/s1.png')


def time_goes_down_and_threads_across():
    show('s1')
    places = page.run(
        'return [...document.querySelectorAll(".time button")].map((one) => '
        '{ const r = one.getBoundingClientRect(); return [r.x, r.y]; })')
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = places
    assert ay < by < cy < dy and ax == cx and bx == dx and ax < bx, places


def told_by_the_timeline():
    return page.run(
        'return [...document.querySelectorAll(".time button")].map((one) =>'
        ' one.textContent.replace(one.querySelector(".place").textContent, "")'
        '.trim())')


def waits_for_more_than_locks_are_shown():
    show('event')
    cells = told_by_the_timeline()
    assert cells == ['takes a', 'waits for the signal of is_ready',
                     'waits for a'], cells
    assert text('#step-1-held .title').endswith('came to the signal of '
                                                'is_ready')
    show('stuck')
    cells = told_by_the_timeline()
    assert cells == ['takes mutex[2]', 'waits for the end of thread 2',
                     'waits for mutex[2]'], cells
    assert text('.end') == 'It happened: none of them goes on.'
    assert title() == 'How it met'
    assert count('.block') == 3 and count('#in-graph') == 0
    is_silent()


def click_on_a_cycle_shows_its_stacks():
    show('s1')
    option('fs_reclaim → i_mmap_rwsem')
    assert text('h2').startswith('fs_reclaim, i_mmap_rwsem and vm_sequence')
    assert count('.time .who') == 3 and count('.columns .block') == 6
    finding = next(one for one in truth('s1')['findings']
                   if len(one['locks']) == 3)
    for number, step in enumerate(finding['dependencies']):
        for part, key in (('held', 'held_at'), ('at', 'wanted_at')):
            shown = page.run(
                'return [...document.querySelectorAll('
                f'"#step-{number}-{part} .function")].map((one) => '
                'one.firstChild.textContent)')
            wanted = [frame['function'] for frame in step[key]]
            assert shown and shown == wanted[:len(shown)], (shown, wanted)
    page.picture(f'{PICTURES}/s1-three.png')


def stacks_open_where_one_function_does_both():
    show('s1')
    for part in ('held', 'at'):
        assert text(f'#step-0-{part} .first .function') \
            == 'unmap_mapping_range'
        assert count(f'#step-0-{part} .source:not([hidden])') == 1
    assert text('#step-0-held .first .where') \
        != text('#step-0-at .first .where')
    assert 'i_mmap_lock_write' in text('#step-0-held .source:not([hidden]) .here')
    assert text('.time .place') == text('#step-0-held .first .where') \
        .rsplit('/', 1)[1]


def click_in_the_timeline_goes_to_the_stack():
    show('s1')
    page.click('.time .waits button')
    assert page.run('return document.activeElement.parentNode.id') \
        == 'step-0-at'
    place = rectangle('#step-0-at')
    assert -1 <= place['top'] < 700, place


def click_on_a_frame_shows_its_source():
    show('s1')
    closed = '#step-0-held li:nth-child(2) button'
    where = text(closed + ' .where')
    assert count('#step-0-held li:nth-child(2) .source[hidden]') == 1
    page.click(closed)
    assert count('#step-0-held li:nth-child(2) .source[hidden]') == 0
    name, line = where.rsplit(':', 1)
    with open(os.path.join(ROOT, name), encoding='utf-8') as file:
        wanted = file.read().split('\n')[int(line) - 1].strip()
    assert wanted in text('#step-0-held li:nth-child(2) .here'), wanted
    page.click(closed)
    assert count('#step-0-held li:nth-child(2) .source[hidden]') == 1


def click_on_a_lock_shows_who_nests_in_it():
    show('s1')
    page.click('.cycle button.lock')
    assert text('#lock-heading') == 'i_mmap_rwsem'
    known = truth('s1')['dependencies']
    for section, wanted in (
            (1, {d['from'] for d in known if d['to'] == 'i_mmap_rwsem'}),
            (2, {d['to'] for d in known if d['from'] == 'i_mmap_rwsem'})):
        shown = page.run(
            'return [...document.querySelectorAll(".lockpanel section:nth-of-'
            f'type({section}) summary .lock")].map((one) => one.textContent)')
        assert sorted(shown) == sorted(wanted), (shown, wanted)
    assert text('.lockpanel summary .count').startswith('E')
    page.click('.lockpanel section:nth-of-type(2) summary')
    until(lambda: 'and wanted' in text('.lockpanel details[open]'))
    assert count('.lockpanel details[open] .stack li') > 2
    page.click('.node[data-id="%d"]' % page.run(
        'return idOf.get("vm_sequence")'))
    assert text('#lock-heading') == 'vm_sequence'
    is_silent()
    page.picture(f'{PICTURES}/s1-lock.png')


def graph_has_every_dependency():
    show('s1')
    page.click('#tab-graph')
    assert count('.edge') == len(truth('s1')['dependencies'])
    assert count('.edge.cycle') == 4 and count('.node.cycle') == 3
    option('fs_reclaim → i_mmap_rwsem')
    assert count('.edge.lit') == 3
    page.picture(f'{PICTURES}/s1-graph.png')


# ---- filters

def filters_choose_findings():
    show('s1')

    def set_to(name, value):
        page.run(f'const s = document.getElementById("{name}");'
                 f's.value = {value!r}; s.dispatchEvent(new Event("change"))')

    assert count('.option') == 2
    set_to('thread', 'mremap')
    assert count('.option') == 1 and text('h2').startswith('fs_reclaim')
    set_to('thread', '')
    set_to('grade', 'inversion')
    assert count('.option') == 2
    set_to('module', page.run('return [...document.querySelectorAll('
                              '"#module option")].map((o) => o.value)'
                              '.find((v) => v.includes("liburcu")) ?? "x"'))
    assert count('.option') == 0 and 'Nothing matches' in text('#view')
    set_to('module', '')
    page.click('#search')
    page.press(*'adjust_thread')
    assert count('.option') == 1 and text('h2').startswith('i_mmap_rwsem and')


# ---- keys

def keys_go_everywhere():
    show('s1')
    assert focused() == 'list'
    page.press('Down')
    assert text('h2').startswith('fs_reclaim') and focused() == 'list'
    page.press('Enter')
    assert focused() == 'heading'
    page.press('Escape')
    assert focused() == 'list'
    page.press('Up')
    assert text('h2').startswith('i_mmap_rwsem')
    page.press('/')
    assert focused() == 'search'
    page.press('Escape')
    page.run('document.querySelector("nav [aria-selected=true]").focus()')
    page.press('Right')
    assert focused() == 'tab-graph' and count('svg#graph') == 1
    page.run('document.getElementById("graph").focus()')
    page.press('Down')
    first = text('#lock-heading')
    page.press('Down')
    assert first and text('#lock-heading') != first
    assert count('.node.chosen') == 1 and focused() == 'graph'
    page.press('Enter')
    assert focused() == 'lock-heading'
    page.press('Escape')
    assert focused() == 'list'


def tab_reaches_every_control_in_order():
    show('s1')
    page.run('document.getElementById("tab-findings").focus()')
    seen = [focused()]
    for _ in range(14):
        page.press('Tab')
        seen.append(page.run(
            'const e = document.activeElement; return e.id || e.className'))
    wanted = ['tab-findings', 'theme', 'search', 'grade', 'module', 'thread',
              'list', 'lock']
    assert [one for one in seen if one in wanted][:8] == wanted, seen


def controls_have_names():
    for name in ('s1', 'raw'):
        show(name)
        for view in ('findings', 'graph', 'exceptions'):
            page.click(f'#tab-{view}')
            bare = page.run(
                'return [...document.querySelectorAll("button, input, select,'
                ' [role=button], svg[tabindex]")].filter((e) => !(e.ariaLabel'
                ' || e.getAttribute("aria-label") || e.textContent.trim()))'
                '.map((e) => e.outerHTML)')
            assert not bare, bare


# ---- colours

CONTRAST = '''
const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = (colour) => {
  const [r, g, b] = parts(colour).map((v) => {
    v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
  return .2126 * r + .7152 * g + .0722 * b;
};
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (parts(c).length < 4 || parts(c)[3] > 0) return c;
  }
  return 'rgb(255,255,255)';
};
const worst = [];
for (const e of document.querySelectorAll(arguments_of_selector)) {
  if (!e.checkVisibility() || !e.textContent.trim()) continue;
  const a = light(getComputedStyle(e).color), b = light(behind(e));
  worst.push([(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.className, e.textContent.slice(0, 30)]);
}
worst.sort((x, y) => x[0] - y[0]);
return [light(getComputedStyle(document.body).backgroundColor), worst[0]];
'''


def contrast(selector):
    return page.run(CONTRAST.replace('arguments_of_selector', repr(selector)))


def colours_are_readable_in_light_and_dark():
    words = 'h1, h2, .lock, .verb, .meta, .tag, .function, .where, .source ' \
        'div, .advice, .end, #verdict, #totals, .option .name, .option .about,' \
        'h3, .place, .number, .group, nav .count, #keys, .who, .title, .inlined'
    for scheme in ('light', 'dark'):
        page.develop('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': scheme}])
        show('s1')
        ground, worst = contrast(words)
        assert ground > 0.8 if scheme == 'light' else ground < 0.1, ground
        assert worst[0] >= 4.5, (scheme, worst)
        page.picture(f'{PICTURES}/s1-{scheme}.png')
    page.click('#theme')  # from the system's dark to light
    assert contrast(words)[0] > 0.8 and contrast(words)[1][0] >= 4.5
    page.click('#theme')
    assert contrast(words)[0] < 0.1
    page.develop('Emulation.setEmulatedMedia', features=[])


# ---- exceptions

def exceptions_are_listed_with_verdicts():
    show('raw')
    page.click('#tab-exceptions')
    verdicts = page.run('return [...document.querySelectorAll("tbody .tag")]'
                        '.map((one) => one.textContent)')
    assert verdicts == [one['verdict'] for one in
                        truth('raw')['exceptions']], verdicts
    assert 'refuted' in verdicts and count('#exception-reader .stack li') > 2
    page.click(f'tbody tr:nth-child({verdicts.index("unneeded") + 1})')
    assert count('#exception-reader') == 0 and count('#exception-site') == 1
    is_silent()
    page.picture(f'{PICTURES}/exceptions.png')
    page.click('#tab-findings')
    assert 'refuted' in text('.option .about')


def page_of_a_run_is_a_file():
    """Not what the program's own streams are for."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            [LOCKVAL, 'run', '--format', 'html', '--', ABBA_OK], cwd=place,
            capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0 and '<' not in done.stderr + done.stdout
        assert 'lockval.html' in done.stderr
        page.open(place + '/lockval.html')
        assert text('#verdict') == 'Nothing fails'


def interleaving_of_a_rerun_is_shown():
    """As it happened, where a rerun confirmed the finding."""
    with tempfile.TemporaryDirectory() as place:
        words = [LOCKVAL, 'run', '--record', 'seen', '--format', 'json', '-o',
                 'seen.json', '--', ABBA_OK.removesuffix('-ok')]
        subprocess.run(words, cwd=place, timeout=100, check=False)
        with open(f'{place}/seen.json', encoding='utf-8') as file:
            found = json.load(file)['findings'][0]
        done = subprocess.run(
            [LOCKVAL, 'confirm', '--format', 'html', '-o', 'page.html', 'seen',
             found['fingerprint'], '--', words[-1]], cwd=place,
            env={**os.environ, 'TURNS': 'off'}, capture_output=True, text=True,
            timeout=100, check=False)
        assert done.returncode == 66, done.stderr
        page.open(f'{place}/page.html')
        assert text('.tried').startswith('Confirmed in '), text('.tried')
        assert 'Below is how it happened' in text('.tried')
        assert title() == 'How it happened'
        assert 'happened in a rerun' in text('.time .end')
        assert count('.time .waits') == 2 and count('.time .takes') == 2
        is_silent()


def circle_of_a_raw_write_is_shown_as_it_happened():
    """In columns, with its own stacks; the exception leads there."""
    with tempfile.TemporaryDirectory() as place:
        found = exceptions_of(place)
        done = subprocess.run(
            [LOCKVAL, 'confirm', '--attempts', '30', '--timeout', '20',
             '--format', 'html', '-o', 'page.html', 'seen',
             found['fingerprint'], '--', MM, 'run', 's1.x1'], cwd=place,
            env={**os.environ, 'TURNS': 'off', 'PRESSURE': 'on'},
            capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 66, done.stderr
        page.open(f'{place}/page.html')
    option('vm_sequence')
    assert text('.tag') == 'refuted' and title() == 'How it happened'
    assert 'Below is how it happened' in text('.tried')
    cells = told_by_the_timeline()
    assert cells == ['takes i_mmap_rwsem for reading', 'takes vm_sequence',
                     'waits for vm_sequence for recursive reading',
                     'waits for i_mmap_rwsem'], cells
    assert 'happened in a rerun' in text('.time .end')
    for number in (0, 1):
        for part in ('held', 'at'):
            assert count(f'#step-{number}-{part} .stack li') > 2
    page.click('.time .waits button')
    assert page.run('return document.activeElement.parentNode.id') \
        == 'step-0-at'
    page.click('#tab-exceptions')
    page.click('#how-it-met')
    assert title() == 'How it happened'
    is_silent()
    page.picture(f'{PICTURES}/raw-write.png')


def exceptions_of(place):
    """The first raw write that a reader refutes, of a run recorded there."""
    command_in = functools.partial(
        subprocess.run, cwd=place, capture_output=True, timeout=100, check=False)
    command_in([LOCKVAL, 'run', '--record', 'seen', '--format', 'json', '-o',
                'seen.json', '--', MM, 'run', 's1.x1'])
    with open(f'{place}/seen.json', encoding='utf-8') as file:
        found = json.load(file)['exceptions']
    return [one for one in found if one['verdict'] == 'refuted'][0]


def report_without_findings_says_so():
    show('ok')
    assert text('#verdict') == 'Nothing fails'
    assert 'Nothing was found' in text('#view')
    is_silent()


# ---- many, hostile, without graphviz

def two_thousand_classes_stay_usable():
    wrote, loaded = show('many')
    assert wrote < 30 and loaded < 15, (wrote, loaded)
    assert 'part' in text('h2') and rectangle('.time')['bottom'] < 800
    page.picture(f'{PICTURES}/many.png')
    slowest = page.run(
        'const time = (run) => { const t = performance.now(); run();'
        ' document.body.offsetHeight; return performance.now() - t; };'
        'return Math.max(time(() => document.getElementById("tab-graph")'
        '.click()), time(() => showLock(1500)), time(() => showLock(7)),'
        ' time(() => { state.filter.text = "lock19"; filtered(); }))')
    assert slowest < 4000, slowest
    page.run('state.filter.text = ""; state.chosen.graph = null;'
             'state.view = "graph"; filtered()')
    drawn, classes = count('.node'), len(truth('many')['classes'])
    assert 20 < drawn <= 150 < 2000 <= classes
    assert f'{drawn} of {classes} classes' in text('.note')
    assert count('.node.cycle') >= 10
    page.picture(f'{PICTURES}/many-graph.png')
    page.click('#search')
    page.press(*'lock1777')
    option('part44.lock1777')
    assert text('#lock-heading') == 'part44.lock1777'
    assert count('.node.chosen') == 1 and count('.edge') == 8
    is_silent()
    page.picture(f'{PICTURES}/many-around.png')


def hostile_names_are_text():
    show('hostile')
    for view in ('graph', 'exceptions', 'findings'):
        page.click(f'#tab-{view}')
        for number in range(min(count('.option'), 12)):
            page.click(f'#option-{number}')
    assert page.run('return typeof window.bad') == 'undefined'
    assert count('script') == 2 and count('img') == 0
    page.run('state.view = "findings"; render()')
    assert '</script><script>window.bad=1</script>' in text('#list')
    is_silent()


def policy_stops_what_names_could_not():
    """The second line: even markup that got in would not run."""
    show('s1')
    page.run('document.body.insertAdjacentHTML("beforeend",'
             '"<img src=x onerror=\'window.bad=1\'>");'
             'const s = document.createElement("script");'
             's.textContent = "window.bad=1"; document.body.append(s)')
    time.sleep(0.3)
    assert page.run('return typeof window.bad') == 'undefined'
    assert any('Content Security Policy' in line
               for line in page.complaints())


def without_graphviz_locks_are_listed():
    show('s1', env={**os.environ, 'PATH': '/nowhere'})
    page.click('#tab-graph')
    assert 'graphviz (the program dot) was not found' in text('.note')
    assert count('.grid button') == len(truth('s1')['classes'])
    page.click('.grid button.bad')
    assert count('.node.chosen') == 1 and count('.lockpanel') == 1
    is_silent()


# ---- all of them

RULES = [
    first_cycle_is_seen_without_scrolling, time_goes_down_and_threads_across,
    click_on_a_cycle_shows_its_stacks, waits_for_more_than_locks_are_shown,
    stacks_open_where_one_function_does_both, click_in_the_timeline_goes_to_the_stack,
    click_on_a_frame_shows_its_source, click_on_a_lock_shows_who_nests_in_it,
    graph_has_every_dependency, filters_choose_findings, keys_go_everywhere,
    tab_reaches_every_control_in_order, controls_have_names,
    colours_are_readable_in_light_and_dark, exceptions_are_listed_with_verdicts,
    page_of_a_run_is_a_file, interleaving_of_a_rerun_is_shown,
    circle_of_a_raw_write_is_shown_as_it_happened, report_without_findings_says_so, two_thousand_classes_stay_usable,
    hostile_names_are_text, policy_stops_what_names_could_not,
    without_graphviz_locks_are_listed,
]


def main():
    global page  # pylint: disable=global-statement
    os.makedirs(PICTURES, exist_ok=True)
    page = browser.Browser()
    try:
        return tap.play(RULES, lambda rule: rule(), sys.argv[8:], lambda rule:
                        page.picture(f'{PICTURES}/failed-{rule.__name__}.png'))
    finally:
        page.close()
        PLACE.cleanup()


if __name__ == '__main__':
    sys.exit(main())
