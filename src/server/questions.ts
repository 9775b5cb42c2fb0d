/** What an address asks: parameters are checked here, so that whoever answers gets numbers. */
import { HEAT_COUNTS, HEAT_KINDS } from '../episodes/model.js';
import type { Question } from '../workspace/protocol.js';

/** Lanes of one question: as many as there can be. */
const MOST_LANES = 16_384;

/** undefined: there is no such question, or a parameter is missing or wrong. */
export function questionOf(ask: string, parameters: URLSearchParams): Question | undefined {
  try {
    return read(ask, new Parameters(parameters));
  } catch (error) {
    if (error instanceof WrongParameter) return undefined;
    throw error;
  }
}

function read(ask: string, given: Parameters): Question | undefined {
  if (ask === 'comparison' || ask === 'difference') return { ask };
  const recording = given.whole('recording');
  switch (ask) {
    case 'explanation':
      return {
        ask,
        recording,
        ...(given.has('fromNs') && { fromNs: given.number('fromNs') }),
        ...(given.has('toNs') && { toNs: given.number('toNs') }),
        ...(given.has('machine') && { machine: given.text('machine') }),
        ...(given.has('vcpu') && { vcpu: given.whole('vcpu') }),
      };
    case 'timeline':
      return { ask, recording };
    case 'tile':
      return { ask, recording, ...given.span(), lanes: given.lanes(), resolutionNs: given.number('resolutionNs') };
    case 'sums':
      return { ask, recording, ...given.span(), lanes: given.lanes() };
    case 'episode': {
      const step = given.choice('step', ['-1', '0', '1'] as const, '0');
      return {
        ask,
        recording,
        lane: given.whole('lane'),
        timeNs: given.number('timeNs'),
        step: Number(step) as -1 | 0 | 1,
      };
    }
    case 'heat':
      return {
        ask,
        recording,
        ...given.span(),
        lanes: given.lanes(),
        columns: given.whole('columns'),
        kind: given.choice('kind', HEAT_KINDS),
        count: given.choice('count', HEAT_COUNTS, 'exits'),
        ...(given.has('rows') && { rows: given.whole('rows') }),
        ...(given.has('periodNs') && { periodNs: given.number('periodNs') }),
      };
    default:
      return undefined;
  }
}

class WrongParameter extends Error {}

class Parameters {
  readonly #given: URLSearchParams;

  constructor(given: URLSearchParams) {
    this.#given = given;
  }

  text(name: string): string {
    const text = this.#given.get(name);
    if (text === null) throw new WrongParameter(name);
    return text;
  }

  /** Not negative. */
  number(name: string): number {
    const text = this.text(name);
    const value = Number(text);
    if (!/^\d+(\.\d+)?(e\d+)?$/.test(text) || !Number.isFinite(value)) throw new WrongParameter(name);
    return value;
  }

  whole(name: string): number {
    const value = this.number(name);
    if (!Number.isSafeInteger(value)) throw new WrongParameter(name);
    return value;
  }

  span(): { fromNs: number; toNs: number } {
    return { fromNs: this.number('fromNs'), toNs: this.number('toNs') };
  }

  lanes(): number[] {
    const text = this.text('lanes');
    if (text === '') return [];
    const lanes = text.split(',');
    if (lanes.length > MOST_LANES || !lanes.every((lane) => /^\d{1,6}$/.test(lane))) throw new WrongParameter('lanes');
    return lanes.map(Number);
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[], otherwise?: Choice): Choice {
    const text = this.#given.get(name) ?? otherwise;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new WrongParameter(name);
    return found;
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }
}
