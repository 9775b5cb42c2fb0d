/**
 * Guest delay as folded stacks, as flame graph tools and speedscope read them: machine;vCPU;cause;reason;detail and nanoseconds.
 * https://github.com/brendangregg/FlameGraph
 */
import type { Explanation } from '../explain/explanation.js';

export function foldedStacks({ exits }: Explanation): string {
  const sums = new Map<string, number>();
  for (const { machine, vcpu, cause, reason, detail, guestDelayNs } of exits) {
    if (guestDelayNs === 0) continue;
    const frames = [machine, `vCPU ${vcpu}`, cause, reason, ...(detail === null ? [] : [detail])];
    const stack = frames.map(frame).join(';');
    sums.set(stack, (sums.get(stack) ?? 0) + guestDelayNs);
  }
  return [...sums].map(([stack, ns]) => `${stack} ${ns}\n`).join('');
}

/** A semicolon ends a frame, and a line a stack. */
const frame = (text: string): string => text.replace(/[;\p{Cc}\p{Zl}\p{Zp}]/gu, '_');
