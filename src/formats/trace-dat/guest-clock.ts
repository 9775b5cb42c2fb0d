/**
 * How fast the time stamp counter runs, as KVM told a guest: whoever records the clock x86-tsc without its multiplier
 * has it in the recording all the same, if a guest with kvm-clock was told the time meanwhile.
 *
 * A guest's nanoseconds are (cycles · 2^tsc_shift · tsc_to_system_mul) >> 32: `struct pvclock_vcpu_time_info` of the
 * kernel's pvclock-abi.h. The guest's counter runs as fast as the host's unless KVM scales it, which is rare.
 */
import { FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';
import type { TracepointCatalog } from '../../recording/tracepoint.js';

export const GUEST_CLOCK_CATALOG: TracepointCatalog = [
  {
    system: 'kvm',
    event: 'kvm_pvclock_update',
    kind: 1,
    fields: [
      { name: 'tsc_to_system_mul', type: 'number' },
      { name: 'tsc_shift', type: 'number' },
    ],
  },
];

/** Cycles per second by the first record of GUEST_CLOCK_CATALOG in these batches; undefined where there is none. */
export async function guestClockHz(batches: AsyncIterable<RecordBatch>): Promise<number | undefined> {
  for await (const batch of batches) {
    for (let row = 0; row < batch.count; row++) {
      if (batch.kind[row] !== 1) continue;
      const multiplier = batch.fields[row * FIELD_SLOTS];
      const shift = batch.fields[row * FIELD_SLOTS + 1];
      const hz = (1e9 * 2 ** 32) / (multiplier * 2 ** shift);
      if (Number.isFinite(hz) && hz > 0) return hz;
    }
  }
  return undefined;
}
