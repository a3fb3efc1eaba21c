/* SPDX-License-Identifier: BSD-2-Clause */
/* report.js: draws the page from its data. Everything that comes from a record
 * is put in as text, never as markup. */
'use strict';

/* ---- the data ------------------------------------------------------------ */
const data = JSON.parse(document.getElementById('data').textContent);
const FRAME = {FUNCTION: 0, FILE: 1, LINE: 2, MODULE: 3, FLAGS: 4};
const INLINED = 1, FOREIGN = 2;
const MARKS = ['', 'hint', 'cycle'];

const frames = data.frames.map((row) => ({
  function: data.strings[row[FRAME.FUNCTION]],
  file: data.strings[row[FRAME.FILE]],
  line: row[FRAME.LINE],
  module: data.strings[row[FRAME.MODULE]],
  inlined: (row[FRAME.FLAGS] & INLINED) !== 0,
  foreign: (row[FRAME.FLAGS] & FOREIGN) !== 0,
}));
const stackOf = (index) => data.stacks[index].map((at) => ({...frames[at], index: at}));
const classes = [null, ...data.classes.map((row, i) => ({
  id: i + 1, name: row[0], module: data.strings[row[1]], kind: data.strings[row[2]],
  instances: row[3], site: row[4], mark: MARKS[row[5]], inner: [], outer: [],
}))];
const dependencies = data.dependencies.map((row, i) => ({
  index: i, from: row[0], to: row[1], kinds: row[2], count: row[3],
  mark: MARKS[row[4]], thread: data.strings[row[5]], held: row[6], wanted: row[7],
}));
for (const d of dependencies) {
  classes[d.from].inner.push(d);
  classes[d.to].outer.push(d);
}
const idOf = new Map(classes.slice(1).map((one) => [one.name, one.id]));
/* A raw write that was refuted has a circle, if a rerun was steered into it. */
const findings = data.findings.map((finding, i) => ({...finding, index: i,
  circle: finding.circle ? {...finding.circle, excuse: finding.excuse, lacks: []} : null}));
/* Not one that waits for more than locks: its parts are no dependencies. */
const isCycle = (finding) => finding.meets && finding.steps.every((step) => !step.wait);
const fails = (finding) => finding.excuse === '';

/* ---- making elements ----------------------------------------------------- */
function make(tag, about, ...children) {
  const svg = ['svg', 'g', 'rect', 'text', 'path', 'defs', 'marker', 'title'].includes(tag);
  const element = svg && (about || {}).svg !== false
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag);
  for (const [key, value] of Object.entries(about || {})) {
    if (key === 'on') {
      for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    } else if (key !== 'svg' && value !== null && value !== false && value !== undefined) {
      element.setAttribute(key, value === true ? '' : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
const byId = (id) => document.getElementById(id);
const plural = (count, one, many) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const base = (path) => path.slice(path.lastIndexOf('/') + 1);
/* The end of a long path says more than its beginning. */
const brief = (path) => (path.length <= 36 ? path : `…/${path.split('/').slice(-2).join('/')}`);
const clip = (text, most) => {
  const letters = [...text];
  return letters.length > most ? letters.slice(0, most - 1).join('') + '…' : text;
};
const hue = (locks, name) => {
  const at = locks.indexOf(name);
  return at < 0 ? '' : ` s${at % 6}`;
};
function lockChip(name, locks) {
  const swatch = locks ? make('span', {class: `swatch${hue(locks, name)}`}) : null;
  if (!idOf.has(name)) return make('span', {class: 'lock'}, swatch, name);
  return make('button', {type: 'button', class: 'lock', title: 'Show this lock in the graph',
    on: {click: (event) => {
      event.preventDefault();
      event.stopPropagation();
      showLock(idOf.get(name));
    }}}, swatch, name);
}

/* ---- state --------------------------------------------------------------- */
const state = {view: 'findings', chosen: {findings: 0, graph: null, exceptions: 0},
  filter: {text: '', grade: '', module: '', thread: ''}, around: false, lit: null};
const VIEWS = [
  {id: 'findings', title: 'Findings', count: findings.length},
  {id: 'graph', title: 'Lock graph', count: classes.length - 1},
  {id: 'exceptions', title: 'Exceptions', count: data.exceptions.length},
];

/* ---- stacks -------------------------------------------------------------- */
const SHOWN = 10;

function sourceOf(frame) {
  const source = data.source[frame.index];
  if (!source) return null;
  return make('div', {class: 'source', tabindex: 0, role: 'group',
    'aria-label': `Source around line ${frame.line}`},
    ...source.slice(1).map((text, i) => make('div',
      {class: source[0] + i === frame.line ? 'here' : null},
      make('span', {class: 'number'}, String(source[0] + i)), text)));
}

function frameLine(frame, open) {
  const source = sourceOf(frame);
  const where = frame.file ? `${brief(frame.file)}:${frame.line}` : base(frame.module);
  const parts = [
    make('span', {class: 'mark', 'aria-hidden': 'true'}, source ? (open ? '▾' : '▸') : ''),
    make('span', {class: 'function'}, frame.function,
      frame.inlined ? make('span', {class: 'inlined'}, ' inlined') : null),
    make('span', {class: 'where', title: `${frame.file} in ${frame.module}`}, where),
  ];
  const item = make('li', {class: open ? 'first' : frame.foreign ? 'foreign' : null});
  if (!source) {
    item.append(make('div', {class: 'frame'}, ...parts));
    return item;
  }
  const button = make('button', {type: 'button', class: 'frame', 'aria-expanded': String(open)}, ...parts);
  source.hidden = !open;
  button.addEventListener('click', () => {
    source.hidden = !source.hidden;
    button.setAttribute('aria-expanded', String(!source.hidden));
    button.firstChild.textContent = source.hidden ? '▸' : '▾';
  });
  item.append(button, source);
  return item;
}

/* `open`: the frame whose source is shown; -1: none, undefined: the first. */
function stackList(index, open) {
  const stack = stackOf(index);
  const list = make('ol', {class: 'stack'});
  const first = open === undefined ? stack.findIndex((frame) => data.source[frame.index]) : open;
  const shown = Math.max(SHOWN, first + 1);
  if (stack.length === 0) list.append(make('li', {class: 'unknown'}, 'not known'));
  stack.slice(0, shown).forEach((frame, i) => list.append(frameLine(frame, i === first)));
  if (stack.length > shown) {
    const more = make('button', {type: 'button', class: 'more'}, `… ${stack.length - shown} more`);
    more.addEventListener('click', () => {
      more.parentNode.remove();
      stack.slice(shown).forEach((frame) => list.append(frameLine(frame, false)));
    });
    list.append(make('li', null, more));
  }
  return list;
}

function block(id, title, index, also, open) {
  return make('div', {class: 'block', id},
    make('div', {class: 'title', tabindex: -1}, ...title), stackList(index, open),
    also && also.length ? make('div', {class: 'also'}, 'held as well: ',
      ...also.flatMap((name, i) => [i ? ', ' : '', lockChip(name)])) : null);
}

function goTo(id) {
  const target = byId(id);
  if (!target) return;
  target.scrollIntoView({block: 'start', behavior: 'auto'});
  target.querySelector('.title').focus({preventScroll: true});
  target.classList.add('flash');
  setTimeout(() => target.classList.remove('flash'), 900);
}

/* ---- how it meets -------------------------------------------------------- */
function placeOf(index, open) {
  const stack = stackOf(index);
  const frame = stack[open] || stack.find((one) => !one.foreign);
  return frame && frame.file ? `${base(frame.file)}:${frame.line}` : '';
}

/* What happens, in order: takes, then handlers that come, then waits. */
function eventsOf(steps) {
  const order = steps.map((step, i) => i);
  const takes = [...order.filter((i) => steps[i].takes && !steps[i].handler), ...order.filter((i) => steps[i].handler)];
  return [...takes.map((at) => ({at, waits: false})), ...order.map((at) => ({at, waits: true}))];
}

function eventCell(finding, event) {
  const step = finding.steps[event.at];
  const before = finding.steps[(event.at + finding.steps.length - 1) % finding.steps.length];
  const verb = event.waits ? step.wait || `waits for ${step.event}` : step.handler ? 'interrupts ' : 'takes ';
  const what = event.waits ? (step.wait ? '' : step.to) : step.handler ? before.thread : step.from;
  const mode = event.waits ? step.wantedMode : step.heldMode;
  const place = event.waits ? placeOf(step.at, step.atOpen) : placeOf(step.held, step.heldOpen);
  return make('button', {type: 'button', class: 'event',
    on: {click: () => goTo(`step-${event.at}-${event.waits ? 'at' : 'held'}`)}},
    make('span', {class: 'verb'}, verb),
    what ? make('span', {class: 'lock'}, make('span', {class: `swatch${hue(finding.locks, what)}`}), what) : null,
    make('span', {class: 'verb'}, mode),
    ' ', place ? make('span', {class: 'place'}, place) : null);
}

/* One column for each thread, time downwards; a line is drawn from where the
 * lock is taken, and broken from where the thread waits. */
function timeline(finding) {
  const {steps, locks} = finding;
  const grid = make('div', {class: 'time', role: 'group', 'aria-label': 'How the threads meet'});
  grid.style.gridTemplateColumns = `repeat(${steps.length}, minmax(215px, 1fr))`;
  const phase = steps.map(() => 'line');
  for (const step of steps)
    grid.append(make('div', {class: 'who'}, step.handler ? step.from : step.thread));
  for (const event of eventsOf(steps)) {
    steps.forEach((step, column) => {
      const held = Math.max(0, locks.indexOf(step.from)) % 6;
      const names = [event.at !== column ? phase[column]
        : event.waits ? `${phase[column]} stuck event waits` : 'line own takes event', `h${held}`];
      grid.append(make('div', {class: names.join(' ')},
        event.at === column ? eventCell(finding, event) : ''));
      if (event.at === column) phase[column] = event.waits ? `${phase[column]} stuck` : 'line own';
    });
  }
  const end = finding.confirmed ? 'It happened in a rerun: none of them went on.'
    : finding.happened ? 'It happened: none of them goes on.'
    : fails(finding) ? 'None of them goes on.' : `None of them would go on; but ${finding.excuse}.`;
  grid.append(make('div', {class: `end${fails(finding) ? '' : ' calm'}`}, end));
  return make('div', {class: 'scroll'}, grid);
}

/* ---- a finding ----------------------------------------------------------- */
function cycleLine(finding) {
  const line = make('p', {class: 'cycle'});
  const names = isCycle(finding)
    ? [...finding.steps.map((step) => step.from), finding.steps[finding.steps.length - 1].to]
    : finding.locks;
  names.forEach((name, i) => {
    if (i) line.append(make('span', {class: 'arrow'}, '→'));
    line.append(lockChip(name, finding.locks));
  });
  return line;
}

function metaLine(finding) {
  const parts = [];
  if (finding.grade) parts.push(`grade ${finding.grade}`);
  parts.push(`seen ${plural(finding.count, 'time', 'times')}`);
  if (finding.program) parts.push(`in ${finding.program}, process ${finding.pid}`);
  if (finding.tests.length) parts.push(`by ${finding.tests.join(', ')}`);
  const line = make('p', {class: 'meta'}, parts.join(' · '), ' · fingerprint ',
    make('code', null, finding.print));
  if (isCycle(finding))
    line.append(' · ', make('button', {type: 'button', id: 'in-graph', on: {click: () => showCycle(finding.index)}},
      'show in the lock graph'));
  return line;
}

function stepColumn(finding, step, i) {
  const known = (index) => data.stacks[index].length > 0;
  const parts = [];
  if ((finding.meets && step.takes && !step.wait) || known(step.held))
    parts.push(block(`step-${i}-held`, [step.took], step.held, null, step.heldOpen));
  parts.push(block(`step-${i}-at`, [step.wanted], step.at, step.gates, step.atOpen));
  const about = {'aria-label': `Stacks of ${step.thread}`};
  return finding.meets ? [make('section', about, ...parts)] : parts.map((part) => make('section', about, part));
}

function columnsOf(finding) {
  const columns = finding.steps.flatMap((step, i) => stepColumn(finding, step, i));
  const holder = make('div', {class: 'columns'}, ...columns);
  finding.lacks.forEach((lack, i) => holder.append(make('section', null,
    block(`lack-${i}`, [`${lack.lock} was ${lack.wanted ? 'lost' : 'taken'}`], lack.stack, null))));
  const count = holder.childNodes.length;
  holder.style.gridTemplateColumns = count <= 3 ? `repeat(${count}, minmax(0, 1fr))`
    : 'repeat(auto-fill, minmax(340px, 1fr))';
  return holder;
}

function findingView(finding) {
  const met = finding.circle || finding;
  const tone = fails(finding) ? 'bad' : finding.meets ? 'hint' : '';
  const article = make('article', {'aria-label': finding.message},
    make('div', {class: 'head'}, make('span', {class: `tag ${tone}`, title: finding.brief}, finding.kind),
      make('h2', {tabindex: -1, id: 'heading'}, finding.message)),
    cycleLine(finding), metaLine(finding));
  if (finding.tried)
    article.append(make('p', {class: `tried${finding.confirmed ? ' bad' : ''}`},
      capital(finding.tried).replace('Above', 'Below')));
  if (met.meets)
    article.append(make('h3', {id: 'how'}, capital(met.title)), timeline(met));
  else if (finding.lacks.length)
    article.append(make('p', {class: 'meta'}, 'not met: ' + finding.lacks.map((one) => one.condition).join(', ')));
  article.append(make('h3', null, 'Where'), columnsOf(met), make('h3', null, 'What next'),
    make('p', {class: 'advice'}, capital(finding.advice)),
    make('p', {class: 'advice muted'}, `lockval explain ${finding.kind} says more.`));
  return article;
}

/* ---- drawing a graph ----------------------------------------------------- */
const arrowHead = (id) => make('marker', {id, viewBox: '0 0 8 8', refX: 7.4, refY: 4, markerWidth: 8,
  markerHeight: 8, markerUnits: 'userSpaceOnUse', orient: 'auto'}, make('path', {d: 'M0 0.8L8 4L0 7.2z'}));

function curve(points) {
  let path = `M${points[0]} ${points[1]}C`;
  for (let i = 2; i < points.length; i += 2) path += `${points[i]} ${points[i + 1]} `;
  return path;
}

/* What graphviz laid out: to the pixel, as it was when the report was made. */
const wholeGraph = () => ({width: data.layout.width, height: data.layout.height,
  nodes: data.layout.nodes.map(([id, x, y, width, height]) => ({id, x, y, width, height})),
  edges: data.layout.edges.map(([index, ...points]) => ({dependency: dependencies[index], path: curve(points)}))});

/* One lock, what is held around it above, what is taken inside it below. */
const ROW = 7, ROWS = 5;
function neighbourhood(id) {
  const rank = (d) => (d.mark === 'cycle' ? 0 : d.mark === 'hint' ? 1 : 2);
  const pick = (list) => [...list].sort((a, b) => rank(a) - rank(b) || b.count - a.count).slice(0, ROW * ROWS);
  const one = classes[id];
  const outer = pick(one.outer.filter((d) => d.from !== id));
  const above = new Set(outer.map((d) => d.from));
  const inner = pick(one.inner.filter((d) => d.to !== id && !above.has(d.to)));
  const both = one.inner.filter((d) => above.has(d.to));
  const widthOf = (at) => Math.min(34, [...classes[at].name].length) * 7 + 24;
  const nodes = [];
  const rowsOf = (ids) => {
    const rows = [];
    for (let i = 0; i < ids.length; i += ROW) rows.push(ids.slice(i, i + ROW));
    return rows;
  };
  let y = 20, widest = 0;
  const place = (row) => {
    let x = 0;
    const made = row.map((at) => {
      const node = {id: at, x: x + widthOf(at) / 2, y, width: widthOf(at), height: 28};
      x += widthOf(at) + 22;
      return node;
    });
    made.forEach((node) => { node.x -= (x - 22) / 2; });
    widest = Math.max(widest, x);
    nodes.push(...made);
    y += 62;
  };
  rowsOf(outer.map((d) => d.from)).forEach(place);
  if (outer.length) y += 26;
  place([id]);
  if (inner.length) y += 26;
  rowsOf(inner.map((d) => d.to)).forEach(place);
  nodes.forEach((node) => { node.x += widest / 2 + 10; });
  const at = new Map(nodes.map((node) => [node.id, node]));
  const edges = [...outer, ...inner, ...both].map((d, i) => {
    const a = at.get(d.from), b = at.get(d.to), down = a.y < b.y ? 1 : -1;
    const shift = i >= outer.length + inner.length ? 9 : 0;
    const y0 = a.y + down * 14, y1 = b.y - down * 15, middle = (y0 + y1) / 2;
    return {dependency: d, path: curve([a.x + shift, y0, a.x + shift, middle, b.x + shift, middle, b.x + shift, y1])};
  });
  return {width: widest + 20, height: y, nodes, edges,
    left: one.outer.length + one.inner.length - outer.length - inner.length - both.length};
}

function drawNode(node) {
  const one = classes[node.id];
  const group = make('g', {class: `node ${one.mark}`, 'data-id': node.id, role: 'button', tabindex: -1,
    'aria-label': one.name, transform: `translate(${node.x} ${node.y})`,
    on: {click: () => chooseLock(node.id)}},
    make('rect', {x: -node.width / 2, y: -node.height / 2, width: node.width, height: node.height, rx: 5}),
    make('text', null, clip(one.name, 34)), make('title', null, one.name));
  return group;
}

function drawEdge(edge) {
  const d = edge.dependency;
  const arrow = d.mark === 'cycle' ? 'arrow-cycle' : d.mark === 'hint' ? 'arrow-hint' : 'arrow';
  return make('path', {class: `edge ${d.mark}${d.kinds === 1 << data.kinds.indexOf('SR') ? ' weak' : ''}`, 'data-from': d.from,
    'data-to': d.to, d: edge.path, 'marker-end': `url(#${arrow})`},
    make('title', null, `${classes[d.from].name} → ${classes[d.to].name}`));
}

/* Pan by dragging, zoom by the wheel around the pointer. */
function navigate(svg, graph) {
  const box = {x: 0, y: 0, width: 1, height: 1};
  const apply = () => svg.setAttribute('viewBox', `${box.x} ${box.y} ${box.width} ${box.height}`);
  const zoom = (factor, fx = .5, fy = .5) => {
    box.x += box.width * fx * (1 - factor);
    box.y += box.height * fy * (1 - factor);
    box.width *= factor;
    box.height *= factor;
    apply();
  };
  /* `readable`: rather than all of it in letters too small, what matters. */
  const fit = (readable) => {
    const rect = svg.getBoundingClientRect();
    let scale = Math.max(1 / 1.25, graph.width / (rect.width - 60), graph.height / (rect.height - 110));
    let middle = {x: graph.width / 2, y: graph.height / 2 - 6 * scale};
    if (readable && scale > 1.7) {
      scale = 1.5;
      middle = graph.nodes.find((node) => node.id === state.chosen.graph) ||
        graph.nodes.find((node) => state.lit !== null && classes[node.id].name === findings[state.lit].locks[0]) ||
        graph.nodes.find((node) => findings.length && classes[node.id].name === findings[0].locks[0]) || middle;
    }
    box.width = rect.width * scale;
    box.height = rect.height * scale;
    box.x = middle.x - box.width / 2;
    box.y = middle.y - box.height / 2;
    apply();
  };
  const show = (node) => {
    if (node.x > box.x && node.x < box.x + box.width && node.y > box.y && node.y < box.y + box.height) return;
    box.x = node.x - box.width / 2;
    box.y = node.y - box.height / 2;
    apply();
  };
  let drag = null;
  svg.addEventListener('wheel', (event) => {
    const rect = svg.getBoundingClientRect();
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, (event.clientX - rect.left) / rect.width,
      (event.clientY - rect.top) / rect.height);
  }, {passive: false});
  svg.addEventListener('pointerdown', (event) => { drag = {x: event.clientX, y: event.clientY}; });
  svg.addEventListener('pointermove', (event) => {
    if (!drag || event.buttons === 0) return;
    const scale = box.width / svg.getBoundingClientRect().width;
    box.x -= (event.clientX - drag.x) * scale;
    box.y -= (event.clientY - drag.y) * scale;
    drag = {x: event.clientX, y: event.clientY};
    apply();
  });
  svg.addEventListener('pointerup', () => { drag = null; });
  return {zoom, fit, show};
}

/* ---- the graph's view ---------------------------------------------------- */
const laidOut = new Set(data.layout.nodes.map((row) => row[0]));
let drawn = null; /* {svg, graph, camera} */

function isAround() {
  const id = state.chosen.graph;
  return id !== null && (state.around || data.layout.failure !== '' || !laidOut.has(id));
}

function lightUp() {
  if (!drawn) return;
  const id = state.chosen.graph, lit = state.lit === null ? null : findings[state.lit];
  const near = new Set(id === null ? [] : [id]);
  const steps = new Set(lit ? lit.steps.map((step) => `${idOf.get(step.from)} ${idOf.get(step.to)}`) : []);
  if (lit) lit.locks.forEach((name) => near.add(idOf.get(name)));
  drawn.svg.classList.toggle('fade', id !== null || lit !== null);
  for (const edge of drawn.svg.querySelectorAll('.edge')) {
    const from = Number(edge.dataset.from), to = Number(edge.dataset.to);
    const chosen = id !== null && (from === id || to === id);
    edge.classList.toggle('chosen', chosen && !edge.classList.contains('cycle'));
    edge.classList.toggle('lit', steps.has(`${from} ${to}`) || (chosen && edge.classList.contains('cycle')));
    if (chosen) { near.add(from); near.add(to); }
  }
  for (const node of drawn.svg.querySelectorAll('.node')) {
    const at = Number(node.dataset.id);
    node.classList.toggle('chosen', at === id);
    node.classList.toggle('near', near.has(at));
    node.classList.toggle('out', !matchesLock(classes[at]));
  }
}

function canvas() {
  const around = isAround(), id = state.chosen.graph;
  const holder = make('div', {class: 'canvas'});
  drawn = null;
  if (!around && data.layout.failure !== '') {
    holder.append(make('div', {class: 'grid'}, ...classes.slice(1).filter(matchesLock).slice(0, MOST_LISTED).map((one) =>
      make('button', {type: 'button', class: `lock${one.mark === 'cycle' ? ' bad' : ''}`,
        on: {click: () => chooseLock(one.id)}}, one.name))),
      make('p', {class: 'note'}, `No drawing: ${data.layout.failure} when this report was made. ` +
        'Choose a lock to see what is around it.'));
    return holder;
  }
  const graph = around ? neighbourhood(id) : wholeGraph();
  const svg = make('svg', {role: 'application', tabindex: 0, id: 'graph',
    'aria-label': 'Lock graph: arrow keys move between locks, Enter tells about one'},
    make('defs', null, arrowHead('arrow'), arrowHead('arrow-cycle'), arrowHead('arrow-hint'), arrowHead('arrow-chosen')),
    make('g', null, ...graph.edges.filter((edge) => !edge.dependency.mark).map(drawEdge),
      ...graph.edges.filter((edge) => edge.dependency.mark).map(drawEdge)),
    make('g', null, ...graph.nodes.map(drawNode)));
  const camera = navigate(svg, graph);
  const tool = (text, label, run, pressed) => make('button', {type: 'button', 'aria-label': label,
    'aria-pressed': pressed, on: {click: run}}, text);
  const tools = make('div', {class: 'tools'}, tool('+', 'Larger', () => camera.zoom(1 / 1.25)),
    tool('−', 'Smaller', () => camera.zoom(1.25)), tool('Fit', 'Fit into the window', () => camera.fit()));
  if (data.layout.failure === '')
    tools.append(tool(data.layout.partial ? 'Cycles and what is next to them' : 'Whole graph', null,
      () => { state.around = false; if (!laidOut.has(state.chosen.graph)) state.chosen.graph = null; render(); },
      String(!around)));
  if (id !== null)
    tools.append(tool(`Around ${clip(classes[id].name, 26)}`, null, () => { state.around = true; render(); }, String(around)));
  const notes = ['An arrow goes from what is held to what is then wanted.'];
  if (!around && data.layout.partial)
    notes.push(`${graph.nodes.length} of ${classes.length - 1} classes are drawn; any other one is drawn when you choose it.`);
  if (around && graph.left > 0) notes.push(`${graph.left} more are listed on the right.`);
  holder.append(svg, tools, make('p', {class: 'note'}, notes.join(' ')));
  svg.addEventListener('keydown', moveInGraph);
  drawn = {svg, graph, camera};
  return holder;
}

const TOWARDS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
function moveInGraph(event) {
  const towards = TOWARDS[event.key];
  if (event.key === 'Enter' && state.chosen.graph !== null) {
    const heading = byId('lock-heading');
    if (heading) heading.focus();
    event.preventDefault();
  }
  if (!towards) return;
  event.preventDefault();
  event.stopPropagation();
  const nodes = drawn.graph.nodes;
  const now = nodes.find((node) => node.id === state.chosen.graph);
  if (!now) {
    chooseLock(nodes[0].id, true);
    return;
  }
  let best = null, least = Infinity;
  for (const node of nodes) {
    const dx = node.x - now.x, dy = node.y - now.y;
    const ahead = dx * towards[0] + dy * towards[1], aside = Math.abs(dx * towards[1]) + Math.abs(dy * towards[0]);
    if (node !== now && ahead > 1 && ahead + 2 * aside < least) {
      least = ahead + 2 * aside;
      best = node;
    }
  }
  if (best) chooseLock(best.id, true);
}

function dependencyRow(d, other) {
  const kinds = data.kinds.filter((kind, i) => d.kinds >> i & 1).join(' ');
  const body = make('div');
  const row = make('details', null,
    make('summary', null, make('span', {class: 'count'}, `${kinds} · ${d.count.toLocaleString('en')}×`),
      d.mark === 'cycle' ? make('span', {class: 'bad', title: 'in a cycle'}, '● ') : null, lockChip(classes[other].name)), body);
  row.addEventListener('toggle', () => {
    if (!row.open || body.firstChild) return;
    if (!d.thread) {
      body.append(make('p', {class: 'muted'}, 'No stacks were kept of it.'));
      return;
    }
    body.append(make('p', null, `${d.thread} took ${classes[d.from].name}`), stackList(d.held, -1),
      make('p', null, `and wanted ${classes[d.to].name}`), stackList(d.wanted, -1));
  });
  return row;
}

const MOST_ROWS = 60;
function dependencyRows(title, list, otherOf) {
  const sorted = [...list].sort((a, b) => (b.mark === 'cycle') - (a.mark === 'cycle') || b.count - a.count);
  const part = make('section', null, make('h3', null, `${title} (${list.length})`));
  if (list.length === 0) part.append(make('p', {class: 'muted'}, 'nothing'));
  const add = (from) => {
    sorted.slice(from, from + MOST_ROWS).forEach((d) => part.append(dependencyRow(d, otherOf(d))));
    if (sorted.length <= from + MOST_ROWS) return;
    const more = make('button', {type: 'button', class: 'muted'}, `… ${sorted.length - from - MOST_ROWS} more`);
    more.addEventListener('click', () => { more.remove(); add(from + MOST_ROWS); });
    part.append(more);
  };
  add(0);
  return part;
}

function lockPanel(id) {
  const one = classes[id];
  const among = findings.filter((finding) => finding.locks.includes(one.name));
  const panel = make('aside', {class: 'lockpanel', 'aria-label': one.name},
    make('h2', {tabindex: -1, id: 'lock-heading'}, one.name),
    make('dl', null, make('dt', null, 'class'), make('dd', null, one.kind || 'unknown'),
      make('dt', null, 'locks'), make('dd', null, one.instances.toLocaleString('en')),
      one.module ? make('dt', null, 'module') : null, one.module ? make('dd', {title: one.module}, base(one.module)) : null));
  if (among.length) {
    panel.append(make('h3', null, 'In findings'));
    among.slice(0, 20).forEach((finding) => panel.append(make('p', null, make('button', {type: 'button',
      class: `lock${fails(finding) ? ' bad' : ''}`, on: {click: () => openFinding(finding.index)}},
      `${finding.kind}: ${finding.locks.join(' → ')}`))));
  }
  panel.append(dependencyRows('Taken while these are held', one.outer, (d) => d.from),
    dependencyRows('Taken inside it', one.inner, (d) => d.to));
  if (data.stacks[one.site].length)
    panel.append(make('h3', null, 'Made or first taken at'), stackList(one.site, -1));
  return panel;
}

function cyclePanel(finding) {
  const panel = make('aside', {class: 'lockpanel', 'aria-label': finding.message},
    make('h2', {tabindex: -1, id: 'lock-heading'}, finding.locks.join(' → ')),
    make('p', {class: 'meta'}, finding.message));
  finding.steps.forEach((step) => panel.append(make('h3', {class: 'thread'}, step.thread),
    make('p', null, step.took, placeOf(step.held, step.heldOpen) ? make('span', {class: 'muted'}, ` ${placeOf(step.held, step.heldOpen)}`) : null),
    make('p', null, step.wanted, placeOf(step.at, step.atOpen) ? make('span', {class: 'muted'}, ` ${placeOf(step.at, step.atOpen)}`) : null)));
  panel.append(make('p', {class: 'meta'}, make('button', {type: 'button', on: {click: () => openFinding(finding.index)}},
    `${finding.title}, with stacks`)));
  return panel;
}

function graphView() {
  const id = state.chosen.graph;
  const view = make('div', {class: 'graph'}, canvas());
  if (id !== null) view.append(lockPanel(id));
  else if (state.lit !== null) view.append(cyclePanel(findings[state.lit]));
  return view;
}

/* ---- exceptions ---------------------------------------------------------- */
const VERDICTS = {
  proved: ['good', 'No reader that waits can be waited for by this writer: the claim holds.'],
  refuted: ['bad', 'A reader that waits holds what the writer can wait for: the claim does not hold.'],
  unneeded: ['hint', 'The annotated write would do: these dependencies close no cycle.'],
};

function exceptionDetail(one) {
  const columns = make('div', {class: 'columns'}, make('section', null,
    block('exception-site', [`the raw write of ${one.lock}`], one.site, null)));
  if (one.reader !== undefined)
    columns.append(make('section', null, block('exception-reader',
      [`${one.thread} holds ${one.holds} and waits for ${one.lock}`], one.reader, null)));
  columns.style.gridTemplateColumns = `repeat(${columns.childNodes.length}, minmax(0, 1fr))`;
  const told = findings.find((finding) => finding.circle && finding.print === one.print);
  const tried = one.tried ? [make('p', {class: 'tried'}, capital(one.tried).replace(/Above.*/, ''),
    told ? make('button', {type: 'button', id: 'how-it-met', on: {click: () => openFinding(told.index)}},
      told.circle.title) : null)] : [];
  const list = (title, rows) => rows.length ? [make('h3', null, title),
    ...rows.map((row) => make('p', {class: 'lock'}, row.join(' → ')))] : [];
  return make('div', {id: 'exception'}, make('h3', null, VERDICTS[one.verdict][1]), ...tried, columns,
    ...list('Dependencies that it leaves out', one.pairs),
    ...list('Cycles that these would close', one.cycles.map((cycle) => [...cycle, cycle[0]])));
}

function exceptionsView(list) {
  if (data.exceptions.length === 0)
    return make('div', {class: 'empty'}, make('h2', null, 'No exceptions'),
      make('p', null, 'No sequence count was written outside the lock order (a raw write). ' +
        'Where a program claims that one is sound, the claim and its verdict stand here.'));
  const rows = list.map((one) => make('tr', {'aria-selected': String(one.index === state.chosen.exceptions),
    on: {click: () => choose(one.index)}},
    make('td', null, make('span', {class: `tag ${VERDICTS[one.verdict][0]}`}, one.verdict)),
    make('td', {class: 'lock'}, one.lock), make('td', {class: 'lock'}, siteName(one.site)),
    make('td', {class: 'number'}, String(one.pairs.length)), make('td', {class: 'number'}, String(one.cycles.length))));
  const chosen = data.exceptions[state.chosen.exceptions];
  return make('article', null, make('div', {class: 'head'},
    make('h2', {tabindex: -1, id: 'heading'}, 'Sequence-count writes outside the order')),
    make('table', null, make('thead', null, make('tr', null, ...['Verdict', 'Lock', 'Written at', 'Left out', 'Cycles']
      .map((text) => make('th', null, text)))), make('tbody', null, ...rows)),
    chosen ? exceptionDetail(chosen) : null);
}

function siteName(index) {
  const frame = stackOf(index).find((one) => !one.foreign && !one.inlined) || stackOf(index)[0];
  return frame ? `${frame.function}${frame.file ? ` ${base(frame.file)}:${frame.line}` : ''}` : 'not known';
}

/* ---- filters ------------------------------------------------------------- */
const framesOf = (finding) => finding.steps.flatMap((step) => [...stackOf(step.held), ...stackOf(step.at)]);
const modulesOf = findings.map((finding) => new Set(framesOf(finding).map((frame) => frame.module)));
const wordsOf = findings.map((finding) => [finding.kind, finding.message, finding.print, ...finding.locks,
  ...finding.tests, ...finding.steps.map((step) => step.thread),
  ...framesOf(finding).flatMap((frame) => [frame.function, frame.file])].join('\n').toLowerCase());
const gradesOf = new Map();
for (const finding of findings)
  for (const name of finding.locks)
    gradesOf.set(name, (gradesOf.get(name) || new Set()).add(finding.grade || finding.kind));

function matchesFinding(finding) {
  const {text, grade, module, thread} = state.filter;
  return (!text || wordsOf[finding.index].includes(text)) && (!grade || (finding.grade || finding.kind) === grade) &&
    (!module || modulesOf[finding.index].has(module)) &&
    (!thread || finding.steps.some((step) => step.thread === thread));
}

function matchesLock(one) {
  const {text, grade, module, thread} = state.filter;
  return (!text || one.name.toLowerCase().includes(text)) && (!module || one.module === module) &&
    (!grade || (gradesOf.get(one.name) || new Set()).has(grade)) &&
    (!thread || [...one.inner, ...one.outer].some((d) => d.thread === thread));
}

function fill(select, title, values) {
  select.append(make('option', {value: ''}, title), ...[...values].filter((value) => value).sort().slice(0, 500)
    .map((value) => make('option', {value}, clip(select.id === 'module' ? base(value) : value, 40))));
  select.hidden = select.options.length < 2;
  select.addEventListener('change', () => {
    state.filter[select.id] = select.value;
    filtered();
  });
}

function filtered() {
  const list = entries();
  if (state.view !== 'graph' && list.length && !list.some((entry) => entry.key === state.chosen[state.view]))
    state.chosen[state.view] = list[0].key;
  render();
}

/* ---- the list at the side ------------------------------------------------ */
const MOST_LISTED = 400;

function findingEntry(finding) {
  return {key: finding.index, group: fails(finding) ? 'Fails' : 'Told, does not fail', name: finding.locks.join(' → '),
    about: [[fails(finding) ? 'fails' : 'hint', finding.kind],
      ['', finding.grade && finding.grade !== finding.kind ? finding.grade : ''],
      ['', finding.meets || !finding.steps.length ? '' : siteName(finding.kind === 'refuted' ? finding.steps[0].held : finding.steps[0].at)]]};
}

function entries() {
  if (state.view === 'findings') return findings.filter(matchesFinding).map(findingEntry);
  if (state.view === 'exceptions')
    return data.exceptions.map((one, i) => ({...one, index: i})).filter((one) => !state.filter.text ||
      one.lock.toLowerCase().includes(state.filter.text)).map((one) => ({key: one.index, one, group: '',
      name: one.lock, about: [[{good: 'good', bad: 'fails', hint: 'hint'}[VERDICTS[one.verdict][0]], one.verdict], ['', siteName(one.site)]]}));
  const cycles = findings.filter((finding) => isCycle(finding) && matchesFinding(finding)).slice(0, 100).map((finding) => ({
    ...findingEntry(finding), key: `cycle ${finding.index}`, group: 'Cycles'}));
  const rank = (one) => (one.mark === 'cycle' ? 0 : one.mark === 'hint' ? 1 : 2);
  const locks = classes.slice(1).filter(matchesLock).sort((a, b) => rank(a) - rank(b) ||
    b.inner.length + b.outer.length - a.inner.length - a.outer.length || (a.name < b.name ? -1 : 1));
  return [...cycles, ...locks.map((one) => ({key: one.id, group: 'Locks', name: one.name,
    about: [[one.mark === 'cycle' ? 'fails' : '', one.mark === 'cycle' ? 'in a cycle' : ''],
      ['', `${one.outer.length} around, ${one.inner.length} inside`]]}))];
}

function chosenKey() {
  if (state.view === 'graph' && state.chosen.graph === null && state.lit !== null) return `cycle ${state.lit}`;
  return state.chosen[state.view];
}

function drawList(list) {
  const holder = byId('list'), key = chosenKey();
  const parts = [];
  let group = '';
  list.slice(0, MOST_LISTED).forEach((entry, i) => {
    if (entry.group !== group) parts.push(make('div', {class: 'group', role: 'presentation'}, group = entry.group));
    parts.push(make('div', {class: 'option', role: 'option', id: `option-${i}`, 'aria-selected': String(entry.key === key),
      on: {click: () => choose(entry.key)}}, make('div', {class: 'name'}, entry.name),
      make('div', {class: 'about'}, ...entry.about.filter(([, text]) => text).map(([tone, text]) =>
        make('span', {class: tone || null}, text)))));
  });
  if (list.length > MOST_LISTED)
    parts.push(make('p', {class: 'none'}, `… ${list.length - MOST_LISTED} more; search for them.`));
  if (list.length === 0) parts.push(make('p', {class: 'none'}, 'Nothing matches.'));
  holder.replaceChildren(...parts);
  holder.tabIndex = 0;
  const chosen = holder.querySelector('[aria-selected="true"]');
  if (chosen) {
    holder.setAttribute('aria-activedescendant', chosen.id);
    chosen.scrollIntoView({block: 'nearest'});
  } else {
    holder.removeAttribute('aria-activedescendant');
    holder.scrollTop = 0;
  }
}

function choose(key) {
  if (state.view === 'graph') {
    if (typeof key === 'string') {
      state.lit = Number(key.slice(6));
      state.chosen.graph = null;
      state.around = false;
      render();
    } else {
      chooseLock(key);
    }
    return;
  }
  state.chosen[state.view] = key;
  render();
}

/* Within the same drawing nothing is drawn anew, so that nothing jumps. */
function chooseLock(id, keepFocus) {
  state.chosen.graph = id;
  state.lit = null;
  if (!drawn || isAround() || !laidOut.has(id) || !drawn.graph.nodes.some((node) => node.id === id)) {
    render();
    if (keepFocus && byId('graph')) byId('graph').focus();
    return;
  }
  drawList(entries());
  const old = document.querySelector('.lockpanel');
  const panel = lockPanel(id);
  if (old) old.replaceWith(panel);
  else document.querySelector('.graph').append(panel);
  const tools = document.querySelector('.canvas .tools');
  if (tools.childNodes.length > 4) tools.lastChild.remove();
  tools.append(make('button', {type: 'button', 'aria-pressed': 'false',
    on: {click: () => { state.around = true; render(); }}}, `Around ${clip(classes[id].name, 26)}`));
  if (!old) drawn.camera.fit(true);
  lightUp();
  drawn.camera.show(drawn.graph.nodes.find((node) => node.id === id));
}

function showLock(id) {
  state.view = 'graph';
  state.chosen.graph = id;
  state.around = false;
  render();
  byId('graph')?.focus();
}

function showCycle(index) {
  state.view = 'graph';
  state.lit = index;
  state.chosen.graph = null;
  state.around = false;
  render();
  byId('list').focus();
}

function openFinding(index) {
  state.view = 'findings';
  state.chosen.findings = index;
  render();
  byId('heading')?.focus();
}

/* ---- drawing all of it --------------------------------------------------- */
function emptyView() {
  if (findings.length)
    return make('div', {class: 'empty'}, make('h2', null, 'Nothing matches'), make('p', null, 'Loosen the filters at the left.'));
  return make('div', {class: 'empty'}, make('h2', null, 'Nothing was found'),
    make('p', null, `${plural(data.totals.acquisitions, 'acquisition', 'acquisitions')} of ` +
      `${plural(data.totals.classes, 'lock class', 'lock classes')} kept an order that cannot deadlock. ` +
      'It speaks for what ran: code that no test reaches was not checked.'));
}

function render() {
  const list = entries(), view = byId('view');
  for (const tab of byId('tabs').children) {
    tab.setAttribute('aria-selected', String(tab.dataset.view === state.view));
    tab.tabIndex = tab.dataset.view === state.view ? 0 : -1;
  }
  byId('list').setAttribute('aria-label', VIEWS.find((one) => one.id === state.view).title);
  view.setAttribute('aria-labelledby', `tab-${state.view}`);
  drawList(list);
  if (state.view === 'findings') {
    const finding = findings[state.chosen.findings];
    view.replaceChildren(finding && matchesFinding(finding) ? findingView(finding) : emptyView());
  } else if (state.view === 'exceptions') {
    view.replaceChildren(exceptionsView(list.map((entry) => entry.one)));
  } else {
    view.replaceChildren(graphView());
    if (drawn) {
      drawn.camera.fit(true);
      lightUp();
    }
  }
  view.scrollTop = 0;
}

/* ---- keys ---------------------------------------------------------------- */
function moveInList(event) {
  const list = entries().slice(0, MOST_LISTED);
  const now = list.findIndex((entry) => entry.key === chosenKey());
  const to = {ArrowDown: now + 1, ArrowUp: Math.max(0, now - 1), Home: 0, End: list.length - 1,
    PageDown: now + 10, PageUp: Math.max(0, now - 10)}[event.key];
  if (event.key === 'Enter') {
    const heading = byId('heading') || byId('lock-heading');
    if (heading) heading.focus();
    event.preventDefault();
    return;
  }
  if (to === undefined || list.length === 0) return;
  event.preventDefault();
  choose(list[Math.min(to, list.length - 1)].key);
  byId('list').focus();
}

function moveInTabs(event) {
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!step) return;
  const at = VIEWS.findIndex((one) => one.id === state.view);
  state.view = VIEWS[(at + step + VIEWS.length) % VIEWS.length].id;
  render();
  document.querySelector('nav [aria-selected="true"]').focus();
  event.preventDefault();
}

function anyKey(event) {
  const typing = ['INPUT', 'SELECT'].includes(event.target.tagName);
  if (event.key === 'Escape') {
    if (event.target.id === 'search' && event.target.value) return;
    byId('list').focus();
  } else if (event.key === '/' && !typing) {
    event.preventDefault();
    byId('search').focus();
  }
}

/* ---- colours ------------------------------------------------------------- */
const THEMES = ['auto', 'light', 'dark'];
function setTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const button = byId('theme');
  button.textContent = {auto: '◐', light: '○', dark: '●'}[theme];
  button.setAttribute('aria-label', `Colours: ${theme === 'auto' ? 'as the system' : theme}`);
  button.title = button.getAttribute('aria-label');
  button.dataset.is = theme;
  try {
    localStorage.setItem('lockval-theme', theme);
  } catch (error) { /* a file may have no storage */ }
}

function savedTheme() {
  try {
    return THEMES.includes(localStorage.getItem('lockval-theme')) ? localStorage.getItem('lockval-theme') : 'auto';
  } catch (error) {
    return 'auto';
  }
}

/* ---- start --------------------------------------------------------------- */
function start() {
  const verdict = byId('verdict'), totals = data.totals;
  const programs = [...new Set(findings.map((finding) => finding.program).filter((name) => name))];
  verdict.textContent = data.failing ? `${plural(data.failing, 'finding fails', 'findings fail')}` : 'Nothing fails';
  verdict.className = data.failing ? 'bad' : 'good';
  document.title = `lockval: ${verdict.textContent}${programs.length ? ` in ${programs.slice(0, 3).join(', ')}` : ''}`;
  byId('totals').textContent = [...programs.slice(0, 2), plural(totals.processes, 'process', 'processes'), plural(totals.threads, 'thread', 'threads'),
    plural(totals.acquisitions, 'acquisition', 'acquisitions'), plural(totals.classes, 'class', 'classes'),
    plural(totals.dependencies, 'dependency', 'dependencies')].join(' · ');
  byId('totals').title = byId('totals').textContent;
  const warnings = [];
  if (totals.lost) warnings.push(`${plural(totals.lost, 'event was', 'events were')} lost: this report is not complete.`);
  if (data.incomplete) warnings.push('There are more cycles than were searched for; the shortest are here.');
  if (data.rebuilt) warnings.push('Some modules were rebuilt since the run: their names are missing.');
  byId('warnings').textContent = warnings.join(' ');
  byId('warnings').hidden = warnings.length === 0;
  byId('tabs').append(...VIEWS.map((one) => make('button', {type: 'button', role: 'tab', id: `tab-${one.id}`,
    'data-view': one.id, 'aria-controls': 'view', on: {click: () => { state.view = one.id; render(); }}},
    one.title, make('span', {class: 'count'}, one.count.toLocaleString('en')))));
  fill(byId('grade'), 'any grade', new Set(findings.map((finding) => finding.grade || finding.kind)));
  fill(byId('module'), 'any module', new Set([...classes.slice(1).map((one) => one.module), ...modulesOf.flatMap((set) => [...set])]));
  fill(byId('thread'), 'any thread', new Set([...findings.flatMap((finding) => finding.steps.map((step) => step.thread)),
    ...dependencies.map((d) => d.thread)]));
  byId('search').addEventListener('input', (event) => {
    state.filter.text = event.target.value.trim().toLowerCase();
    filtered();
  });
  byId('list').addEventListener('keydown', moveInList);
  byId('tabs').addEventListener('keydown', moveInTabs);
  document.addEventListener('keydown', anyKey);
  byId('theme').addEventListener('click', () =>
    setTheme(THEMES[(THEMES.indexOf(byId('theme').dataset.is) + 1) % THEMES.length]));
  setTheme(savedTheme());
  render();
  byId('list').focus({preventScroll: true});
}

start();
