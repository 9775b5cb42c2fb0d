/** A trace as .kev, in both byte orders, and as text, with -n and without, must be read alike, and as it was written. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { threadState } from '../../../src/formats/qnx/thread-states.js';
import type { Trace, TraceEvent } from '../../../src/simulation/qnx/trace-event.js';
import { kevBytes } from '../../../src/simulation/qnx/writers/kev.js';
import { traceprinterText } from '../../../src/simulation/qnx/writers/traceprinter.js';
import { readKev, readPrinted } from '../../support/qnx-records.js';
import { anyTrace, RELEASES, shortStep, withoutPauseAtEnd } from '../../support/qnx-traces.js';
import type { Records, Row } from '../../support/read-records.js';

function told({ recording, rows }: Records) {
  const { totals, threads, issues, originNs, cycles, clock, host } = recording;
  return {
    rows,
    totals: {
      ...Object.fromEntries(Object.entries(totals)),
      eventCounts: sorted(totals.eventCounts),
      pcpus: [...totals.pcpus].toSorted((a, b) => a - b),
    },
    markers: totals.markers.map(({ text }) => text),
    threads: threads.entries(),
    processes: threads.processNames(),
    issues: issues.list().map(({ code }) => code),
    originNs,
    cycles,
    clock,
    host,
  };
}

const sorted = (counts: ReadonlyMap<string, number>) =>
  Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** The same trace with a change of thread state first on every CPU, so that nothing in it is taken for a state dump. */
function atWork(trace: Trace): Trace {
  const first = trace.events[0].cycles;
  const events = Array.from(
    { length: trace.host.cpus },
    (_, cpu): TraceEvent => ({
      cycles: first - BigInt(trace.host.cpus - cpu),
      cpu,
      body: { kind: 'thread-state', thread: { pid: 7, tid: 1 }, state: 'READY', priority: 10, policy: 1 },
    }),
  );
  const isNoDump = ({ body }: TraceEvent) => body.kind !== 'process-name' || body.pid !== 1;
  return { ...trace, events: [...events, ...trace.events.filter(isNoDump)] };
}

type Thread = { readonly pid: number; readonly tid: number };

/** What is to be read, step by step from the trace alone. */
function expectedRows({ host, events }: Trace, wide: boolean): Row[] {
  const numbers = new Map<string, number>();
  const running = new Map<number, number>();
  const left = new Set<number>();
  let next = 1;
  const numberOf = ({ pid, tid }: Thread): number => {
    if (pid === 1 && tid <= host.cpus) return 0;
    const key = `${pid} ${tid}`;
    if (!numbers.has(key)) numbers.set(key, next++);
    return numbers.get(key)!;
  };
  const rows: Row[] = [];
  for (const { cycles, cpu, body } of events) {
    const time = Number(((cycles - events[0].cycles) * 1_000_000_000n) / BigInt(host.cyclesPerSecond));
    // The one that has left does not enter a guest.
    if (body.kind === 'guest-enter' && left.has(cpu)) running.delete(cpu);
    const thread = running.get(cpu) ?? -1;
    const row = (event: string, fields: Row['fields']) => rows.push({ time, pcpu: cpu, thread, event, fields });
    switch (body.kind) {
      case 'thread-state': {
        const key = `${body.thread.pid} ${body.thread.tid}`;
        if (body.state === 'CREATE' && numbers.has(key)) numbers.delete(key);
        const number = numberOf(body.thread);
        if (body.state === 'DESTROY') numbers.delete(key);
        for (const [other, one] of running) {
          const isIdleElsewhere = number === 0 && other !== cpu;
          if (one === number && !isIdleElsewhere) left.add(other);
        }
        if (body.state === 'RUNNING') {
          running.set(cpu, number);
          left.delete(cpu);
        }
        const isPlain = !wide || body.state === 'CREATE' || body.state === 'DESTROY';
        const { priority, policy, partition } = body;
        const scheduling = { priority, policy, ...(partition !== undefined && { partition }) };
        row('STATE', { state: threadState(body.state), thread: number, initial: 0, ...(!isPlain && scheduling) });
        break;
      }
      case 'thread-name':
        numberOf(body.thread);
        break;
      case 'guest-enter':
        row('GUEST_ENTER', { guest_ip: body.guestIp });
        break;
      case 'guest-cycles':
        row('CYCLES', { at_entry: body.atEntry, at_exit: body.atExit });
        break;
      case 'guest-exit':
        row('GUEST_EXIT', {
          status: body.status,
          reason: body.reason,
          clockcycles_offset: body.clockCyclesOffset,
          guest_ip: body.guestIp,
          payload: body.payload,
        });
        break;
      case 'create-vcpu-thread':
        row('CREATE_VCPU_THREAD', { vcpu_id: body.vcpu });
        break;
      case 'interrupt-raise':
        row('INTR_RAISE', { word0: body.interrupt, word1: body.vcpu });
        break;
      case 'interrupt-lower':
        row('INTR_LOWER', { word0: body.interrupt, word1: body.vcpu });
        break;
      case 'interrupt-entry':
        row('ENTRY', { interrupt: body.interrupt });
        break;
      case 'interrupt-exit':
        row('EXIT', { interrupt: body.interrupt });
        break;
      case 'interrupt-deliver':
        row('DELIVER', { interrupt: body.interrupt });
        break;
      case 'kernel-call':
        row('ENTER', { call: body.call });
        break;
      case 'kernel-exit':
        row('EXIT', { call: body.call });
        break;
      case 'partition-bankruptcy':
        row('APS_BNKR', { thread: numberOf(body.thread), partition: body.partition });
        break;
      default:
    }
  }
  return rows;
}

const options = fc.record({
  wide: fc.boolean(),
  bufferEvents: fc.constantFrom(40, 64, 1020),
  shuffleSeed: fc.option(fc.nat(1000), { nil: undefined }),
});

describe.each(RELEASES)('%s', (release) => {
  test('any trace in every form, as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(anyTrace(release), options, async (any, { shuffleSeed, ...kernel }) => {
        const later = any.events.map((event) => ({ ...event, cycles: event.cycles + 100n }));
        const trace = withoutPauseAtEnd(atWork({ ...any, events: later }));
        const all = { ...kernel, ...(shuffleSeed !== undefined && { shuffleSeed }) };
        const little = told(await readKev(kevBytes(trace, all)));
        expect(little.rows).toEqual(expectedRows(trace, kernel.wide));
        expect(little.issues).toEqual([]);
        expect(little.cycles).toEqual({ hz: trace.host.cyclesPerSecond, origin: trace.events[0].cycles });
        const markers = trace.events.flatMap(({ body }) => (body.kind === 'marker' ? [body.text] : []));
        expect(little.markers).toEqual(markers);
        expect(told(await readKev(kevBytes(trace, { ...all, littleEndian: false })))).toEqual(little);
        expect(told(await readPrinted(traceprinterText(trace, { ...all, onePerLine: true })))).toEqual(little);
        expect(told(await readPrinted(traceprinterText(trace, all)))).toEqual(little);
      }),
      { numRuns: 150, seed: 4 },
    );
  });

  test('any trace, whatever is lost, is read alike in every form', async () => {
    await fc.assert(
      fc.asyncProperty(anyTrace(release, 80, shortStep), options, fc.array(fc.nat(5)), async (trace, kernel, lost) => {
        const { shuffleSeed, ...rest } = kernel;
        const all = {
          ...rest,
          ...(shuffleSeed !== undefined && { shuffleSeed }),
          lostBuffers: lost.map((sequence, index) => ({ cpu: index % 8, sequence: sequence + 1 })),
        };
        const little = told(await readKev(kevBytes(trace, all)));
        expect(told(await readKev(kevBytes(trace, { ...all, littleEndian: false })))).toEqual(little);
        if (little.rows.length === 0) return;
        expect(told(await readPrinted(traceprinterText(trace, { ...all, onePerLine: true })))).toEqual(little);
        expect(told(await readPrinted(traceprinterText(trace, all)))).toEqual(little);
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});
