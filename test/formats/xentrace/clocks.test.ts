/** Clocks of pCPUs that differ: a real recording whose one clock is moved must come out as it was. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../../src/base/byte-source.js';
import type { Explanation } from '../../../src/explain/explanation.js';
import { xentrace } from '../../../src/formats/xentrace/index.js';
import { XEN_CATALOG } from '../../../src/hypervisors/xen/trace-events.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { readRecords } from '../../support/read-records.js';
import { explainXenBytes, xenRecording } from '../../support/xen-recordings.js';

const HEADER = 0x2001f003;

/** Moves the times of one pCPU by so many cycles. */
function moved(bytes: Uint8Array, pcpu: number, cycles: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  let current = -1;
  for (let offset = 0; offset < copy.length; ) {
    const header = view.getUint32(offset, true);
    if (header === HEADER) current = view.getUint32(offset + 4, true);
    const isTimed = header >>> 31 === 1;
    if (isTimed && current === pcpu) {
      view.setBigUint64(offset + 4, view.getBigUint64(offset + 4, true) + BigInt(cycles), true);
    }
    offset += 4 * (1 + (isTimed ? 2 : 0) + ((header >>> 28) & 7));
  }
  return copy;
}

const options = { catalog: XEN_CATALOG, codecs: nodeCodecs, clockHz: 2_596_096_000 };
const read = (bytes: Uint8Array) => readRecords(xentrace, new MemorySource(bytes), options);

describe('a pCPU whose clock is wrong', () => {
  const bytes = readFileSync(xenRecording('hvm-flood')!.path);

  for (const cycles of [-40_000_000, -3_000_000, 3_000_000]) {
    test(`by ${cycles} cycles is moved back, to within the shortest wait`, async () => {
      const skewed = await read(moved(bytes, 1, cycles));
      const issue = skewed.recording.issues.list().find(({ code }) => code === 'clock-skew-repaired');
      const [, pcpu, repair] = /pCPU (\d) by (\d+) cycles/.exec(issue?.message ?? '') ?? [];
      // One of them is late, or the other one is early: what is moved is the one that is too early.
      expect(pcpu).toBe(cycles < 0 ? '1' : '0');
      expect(Number(repair)).toBeLessThanOrEqual(Math.abs(cycles));
      expect(Number(repair)).toBeGreaterThan(Math.abs(cycles) - 300_000);
    });
  }

  // Further than a vCPU of these stays in one state.
  test.each([
    ['hvm-flood', -3_000_000],
    ['pv-disk', 40_000_000],
  ])('%s by %i cycles is moved back so that no two records contradict each other', async (name, cycles) => {
    const recording = xenRecording(name)!;
    const whole = new Uint8Array(readFileSync(recording.path));
    const [right, wrong] = [
      await explainXenBytes(whole, recording.hz),
      await explainXenBytes(moved(whole, 1, cycles), recording.hz),
    ];
    const codes = wrong.quality.issues.map(({ code }) => code);
    expect(codes).toContain('clock-skew-repaired');
    expect(codes).not.toContain('states-contradict');
    const shareOf = ({ totals }: Explanation, account: 'guest' | 'idle' | 'wakeup' | 'vmm') =>
      totals.ledgerNs[account] / totals.durationNs;
    for (const account of ['guest', 'idle', 'wakeup', 'vmm'] as const) {
      expect(Math.abs(shareOf(wrong, account) - shareOf(right, account))).toBeLessThan(0.003);
    }
  });

  test('right clocks are left alone', async () => {
    const { recording } = await read(bytes);
    expect(recording.issues.list().map(({ code }) => code)).toEqual([]);
  });
});
