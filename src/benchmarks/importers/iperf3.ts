/**
 * iperf3 `-J`: one file is one run; its intervals and streams only show the shape of that run.
 * Source: esnet/iperf, src/iperf_api.c; checked with iperf 3.12 (TCP, UDP, reverse, both directions).
 */
import { failure, type Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { numberAt, recordAt, textAt } from './fields.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { SeriesBuilder } from './series-builder.js';
import { addRun, addTools, nameWithOptions, type RunDetails } from './tool-output.js';

export const IPERF3: BenchmarkImporter = {
  id: 'iperf3',
  name: 'iperf3 JSON',
  sniff: (head) => /"version"\s*:\s*"iperf 3/.test(head),
  read,
};

const MS_PER_SECOND = 1e3;
const NS_PER_MS = 1e6;

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const found = new SeriesBuilder(source, IPERF3.id);
  const json = found.parseJson(text);
  if (!json.ok) return json;
  const error = textAt(json.value, 'error');
  if (error !== undefined) {
    const message = `iperf3 failed: ${error}`;
    return failure({
      code: 'failed-run',
      severity: 'error',
      message,
      source,
      hint: 'Run it again and give that file.',
    });
  }
  addFacts(found, json.value);
  const seconds = numberAt(json.value, 'start', 'timestamp', 'timesecs');
  addEnd(found, json.value, { startedMs: seconds === undefined ? undefined : seconds * MS_PER_SECOND });
  return found.finish();
}

/** `system_info` is `uname -s -n -r -v -m`: the name of the system, of the host, the kernel's release, …, the machine. */
function addFacts(found: SeriesBuilder, json: unknown): void {
  addTools(found, [textAt(json, 'start', 'version')]);
  const words = textAt(json, 'start', 'system_info')?.split(' ') ?? [];
  if (words.length < 5) return;
  found.fact('operatingSystem', words[0]);
  found.fact('kernel', words[2]);
  found.fact('architecture', words.at(-1));
}

function benchmarkOf(json: unknown): string {
  const test = recordAt(json, 'start', 'test_start');
  const isBidirectional = numberAt(test, 'bidir') === 1 || recordAt(json, 'end', 'sum_received_bidir_reverse');
  const direction = isBidirectional ? 'both' : numberAt(test, 'reverse') === 1 ? 'reverse' : undefined;
  return nameWithOptions(`iperf3 ${textAt(test, 'protocol') ?? 'test'}`, [
    ['streams', numberAt(test, 'num_streams')?.toString()],
    ['block size', numberAt(test, 'blksize')?.toString()],
    ['target bit/s', numberAt(test, 'target_bitrate')?.toString()],
    ['direction', direction],
  ]);
}

function addEnd(found: SeriesBuilder, json: unknown, details: RunDetails): void {
  const benchmark = benchmarkOf(json);
  const end = recordAt(json, 'end');
  const rate = { benchmark, unit: 'bit/s', better: 'higher', role: 'primary' } as const;
  addRun(found, { ...rate, metric: 'throughput' }, [received(end)], details);
  const reverse = numberAt(end, 'sum_received_bidir_reverse', 'bits_per_second');
  addRun(found, { ...rate, metric: 'reverse throughput' }, [reverse], details);

  const cost = { benchmark, better: 'lower', role: 'secondary' } as const;
  const cpu = (of: string): number | undefined => numberAt(end, 'cpu_utilization_percent', of);
  addRun(found, { ...cost, metric: 'cpu utilization', unit: '%' }, [cpu('host_total')], details);
  // Of the other end, which may be the one under test.
  addRun(found, { ...cost, metric: 'remote cpu utilization', unit: '%' }, [cpu('remote_total')], details);
  const retransmits = numberAt(end, 'sum_sent', 'retransmits');
  addRun(found, { ...cost, metric: 'retransmits', unit: 'packets' }, [retransmits], details);
  const jitterMs = numberAt(end, 'sum', 'jitter_ms');
  const jitter = jitterMs === undefined ? undefined : jitterMs * NS_PER_MS;
  addRun(found, { ...cost, metric: 'jitter', unit: 'ns' }, [jitter], details);
  addRun(found, { ...cost, metric: 'lost packets', unit: '%' }, [numberAt(end, 'sum', 'lost_percent')], details);
}

/**
 * What arrived, in bit/s. Older versions have only `sum` for UDP, which counts what was sent: packets are of one size, so
 * that the lost ones can be taken off.
 */
function received(end: unknown): number | undefined {
  const arrived = numberAt(end, 'sum_received', 'bits_per_second');
  if (arrived !== undefined) return arrived;
  const sent = numberAt(end, 'sum', 'bits_per_second');
  return sent === undefined ? undefined : sent * (1 - (numberAt(end, 'sum', 'lost_percent') ?? 0) / 100);
}
