/** Lines that damage has made absurdly long cost no more time than others of their size. */
import { expect, test } from 'vitest';
import { ftraceText } from '../../src/formats/ftrace-text/index.js';
import { perfScript } from '../../src/formats/perf-script/index.js';
import { readText } from '../support/read-records.js';

const LINES = 100;
/** Just below the longest line that is read whole. */
const LENGTH = 60_000;
const FILLERS = [' ', ') ', ' : ', '] ', '1 ', 'a:b: ', 'x=1,'];
/** It takes about half of that for a hundred times as many lines of usual length. */
const MOST_MS = 3000;

const FTRACE = (time: number, filling: string) =>
  `       CPU 0/KVM-141     [000] .....   ${time}.336875: kvm_exit: vcpu 0 rea${filling}son interrupt rip 0xffffffff810df8a7 info1 0x0 info2 0x0`;
const PERF = (time: number, filling: string) =>
  `       CPU 0/KVM   141 [001]   ${time}.936531:       kvm:kvm_exit: vcpu 0 rea${filling}son interrupt rip 0xffffffff810df8a7 info1 0x0 info2 0x0`;

test.each([
  ['ftrace', ftraceText, FTRACE],
  ['perf script', perfScript, PERF],
] as const)('%s', async (_, format, line) => {
  for (const filler of FILLERS) {
    const filling = filler.repeat(LENGTH / filler.length);
    const text = Array.from({ length: LINES }, (_line, index) => line(100 + index, filling)).join('\n');
    const start = performance.now();
    const { recording } = await readText(format, `${line(99, '')}\n${text}\n`);
    expect(performance.now() - start, JSON.stringify(filler)).toBeLessThan(MOST_MS);
    expect(recording.totals.events).toBe(LINES + 1);
    expect(recording.issues.list().map(({ code }) => code)).toContain('event-not-understood');
  }
});
