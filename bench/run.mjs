// The benchmarks: speed and memory beside the peers. See README.md in this folder.
//
//   npm run bench -- [--quick] [--runs N] [--only SECTION]... [--clean]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environment, requireTools } from './peers.mjs';
import { cleanWork, WORK } from './recordings.mjs';
import * as limit from './sections/limit.mjs';
import * as linear from './sections/linear.mjs';
import * as memory from './sections/memory.mjs';
import * as perfData from './sections/perf-data.mjs';
import * as profile from './sections/profile.mjs';
import * as traceDat from './sections/trace-dat.mjs';
import { markdownTable } from './table.mjs';

/**
 * @typedef {{ what: string, wanted: string, value: number, met: boolean }} Target
 * @typedef {{ head: string[], rows: string[][], notes: string[], targets: Target[], data: unknown }} Measured
 * @typedef {Measured | { skipped: string }} Outcome
 */

const SECTIONS = [traceDat, perfData, memory, linear, limit, profile];
const RUNS = 5;
const QUICK_RUNS = 2;
const EXIT_MISSED = 1;
const EXIT_USAGE = 2;

const USAGE = `usage: npm run bench -- [options]
  --quick           small files and few runs: shows that all works, judges nothing
  --runs N          measured runs of each command (${RUNS}, with --quick ${QUICK_RUNS})
  --only SECTION    ${SECTIONS.map((section) => section.id).join(', ')}; may be repeated
  --clean           only remove the recordings that were made (some 20 GB)`;

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        runs: { type: 'string' },
        only: { type: 'string', multiple: true, default: [] },
        clean: { type: 'boolean', default: false },
      },
    });
    const unknown = values.only.find((id) => !SECTIONS.some((section) => section.id === id));
    if (unknown !== undefined) throw new Error(`there is no section "${unknown}"`);
    const runs = Number(values.runs ?? (values.quick ? QUICK_RUNS : RUNS));
    if (!(Number.isInteger(runs) && runs > 0)) throw new Error('--runs must be a whole number');
    return { ...values, runs };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
}

/** @param {Target} target */
function targetLine({ what, wanted, value, met }, /** @type {boolean} */ quick) {
  const verdict = met ? 'met' : '**missed**';
  return `- ${what}: ${value.toFixed(2)}, wanted ${wanted}: ${quick ? 'not judged with --quick' : verdict}`;
}

function sectionText(/** @type {string} */ title, /** @type {Outcome} */ outcome, /** @type {boolean} */ quick) {
  if ('skipped' in outcome) return `### ${title}\n\n**Skipped:** ${outcome.skipped}.`;
  const { head, rows, notes, targets } = outcome;
  const parts = [`### ${title}`, ...notes];
  if (rows.length > 0) parts.push(markdownTable(head, rows));
  if (targets.length > 0) parts.push(targets.map((target) => targetLine(target, quick)).join('\n'));
  return parts.join('\n\n');
}

function environmentText(/** @type {ReturnType<typeof environment>} */ facts, /** @type {number} */ runs) {
  return (
    `${facts.date}: vmtoll ${facts.vmtoll} on Node ${facts.node}, perf ${facts.perf}, trace-cmd ${facts.traceCmd}; ` +
    `${facts.cpu}, ${facts.cpus} CPUs, ${facts.memory}, Linux ${facts.kernel}. ` +
    `Medians of ${runs} runs in turn after a warm-up, least and most in brackets; whole processes, output to /dev/null.`
  );
}

const { quick, runs, only, clean } = readArguments();
if (clean) {
  cleanWork();
  process.exit(0);
}
requireTools();
const facts = environment();
const texts = [environmentText(facts, runs)];
const results = [];
const missed = [];
for (const { id, title, run } of SECTIONS) {
  if (only.length > 0 && !only.includes(id)) continue;
  console.error(`${id}:`);
  const outcome = run({ quick, runs });
  if ('skipped' in outcome) console.error(`  SKIPPED: ${outcome.skipped}`);
  else {
    for (const note of outcome.notes) console.error(`  ${note}`);
    if (!quick) missed.push(...outcome.targets.filter((target) => !target.met));
  }
  texts.push(sectionText(title, outcome, quick));
  const { head, rows, ...facts } = outcome;
  results.push({ id, ...facts });
}
mkdirSync(WORK, { recursive: true });
writeFileSync(join(WORK, 'results.json'), `${JSON.stringify({ ...facts, quick, runs, results }, null, 2)}\n`);
console.log(texts.join('\n\n'));
for (const target of missed) {
  console.error(`MISSED: ${target.what}: ${target.value.toFixed(2)}, wanted ${target.wanted}`);
}
process.exitCode = missed.length > 0 ? EXIT_MISSED : 0;
