/** All formats that vmtoll reads: a new one is a folder and a line here. */
import type { Format } from './format.js';
import { ftraceText } from './ftrace-text/index.js';
import { perfData } from './perf-data/index.js';
import { perfScript } from './perf-script/index.js';
import { qnxKev } from './qnx-kev/index.js';
import { traceDat } from './trace-dat/index.js';
import { traceprinter } from './traceprinter/index.js';
import { xentrace } from './xentrace/index.js';

export const FORMATS: readonly Format[] = [traceDat, perfData, ftraceText, perfScript, qnxKev, traceprinter, xentrace];
