/**
 * sysbench 1.x, the text it prints; several runs may follow each other in one file, each is one run of its test.
 * Source: sysbench 1.0.20, src/sysbench.c, src/sb_logger.c and src/tests; lines of `--report-interval` only show the
 * shape of a run.
 */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { baseUnit } from '../units.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { SeriesBuilder } from './series-builder.js';
import { measurementsOf, numberOf, type Section, type SysbenchTest, testOf, textOf } from './sysbench-tests.js';
import { addRun, addTools, nameWithOptions } from './tool-output.js';

export const SYSBENCH: BenchmarkImporter = {
  id: 'sysbench',
  name: 'sysbench text',
  sniff: (head) => /^sysbench \d+\.\d/m.test(head),
  read,
};

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const found = new SeriesBuilder(source, SYSBENCH.id);
  // A last line without its end may be cut in the middle of a number.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).replaceAll('\r', '');
  const runs = lines
    .split(/^(?=sysbench \d)/m)
    .filter((part) => part.startsWith('sysbench '))
    .map((part, i) => sectionOf(found, part, i + 1))
    .filter((section) => section !== undefined);
  const tools = runs.map(({ version }) => `sysbench ${version}`);
  addTools(found, tools);
  for (const run of runs) addSection(found, run);
  const doubts = runs.map((run) => testOf(run).doubt).filter((doubt) => doubt !== undefined);
  for (const message of new Set(doubts)) found.issue({ code: 'unnamed-test', severity: 'note', message });
  return found.finish();
}

function sectionOf(found: SeriesBuilder, text: string, position: number): Section | undefined {
  const version = /^sysbench (\d[\w.-]*)/.exec(text)?.[1] ?? '';
  if (version.startsWith('0.')) {
    found.leaveOut('unsupported-version', 'sysbench before 1.0 measures and prints differently', `run ${position}`);
    return undefined;
  }
  const threads = textOf(text, /^Number of threads: (\d+)$/m);
  const seconds = numberOf(text, /^ +total time: +(\S+)s$/m);
  const events = numberOf(text, /^ +total number of events: +(\S+)$/m);
  if (threads === undefined || !isPositive(seconds) || !isPositive(events)) {
    found.leaveOut('incomplete-run', 'they failed, or their text is cut or damaged', `run ${position}`);
    return undefined;
  }
  return { version, text, threads, seconds, events };
}

const isPositive = (value: number | undefined): value is number => value !== undefined && value > 0;

function addSection(found: SeriesBuilder, section: Section): void {
  const test = testOf(section);
  const benchmark = nameWithOptions(`sysbench ${test.name}`, [
    ['threads', section.threads],
    ...optionsOf(test, section),
  ]);
  for (const { metric, value, unit, better, role, step } of measurementsOf(test, section)) {
    const { base, factor } = baseUnit(unit);
    const description = { benchmark, metric, unit: base, better, role };
    addRun(found, description, [value === undefined ? undefined : value * factor], { step: (step ?? 0) * factor });
  }
}

const optionsOf = (test: SysbenchTest, { text }: Section): [string, string | undefined][] =>
  test.options.map(([name, pattern]) => [name, textOf(text, pattern)]);
