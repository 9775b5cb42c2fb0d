/**
 * Damaged inputs of every format through everything. Whatever the bytes: no exception, no hang, bounded memory, books
 * that balance. VMTOLL_FUZZ_SEED and VMTOLL_FUZZ_INPUTS make other and longer campaigns; VMTOLL_FUZZ_REPLAY=FILE runs
 * the one input of a file.
 */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeFailures, runCampaign } from './campaign.js';
import { buildCorpus } from './corpus.js';
import { type RunChoices, runOne } from './run-one.js';

const CAMPAIGN = Number(process.env['VMTOLL_FUZZ_SEED'] ?? 1);
const INPUTS = Number(process.env['VMTOLL_FUZZ_INPUTS'] ?? 100_000);
const PROCESSES = Number(process.env['VMTOLL_FUZZ_PROCESSES'] ?? 2);
const REPLAY = process.env['VMTOLL_FUZZ_REPLAY'];
/** A fuzzer that is refused at the door tests nothing. */
const LEAST_SHARE_WITH_RECORDS = 0.2;
const MS_PER_INPUT = 60;
const MIB = 2 ** 20;

async function replay(file: string): Promise<void> {
  const bytes = Uint8Array.from(readFileSync(file));
  // The campaign leaves beside the file how it was read.
  const choices: RunChoices = existsSync(`${file}.json`)
    ? JSON.parse(readFileSync(`${file}.json`, 'utf8'))
    : { streams: false, reports: true };
  const beside = (await buildCorpus()).find(({ name }) => name === choices.beside)?.bytes;
  const start = performance.now();
  const outcome = await runOne(bytes, choices, beside);
  console.log(`${(performance.now() - start).toFixed(1)} ms`, choices, outcome);
}

test(REPLAY === undefined ? `${INPUTS} damaged inputs (campaign ${CAMPAIGN})` : `the input of ${REPLAY}`, {
  timeout: 120_000 + INPUTS * MS_PER_INPUT,
}, async () => {
  if (REPLAY !== undefined) return replay(REPLAY);
  const corpus = await buildCorpus();
  for (const { format, name, bytes } of corpus) {
    const outcome = await runOne(bytes, { streams: false, reports: true });
    expect(outcome, `${format}/${name}, undamaged`).toMatchObject({ opened: true, explained: true });
  }
  const start = performance.now();
  const result = await runCampaign(corpus, { campaign: CAMPAIGN, inputs: INPUTS, processes: PROCESSES });
  const seconds = (performance.now() - start) / 1000;

  console.table(Object.fromEntries(result.counts));
  const [baseline, peak] = [result.baseline / MIB, result.peak / MIB].map(Math.round);
  console.log(`${INPUTS} inputs in ${seconds.toFixed(1)} s; memory ${baseline} MiB at first, ${peak} MiB at most`);

  expect(describeFailures(corpus, CAMPAIGN, result.failures)).toEqual([]);
  expect([...result.counts.values()].reduce((sum, { inputs }) => sum + inputs, 0)).toBe(INPUTS);
  for (const format of new Set(corpus.map((seed) => seed.format))) {
    const { inputs, withRecords } = result.counts.get(format)!;
    expect(withRecords / inputs, `share of ${format} inputs that gave records`).toBeGreaterThan(
      LEAST_SHARE_WITH_RECORDS,
    );
  }
});
