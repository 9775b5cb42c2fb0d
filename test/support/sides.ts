/** Recordings with how their books vary, for comparing them. */
import type { Side } from '../../src/differences/difference.js';
import { awakeNs } from '../../src/differences/windows.js';
import { explain } from '../../src/explain/explain.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import { type Series, SeriesObserver } from '../../src/explain/series.js';
import { hypervisorOf } from '../../src/hypervisors/registry.js';
import { openInputs } from '../../src/node/inputs.js';

const read = new Map<string, Promise<Side>>();

/** Reads the same only once. */
export function sideOf(path: string, options: Pick<ExplainOptions, 'fromNs' | 'toNs'> = {}): Promise<Side> {
  const key = JSON.stringify([path, options]);
  const side = read.get(key) ?? readSide(path, options);
  read.set(key, side);
  return side;
}

async function readSide(path: string, options: ExplainOptions): Promise<Side> {
  const input = await openInputs([path], {});
  if (!input.ok) throw new Error(input.issue.message);
  const { recording } = input.value;
  const observer = new SeriesObserver();
  const explained = await explain(recording, hypervisorOf(recording.format), { ...options, series: observer });
  input.value.close();
  if (!explained.ok) throw new Error(explained.issue.message);
  return { explanation: explained.value, series: observer.series };
}

/** When half of the time is over in which the guests were awake; since the first event. */
export function middleOf({ lengthsNs, vcpus }: Series): number {
  const awake = awakeNs(vcpus, lengthsNs.length);
  const half = awake.reduce((sum, ns) => sum + ns, 0) / 2;
  let done = 0;
  let time = 0;
  for (let slice = 0; slice < awake.length && done < half; slice++) {
    done += awake[slice];
    time += lengthsNs[slice];
  }
  return time;
}

/** Both halves of a recording, read one after the other. */
export async function halvesOf(path: string): Promise<readonly [Side, Side]> {
  const middle = middleOf((await sideOf(path)).series);
  return [await sideOf(path, { toNs: middle }), await sideOf(path, { fromNs: middle })];
}
