/**
 * Exits, ports and registers of real recordings against the tables of `perf kvm stat` over the same interval, which
 * perf made from a recording of its own.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { traceDat } from '../../../src/formats/trace-dat/index.js';
import { kvm } from '../../../src/hypervisors/kvm/index.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { openFile } from '../../../src/node/file-source.js';
import { CAUSES } from '../../../src/recording/causes.js';
import { EVENTS_PER_RECORD, EventBatch, EventKind } from '../../../src/recording/event-batch.js';
import { BATCH_ROWS } from '../../../src/recording/record-batch.js';
import { type Scenario, scenariosWith } from '../../support/recordings.js';

interface Episode {
  readonly reason: string;
  cause: string;
  /** Of the address that the detail names; undefined: none. */
  address: { readonly space: string; readonly address: number } | undefined;
  text: string | undefined;
  rank: number;
  /** The thread entered the guest again before the recording ended. */
  ended: boolean;
}

/** Every exit with its winning detail. */
async function episodes(path: string): Promise<Episode[]> {
  const source = openFile(path);
  if (!source.ok) throw new Error(source.issue.message);
  try {
    const opened = await traceDat.open(source.value, { catalog: kvm.catalog, codecs: nodeCodecs });
    if (!opened.ok) throw new Error(opened.issue.message);
    const translator = kvm.createTranslator(opened.value);
    const events = new EventBatch(BATCH_ROWS * EVENTS_PER_RECORD);
    const open = new Map<number, Episode>();
    const done: Episode[] = [];
    for await (const batch of opened.value.batches()) {
      events.count = 0;
      translator.translate(batch, events);
      for (let row = 0; row < events.count; row++) {
        const { kind, thread, a, b, c, d } = events.event(row);
        const episode = open.get(thread);
        if (kind === EventKind.Exit) {
          const { name, cause } = translator.reasons.get(a);
          open.set(thread, { reason: name, cause, address: undefined, text: undefined, rank: -1, ended: false });
        } else if (kind === EventKind.Entry && episode !== undefined) {
          done.push({ ...episode, ended: true });
          open.delete(thread);
        } else if (kind === EventKind.Detail && episode !== undefined && d > episode.rank) {
          episode.rank = d;
          episode.address = translator.details.address(a, b);
          episode.text = translator.details.text(a, b);
          if (c >= 0) episode.cause = CAUSES[c];
        }
      }
    }
    return [...done, ...open.values()];
  } finally {
    source.value.close();
  }
}

/** Name and number of samples of each row of a table of perf kvm stat. */
function perfTable(path: string): Map<string, number> {
  const rows = readFileSync(path, 'utf8').matchAll(/^ +(\S+(?: excp)?) +(\d+) +[\d.]+% +[\d.]+%/gm);
  return new Map([...rows].map(([, name, samples]) => [name, Number(samples)]));
}

function count(keys: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const direction = (episode: Episode): string => (/write/.test(episode.text ?? '') ? 'W' : 'R');
const hex = (value: number): string => `0x${value.toString(16)}`;

/** Accesses to one space of addresses, keyed as perf writes them. */
function accesses(
  list: readonly Episode[],
  space: string,
  words: Readonly<Record<string, string>>,
): Map<string, number> {
  const keys = list.flatMap((episode) =>
    episode.address?.space === space ? [`${hex(episode.address.address)}:${words[direction(episode)]}`] : [],
  );
  return count(keys);
}

/** How our rows are counted for each table of perf. */
const TABLES: Readonly<Record<string, (list: readonly Episode[]) => Map<string, number>>> = {
  vmexit: (list) => count(list.filter(({ ended }) => ended).map(({ reason }) => reason)),
  ioport: (list) =>
    accesses(
      list.filter(({ ended }) => ended),
      'port',
      { R: 'PIN', W: 'POUT' },
    ),
  // For perf a read ends when its value is there: also if the machine was paused then, before the next entry.
  mmio: (list) =>
    accesses(
      list.filter((row) => row.ended || direction(row) === 'R'),
      'mmio',
      { R: 'R', W: 'W' },
    ),
  msr: (all) => {
    const list = all.filter(({ ended }) => ended);
    const counts = accesses(list, 'msr', { R: 'R', W: 'W' });
    // Of an IPI we tell where it goes; perf tells the register that sent it, the interrupt command register.
    const ipis = list.filter(
      ({ reason, text }) => reason === 'msr' && /^(IPI|NMI|INIT|start-up IPI) to/.test(text ?? ''),
    );
    return ipis.length === 0 ? counts : counts.set('0x830:W', ipis.length);
  },
};

/** Both recorders saw every event of these; f5 and big began at different times, l2 and l3 lost some. */
const complete = (scenario: Scenario): boolean =>
  scenario.file('perf-kvm-stat-vmexit.txt') !== undefined && !/\/(f5|l\d|big)[^/]*$/.test(scenario.folder);

const scenarios = scenariosWith('trace.dat').filter(complete);

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_name, scenario) => {
  let list: Episode[] = [];
  beforeAll(async () => {
    list = await episodes(scenario.file('trace.dat') as string);
  });

  const tables = Object.keys(TABLES).flatMap((event) => {
    const path = scenario.file(`perf-kvm-stat-${event}.txt`);
    return path === undefined ? [] : [[event, path] as const];
  });

  it.each(tables)('has what perf has for %s', (event, path) => {
    expect(TABLES[event](list)).toEqual(perfTable(path));
  });
});
