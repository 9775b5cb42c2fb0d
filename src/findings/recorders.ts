/** Programs that record: while they have a pCPU it is the measuring that costs. */
const RECORDERS: readonly string[] = ['perf', 'trace-cmd', 'bpftrace', 'tracelogger', 'xentrace', 'lttng-consumerd'];

/** @param name of a thread: the kernel cuts it to 15 characters */
export const isRecorder = (name: string): boolean => RECORDERS.some((recorder) => recorder.slice(0, 15) === name);
