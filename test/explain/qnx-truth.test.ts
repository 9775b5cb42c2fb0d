/**
 * Simulated QNX hosts whose truth is known: what their traces are explained to, against that truth, to the nanosecond.
 * The truth comes from the simulation's own history; nothing of it comes from the readers, the translator or the ledger.
 */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import type { Format } from '../../src/formats/format.js';
import { qnxKev } from '../../src/formats/qnx-kev/index.js';
import { qnx } from '../../src/hypervisors/qnx/index.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { randomPlan } from '../../src/simulation/qnx/random-plan.js';
import { type Simulation, simulate } from '../../src/simulation/qnx/simulate.js';
import { type KevOptions, kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import { syspageBytes } from '../../src/simulation/qnx/writers/syspage.js';
import { expectedBooks, explainedBooks, type VcpuBooks } from '../support/qnx-books.js';

const HOSTS = 520;
const TRACED = { tracedNs: 400_000 };
/** Small, so that there are many of them. */
const BUFFER_EVENTS = 100;

/** The trace of host `seed` as a file: every second one with its high bytes first, every third one in shuffled buffers. */
function kevOf({ plan, trace }: Simulation, options: KevOptions = {}): Uint8Array {
  const littleEndian = plan.seed % 2 === 0;
  const virtualization = plan.architecture === 'x86_64' ? 'vmx' : 'arm';
  return kevBytes(trace, {
    littleEndian,
    syspage: syspageBytes(trace.host, { littleEndian, virtualization }),
    bufferEvents: BUFFER_EVENTS,
    ...(plan.seed % 3 === 0 && { shuffleSeed: plan.seed }),
    ...options,
  });
}

/** Undefined where no vCPU can be told from the trace. */
async function explained(
  bytes: Uint8Array,
  format: Format,
  options?: ExplainOptions,
): Promise<Explanation | undefined> {
  const source = new MemorySource(bytes, 'host');
  const recording = await format.open(source, { catalog: qnx.catalog, codecs: nodeCodecs });
  if (!recording.ok) throw new Error(recording.issue.message);
  const result = await explain(recording.value, qnx, options);
  if (result.ok) return result.value;
  expect(result.issue.code).toBe('no-guest-exits');
  return undefined;
}

const KNOWN = { knowsVirtualization: true };

describe('a complete trace is explained to the truth', () => {
  const seen = { vcpus: 0, exits: 0, accounts: new Map<string, number>() };

  test.each(Array.from({ length: HOSTS / 10 }, (_, index) => index * 10 + 1))('hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      const explanation = await explained(kevOf(simulation), qnxKev);
      const books = explanation === undefined ? [] : explainedBooks(explanation);
      expect({ seed, books }).toEqual({ seed, books: expectedBooks(simulation, explanation, KNOWN) });
      note(books);
    }
  });

  function note(books: readonly VcpuBooks[]): void {
    for (const { accounts, exits } of books) {
      seen.vcpus++;
      for (const { count } of Object.values(exits)) seen.exits += count;
      for (const [name, ns] of Object.entries(accounts)) seen.accounts.set(name, (seen.accounts.get(name) ?? 0) + ns);
    }
  }

  test('which is not little', () => {
    expect(seen.vcpus).toBeGreaterThan(2000);
    expect(seen.exits).toBeGreaterThan(30_000);
    for (const account of ['guest', 'hypervisor', 'interrupt', 'idle', 'blocked', 'wakeup', 'preempted']) {
      expect(seen.accounts.get(account)).toBeGreaterThan(1_000_000);
    }
  });
});
