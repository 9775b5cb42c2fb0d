/** The perf program as a referee. */
import { runTool } from './read-records.js';

/** Samples per event, as `perf report --stats` counts them. */
export function perfSampleCounts(path: string): Map<string, number> {
  const counts = new Map<string, number>();
  let event = '';
  for (const line of runTool('perf', ['report', '--stats', '-i', path]).split('\n')) {
    const heading = /^(\S.*) stats:$/.exec(line);
    if (heading) event = heading[1];
    const samples = /^ +SAMPLE events: +(\d+)$/.exec(line);
    if (samples && event !== '' && !event.startsWith('Aggregated')) counts.set(event, Number(samples[1]));
  }
  return counts;
}

export interface PerfSample {
  readonly event: string;
  readonly ns: bigint;
  readonly cpu: number;
  readonly pid: number;
  readonly tid: number;
  readonly text: string;
}

const LINE = /^\s*(-?\d+)\/(-?\d+)\s+\[(\d+)\]\s+(\d+)\.(\d{9}):\s+(\S+): ?(.*)$/;

/** Samples as `perf script` prints them. It leaves out those taken in guest mode: see perfGuestSamples. */
export function perfSamples(path: string, trace = false): PerfSample[] {
  const fields = `pid,tid,cpu,time,event${trace ? ',trace' : ''}`;
  const samples: PerfSample[] = [];
  for (const line of runTool('perf', ['script', '-i', path, '--ns', '-F', fields]).split('\n')) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, pid, tid, cpu, seconds, fraction, event, text] = match;
    const ns = BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
    samples.push({ event, ns, cpu: Number(cpu), pid: Number(pid), tid: Number(tid), text });
  }
  return samples;
}

/** "CPU TIME" of the samples that were taken while the CPU was in guest mode (PERF_RECORD_MISC_GUEST_*: 4 and 5). */
export function perfGuestSamples(path: string): Set<string> {
  const found = new Set<string>();
  for (const [, cpu, time] of runTool('perf', ['script', '-D', '-i', path]).matchAll(
    /^(\d+) (\d+) 0x[0-9a-f]+ \[0x[0-9a-f]+\]: PERF_RECORD_SAMPLE\(IP, 0x[45]\)/gm,
  )) {
    found.add(`${cpu} ${time}`);
  }
  return found;
}
