/** Our table against the one that perf itself prints: live, and as it was when the recording was made. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { perfData } from '../../../src/formats/perf-data/index.js';
import {
  PERF_EVENTS,
  type PerfEvent,
  PerfKvmStat,
  perfVocabulary,
} from '../../../src/hypervisors/kvm/perf-kvm-stat.js';
import { KVM_CATALOG } from '../../../src/hypervisors/kvm/tracepoints.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { openFile } from '../../../src/node/file-source.js';
import { scenariosWith } from '../../support/recordings.js';

interface Question {
  readonly event: PerfEvent;
  readonly vcpu?: number;
}

const QUESTIONS: readonly Question[] = [undefined, 0, 1, 7].flatMap((vcpu) =>
  PERF_EVENTS.map((event): Question => (vcpu === undefined ? { event } : { event, vcpu })),
);

const nameOf = ({ event, vcpu }: Question): string => (vcpu === undefined ? event : `${event} of vCPU ${vcpu}`);

/** Our reports of one file, by the name of the question; the file is read once. */
async function ourReports(path: string): Promise<Map<string, string>> {
  const source = openFile(path);
  if (!source.ok) throw new Error(source.issue.message);
  try {
    const opened = await perfData.open(source.value, { catalog: KVM_CATALOG, codecs: nodeCodecs });
    if (!opened.ok) throw new Error(opened.issue.message);
    const vocabulary = perfVocabulary(opened.value.host);
    if (vocabulary === undefined) throw new Error(`${path} is of a CPU that perf kvm stat does not support`);
    const stats = QUESTIONS.map((question) => new PerfKvmStat({ ...question, vocabulary }));
    for await (const batch of opened.value.batches()) for (const stat of stats) stat.add(batch);
    return new Map(stats.map((stat, i) => [nameOf(QUESTIONS[i]), stat.report()]));
  } finally {
    source.value.close();
  }
}

function perf(...args: string[]): string {
  const { error, stdout, stderr } = spawnSync('perf', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error) throw new Error(`perf 6.1 is needed for this test (Debian 12: apt-get install linux-perf): ${error}`);
  return stdout + stderr;
}

function perfReport(path: string, { event, vcpu }: Question): string {
  const filter = vcpu === undefined ? [] : ['--vcpu', String(vcpu)];
  return tableOf(perf('kvm', '-i', path, 'stat', 'report', `--event=${event}`, ...filter));
}

/** Without perf's warnings before the table, and its log lines within. */
function tableOf(output: string): string {
  const start = output.indexOf('\n\nAnalyze events');
  if (start < 0) throw new Error(`perf printed no table: ${output}`);
  return output.slice(start).replaceAll(/^unknown kvm exit code.*\n/gm, '');
}

const perfReports = (path: string): Map<string, string> =>
  new Map(QUESTIONS.map((question) => [nameOf(question), perfReport(path, question)]));

const recordings = ['perf-kvm.data', 'perf.data'].flatMap((file) =>
  scenariosWith(file).map((scenario) => ({ name: `${scenario.name}/${file}`, file, scenario })),
);

beforeAll(() => {
  expect(perf('--version'), 'the table is that of perf 6.1; other versions print others').toMatch(
    /^perf version 6\.1\./,
  );
  expect(recordings.length).toBeGreaterThan(0);
});

describe.each(recordings)('$name', ({ file, scenario }) => {
  test('equals what perf prints, byte for byte', async () => {
    const path = scenario.file(file)!;
    expect(await ourReports(path)).toEqual(perfReports(path));
  });

  test('equals what perf printed when it was recorded', async () => {
    const ours = await ourReports(scenario.file(file)!);
    const suffix = file === 'perf.data' ? '.from-perf.data.txt' : '.txt';
    for (const [witness, question] of [
      ...PERF_EVENTS.map((event) => [`perf-kvm-stat-${event}${suffix}`, { event }] as const),
      [`perf-kvm-stat-vmexit-vcpu0${suffix}`, { event: 'vmexit', vcpu: 0 }] as const,
    ]) {
      const path = scenario.file(witness);
      if (path) expect(ours.get(nameOf(question)), witness).toBe(tableOf(readFileSync(path, 'utf8')));
    }
  });
});

/** perf of an x86 computer cannot read them: it knows the exits of its own architecture alone. */
const ofArm64 = scenariosWith('perf-kvm.data', 'kvm-arm64');

test('there are recordings of arm64', () => {
  expect(ofArm64.length).toBeGreaterThan(2);
});

test.each(ofArm64)('$name equals what perf printed when it was recorded, byte for byte', async (scenario) => {
  const ours = await ourReports(scenario.file('perf-kvm.data')!);
  expect(ours.get('vmexit')).toBe(tableOf(readFileSync(scenario.file('perf-kvm-stat.txt')!, 'utf8')));
});

describe('a recording of an AMD host that claims to be of an Intel host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-perf-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('has the names of Intel, and separate rows for all codes unknown there', async () => {
    const bytes = readFileSync(scenariosWith('perf-kvm.data')[0].file('perf-kvm.data')!);
    const vendor = bytes.lastIndexOf('AuthenticAMD');
    expect(vendor).toBeGreaterThan(0);
    bytes.write('GenuineIntel', vendor, 'latin1');
    const path = join(folder, 'perf-kvm.data');
    writeFileSync(path, bytes);
    const ours = await ourReports(path);
    expect(ours.get('vmexit')).toMatch(/UNKNOWN.*\n.*UNKNOWN/);
    expect(ours).toEqual(perfReports(path));
  });
});
