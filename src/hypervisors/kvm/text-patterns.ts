/** How the kernel, `perf script` and `trace-cmd report` print the tracepoints of the KVM catalog. */
import type { TextPattern } from '../../recording/tracepoint.js';

export const TEXT_PATTERNS: Readonly<Record<string, readonly TextPattern[]>> = {};
