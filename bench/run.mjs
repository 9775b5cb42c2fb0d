// The benchmarks: speed and memory beside the peers. See README.md in this folder.
//
//   npm run bench -- [--quick] [--runs N] [--only SECTION]... [--clean]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environment, requireTools } from './peers.mjs';
import { cleanWork, WORK } from './recordings.mjs';
import * as compare from './sections/compare.mjs';
import * as kev from './sections/kev.mjs';
import * as limit from './sections/limit.mjs';
import * as linear from './sections/linear.mjs';
import * as memory from './sections/memory.mjs';
import * as page from './sections/page.mjs';
import * as perfData from './sections/perf-data.mjs';
import * as profile from './sections/profile.mjs';
import * as traceDat from './sections/trace-dat.mjs';
import * as xentrace from './sections/xentrace.mjs';
import { markdownTable } from './table.mjs';

/**
 * @typedef {{ what: string, wanted: string, value: number, met: boolean }} Target
 * @typedef {{ head: string[], rows: string[][], notes: string[], targets: Target[], data: unknown }} Measured
 * @typedef {Measured | { skipped: string }} Outcome
 */

const SECTIONS = [traceDat, perfData, memory, linear, limit, profile, kev, xentrace, compare, page];
const RUNS = 5;
const QUICK_RUNS = 2;
const EXIT_MISSED = 1;
/** Wrong usage, a tool that is missing, or a check of a file that failed. */
const EXIT_FAILED = 2;

const USAGE = `usage: npm run bench -- [options]
  --quick           small files and few runs: shows that all works, judges nothing
  --runs N          measured runs of each command (${RUNS}, with --quick ${QUICK_RUNS})
  --only SECTION    ${SECTIONS.map((section) => section.id).join(', ')}; may be repeated
  --clean           only remove the recordings that were made (some 16 GB)`;

function parseOptions() {
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

/** @param {ReturnType<typeof parseOptions>} options */
function runAll({ quick, runs, only }) {
  requireTools();
  const facts = environment();
  const texts = [environmentText(facts, runs)];
  const results = [];
  /** @type {Target[]} */
  const missed = [];
  for (const { id, title, run } of SECTIONS) {
    if (only.length > 0 && !only.includes(id)) continue;
    console.error(`${id}:`);
    /** @type {Outcome} */
    const outcome = run({ quick, runs });
    texts.push(sectionText(title, outcome, quick));
    if ('skipped' in outcome) {
      console.error(`  SKIPPED: ${outcome.skipped}`);
      results.push({ id, ...outcome });
      continue;
    }
    const { notes, targets, data } = outcome;
    for (const note of notes) console.error(`  ${note}`);
    if (!quick) missed.push(...targets.filter((target) => !target.met));
    results.push({ id, notes, targets, data });
  }
  mkdirSync(WORK, { recursive: true });
  writeFileSync(join(WORK, 'results.json'), `${JSON.stringify({ ...facts, quick, runs, results }, null, 2)}\n`);
  console.log(texts.join('\n\n'));
  return missed;
}

try {
  const options = parseOptions();
  if (options.clean) cleanWork();
  else {
    const missed = runAll(options);
    for (const { what, value, wanted } of missed)
      console.error(`MISSED: ${what}: ${value.toFixed(2)}, wanted ${wanted}`);
    process.exitCode = missed.length > 0 ? EXIT_MISSED : 0;
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = EXIT_FAILED;
}
