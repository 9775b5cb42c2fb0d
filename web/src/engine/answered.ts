/** An engine that asks somebody else, who answers with JSON and tiles: a server, or a worker. */
import { decodeTile } from '../../../src/episodes/tile-codec.js';
import type { Answer, Question } from '../../../src/workspace/protocol.js';
import type { Comparison, Difference, EpisodeChain, Explanation, HeatMap, LaneSums, TimelineInfo } from './engine.js';
import { type Engine, EngineError, type Tile } from './engine.js';

export type Ask = (question: Question, signal?: AbortSignal) => Promise<Answer>;

/** All of an engine but how it opens and closes. */
export function answeredBy(ask: Ask): Omit<Engine, 'kind' | 'open' | 'close'> {
  const json = async <Value>(question: Question, signal?: AbortSignal): Promise<Value | undefined> => {
    const answer = await ask(question, signal);
    if (!answer.ok) throw errorOf(answer.issue);
    if ('bytes' in answer) throw new EngineError('unexpected', 'There are bytes where text was asked for.');
    return answer.text === '' ? undefined : (JSON.parse(answer.text) as Value);
  };
  const some = async <Value>(question: Question, signal?: AbortSignal): Promise<Value> => {
    const value = await json<Value>(question, signal);
    if (value === undefined) throw new EngineError('unexpected', 'There is no answer.');
    return value;
  };
  return {
    explanation: (query, signal) => some<Explanation>({ ask: 'explanation', ...query }, signal),
    timeline: (recording, signal) => some<TimelineInfo>({ ask: 'timeline', recording }, signal),
    sums: (query, signal) => some<LaneSums[]>({ ask: 'sums', ...query }, signal),
    episode: (query, signal) => json<EpisodeChain>({ ask: 'episode', ...query }, signal),
    heat: (query, signal) => some<HeatMap>({ ask: 'heat', ...query }, signal),
    comparison: (signal) => json<Comparison>({ ask: 'comparison' }, signal),
    difference: (signal) => json<Difference>({ ask: 'difference' }, signal),
    async tile(query, signal): Promise<Tile> {
      const answer = await ask({ ask: 'tile', ...query }, signal);
      if (!answer.ok) throw errorOf(answer.issue);
      if (!('bytes' in answer)) throw new EngineError('unexpected', 'There is text where a tile was asked for.');
      const tile = decodeTile(answer.bytes);
      if (!tile.ok) throw errorOf(tile.issue);
      return tile.value;
    },
  };
}

export const errorOf = ({ code, message, hint }: { code: string; message: string; hint?: string }): EngineError =>
  new EngineError(code, message, hint);
