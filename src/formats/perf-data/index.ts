/** perf.data, as `perf record` and `perf kvm stat record` write it, in the file form and in the pipe form. */
import type { ByteSource } from '../../base/byte-source.js';
import { type Result, success } from '../../base/issue.js';
import type { Recording } from '../../recording/recording.js';
import type { Format, OpenOptions } from '../format.js';
import { isLittleEndian, readLayout } from './file-header.js';
import { PerfRecording } from './perf-recording.js';

async function open(source: ByteSource, options: OpenOptions): Promise<Result<Recording>> {
  const layout = await readLayout(source);
  if (!layout.ok) return layout;
  const recording = new PerfRecording(source, layout.value, options);
  await recording.prepare();
  return success(recording);
}

export const perfData: Format = {
  id: 'perf-data',
  name: 'perf.data, file and pipe form',
  example: "perf record -a -m 4096 -e 'kvm:*' -e 'sched:*' -e 'irq:*' -e 'irq_vectors:*' -o perf.data -- sleep 10",
  streams: true,
  sniff: (head) => (isLittleEndian(head) === undefined ? 0 : 1),
  open,
};
