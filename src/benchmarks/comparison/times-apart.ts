/** Whether the sides were measured in turns. */
import type { Issue } from '../../base/issue.js';
import type { Series } from '../model.js';

const MS_PER_MINUTE = 60e3;

interface Span {
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * A note where all runs of one side were made before all runs of the other: what changed on the host meanwhile counts as
 * slowdown (Abedi and Brecht, "Conducting Repeatable Experiments in Highly Variable Cloud Computing Environments", ICPE 2017).
 * Nothing where the files tell the times of fewer than two runs of a side.
 */
export function timesApart(native: readonly Series[], vm: readonly Series[]): Issue[] {
  const [ofNative, ofVm] = [spanOf(native), spanOf(vm)];
  if (ofNative === undefined || ofVm === undefined) return [];
  const apartMs = Math.max(ofVm.firstMs - ofNative.lastMs, ofNative.firstMs - ofVm.lastMs);
  if (apartMs <= 0) return [];
  const order = ofNative.lastMs < ofVm.firstMs ? 'before' : 'after';
  return [
    {
      code: 'not-in-turns',
      severity: 'note',
      message: `All native runs were made ${order} those in the VM, ${(apartMs / MS_PER_MINUTE).toFixed(1)} min apart: what changed on the host meanwhile counts as slowdown`,
      hint: '"vmtoll bench run" runs both sides in turns.',
    },
  ];
}

function spanOf(side: readonly Series[]): Span | undefined {
  let runs = 0;
  let [firstMs, lastMs] = [Infinity, -Infinity];
  for (const series of side) {
    for (const { startedMs } of series.runs) {
      if (startedMs === undefined) continue;
      runs++;
      firstMs = Math.min(firstMs, startedMs);
      lastMs = Math.max(lastMs, startedMs);
    }
  }
  // All metrics of one run have its time.
  return runs > 0 && lastMs > firstMs ? { firstMs, lastMs } : undefined;
}
