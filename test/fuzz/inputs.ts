/** Input number n of a campaign: always the same bytes for the same corpus, seed and n. */
import { type RandomSource, randomSource } from '../support/random-source.js';
import { mutateBytes, mutateText } from './mutate.js';
import type { RunChoices } from './run-one.js';

export interface Seed {
  /** The format as which it must be detected. */
  readonly format: string;
  readonly name: string;
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  readonly bytes: Uint8Array;
}

export interface Input {
  readonly seed: Seed;
  readonly bytes: Uint8Array;
  readonly choices: RunChoices;
  /** Of the seed that `choices.beside` names. */
  readonly beside?: Uint8Array;
}

/** Formats whose seeds are text. */
const TEXT_FORMATS = ['ftrace-text', 'perf-script', 'traceprinter'];
const STREAMABLE = ['perf-data', 'qnx-kev', 'xentrace', ...TEXT_FORMATS];
/** Now and then a binary input is treated as text and the other way round. */
const CROSSED = 0.03;
/** Per cent of the inputs. */
const WITH_REPORTS = 5;
const READ_ONLY = 40;
const GOLDEN = 0x9e37_79b1;

export function makeInput(corpus: readonly Seed[], campaign: number, number: number): Input {
  const random = randomSource((Math.imul(campaign + 1, GOLDEN) ^ Math.imul(number + 1, 0x85eb_ca6b)) | 0);
  const seed = pickSeed(corpus, random);
  const isText = TEXT_FORMATS.includes(seed.format) !== random.chance(CROSSED);
  const other = pickSeed(corpus, random).bytes;
  const bytes = isText ? mutateText(seed.bytes, other, random) : mutateBytes(seed.bytes, other, random);
  const choices = choose(corpus, seed, random);
  const beside = corpus.find(({ name }) => name === choices.beside)?.bytes;
  return { seed, bytes, choices, ...(beside && { beside }) };
}

function choose(corpus: readonly Seed[], { format }: Seed, random: RandomSource): RunChoices {
  if (random.chance(0.04)) return { streams: false, reports: false, beside: pickSeed(corpus, random).name };
  const kind = random.below(100);
  return {
    streams: STREAMABLE.includes(format) && random.chance(0.25),
    reports: kind < WITH_REPORTS,
    readsOnly: kind >= 100 - READ_ONLY,
    ...(random.chance(0.1) && { clockHz: 2.6e9 }),
    ...(random.chance(0.1) && { fromNs: random.below(2e6), toNs: random.below(2e7) }),
  };
}

function pickSeed(corpus: readonly Seed[], random: RandomSource): Seed {
  const total = corpus.reduce((sum, { weight }) => sum + weight, 0);
  let left = (random.below(1e6) / 1e6) * total;
  for (const seed of corpus) {
    left -= seed.weight;
    if (left < 0) return seed;
  }
  return corpus[0];
}
