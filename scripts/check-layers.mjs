// Imports go downwards only, in the order of the house; the pure layers use no Node API.
// Every exception stands in ALLOWED with its reason.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

/** From the bottom to the top: a layer may import itself and what is before it. */
const LAYERS = [
  'base',
  'recording',
  'formats',
  'simulation',
  'hypervisors',
  'ledger',
  'episodes',
  'benchmarks',
  'platform',
  'findings',
  'explain',
  // What is judged by a budget and what differs between two recordings is read off Explanations, and then put into words.
  'budgets',
  'differences',
  'report',
  'workspace',
  'node',
  'server',
  'index',
  'cli',
];
/** Up to here the same code runs in the browser: no Node API, no npm package. */
const LAST_PURE = 'workspace';
/** [importing file, imported layer or package, reason] */
const ALLOWED = [
  ['src/findings/evidence.ts', 'explain', 'types only: rules judge an Explanation before it has findings'],
  [
    'src/benchmarks/importers/phoronix-xml.ts',
    'sax',
    'PTS writes XML; the parser is pure JavaScript and expands no entities',
  ],
  [
    'src/platform/configurations/libvirt/xml.ts',
    'sax',
    'domains are XML; the parser is pure JavaScript and expands no entities',
  ],
  ['src/benchmarks/importers/stress-ng.ts', 'yaml', 'stress-ng writes YAML; the parser is pure JavaScript'],
  ['src/benchmarks/running/yaml-reader.ts', 'yaml', 'plans are YAML, with line numbers in complaints; pure JavaScript'],
];
/** Folders inside these layers stand side by side: one must not import another. */
const SIBLINGS = ['formats', 'hypervisors'];
/** [folder inside such a layer, reason]: helpers that its siblings may import. */
const SHARED = [
  ['formats/tracefs', "the kernel's event descriptions are the same in every recorder's files"],
  ['formats/queue', 'several recorders write runs of events that are not in the order of time'],
  ['formats/qnx', 'a kernel trace and its printed form are about the same events'],
  ['hypervisors/arm', 'what the CPU says of an exit is the same, whatever the hypervisor'],
  ['hypervisors/riscv', 'likewise'],
  ['hypervisors/x86', 'exit codes are those of the CPU, whatever the hypervisor'],
  ['formats/text', 'all text recordings are lines whose events are matched by the same patterns'],
];

/** Parts of the page, likewise; no view imports another, and of src/ the page uses what is pure. */
const PAGE_LAYERS = [
  'drawing',
  'engine',
  'books',

  'starting',
  'state',
  'design',
  'views',
  'frame',
  'main',
];
/** [file, layer of src/ or package, reason] */
const PAGE_ALLOWED = [
  ['web/src/engine/server-engine.ts', 'server', 'types only: what the local server answers'],
  [
    'web/src/engine/worker-engine.ts',
    'server',
    'types only: a worker is told and answers what a thread of the server is',
  ],
  ['web/src/engine/worker.ts', 'server', 'types only: likewise'],
  ['web/src/engine/browser-codecs.ts', 'fzstd', 'browsers unpack no zstd; pure JavaScript'],
];
const PAGE_PACKAGES = ['preact', 'preact/hooks', '@preact/signals'];

const layerOf = (file) => relative('src', file).split('/')[0].replace(/\.ts$/, '');
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
const importsOf = (file) =>
  [...readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([@.\w][^']*)'/g)].map(
    ([, specifier]) => specifier,
  );
const files = filesIn('src');
const pageFiles = filesIn('web/src');

const faults = [];
for (const file of files) {
  if (file.endsWith('.test.ts')) continue;
  const layer = layerOf(file);
  if (!LAYERS.includes(layer)) faults.push(`${file}: unknown layer "${layer}"`);
  for (const specifier of importsOf(file)) {
    const fault = check(file, layer, specifier);
    if (fault !== undefined) faults.push(`${file}: imports ${specifier}: ${fault}`);
  }
}

for (const file of pageFiles) {
  for (const specifier of importsOf(file)) {
    const fault = checkPage(file, specifier);
    if (fault !== undefined) faults.push(`${file}: imports ${specifier}: ${fault}`);
  }
}

function checkPage(file, specifier) {
  const isAllowed = (what) => PAGE_ALLOWED.some(([f, allowed]) => f === file && allowed === what);
  if (!specifier.startsWith('.')) {
    return PAGE_PACKAGES.includes(specifier) || isAllowed(specifier) ? undefined : 'no package of the page';
  }
  const target = normalize(join(dirname(file), specifier));
  const partsOf = (path) =>
    relative('web/src', path)
      .replace(/\.\w+$/, '')
      .split('/');
  const [from, to] = [file, target].map(partsOf);
  if (to[0] === '..') {
    const layer = layerOf(target.replace(/\.js$/, '.ts'));
    const isPure = LAYERS.includes(layer) && LAYERS.indexOf(layer) <= LAYERS.indexOf(LAST_PURE);
    return isPure || isAllowed(layer) ? undefined : 'the page uses only what is pure';
  }
  if (!PAGE_LAYERS.includes(from[0])) return `unknown part "${from[0]}" of the page`;
  if (PAGE_LAYERS.indexOf(to[0]) > PAGE_LAYERS.indexOf(from[0])) return `${to[0]} is above ${from[0]}`;
  const isOtherView = from[0] === 'views' && to[0] === 'views' && from.length > 2 && to.length > 2 && from[1] !== to[1];
  return isOtherView ? `views/${to[1]} is another view` : undefined;
}

function check(file, layer, specifier) {
  if (!specifier.startsWith('.')) {
    if (LAYERS.indexOf(layer) > LAYERS.indexOf(LAST_PURE)) return undefined;
    return ALLOWED.some(([f, s]) => f === file && s === specifier) ? undefined : `${layer}/ is pure`;
  }
  const target = normalize(join(dirname(file), specifier));
  const targetLayer = layerOf(target.replace(/\.js$/, '.ts'));
  if (LAYERS.indexOf(targetLayer) > LAYERS.indexOf(layer)) {
    return ALLOWED.some(([f, s]) => f === file && s === targetLayer) ? undefined : `${targetLayer}/ is above ${layer}/`;
  }
  const [from, to] = [file, target].map((path) => relative('src', path).split('/'));
  const bothInFolders = from.length > 2 && to.length > 2;
  const isShared = SHARED.some(([folder]) => folder === `${to[0]}/${to[1]}`);
  if (SIBLINGS.includes(layer) && layer === targetLayer && bothInFolders && from[1] !== to[1] && !isShared) {
    return ALLOWED.some(([f, s]) => f === file && s === to[1]) ? undefined : `${layer}/${to[1]} is a sibling`;
  }
  return undefined;
}

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`layers: ${files.length + pageFiles.length} files, imports go downwards only`);
