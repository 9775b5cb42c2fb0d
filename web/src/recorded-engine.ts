/** Answers with results that were printed with --json and embedded in the page. */
import { type Comparison, type Difference, type Engine, EngineError, type Explanation } from './engine/engine.js';

interface Recorded {
  readonly explanations: readonly Explanation[];
  readonly comparison?: Comparison;
  readonly difference?: Difference;
}

export function recordedEngine(): Engine | undefined {
  const text = document.querySelector('#vmtoll-results')?.textContent;
  if (text === undefined || text === null) return undefined;
  const { explanations, comparison, difference } = JSON.parse(text) as Recorded;
  const missing = () => Promise.reject(new EngineError('no-timeline', 'There is no timeline in printed results'));
  return {
    kind: 'report',
    open: () =>
      Promise.resolve({
        version: '',
        recordings: explanations.map(({ recording: { sources, durationNs, timeUnit } }) => ({
          names: sources,
          lengthNs: durationNs,
          timeUnit,
        })),
        hasComparison: comparison !== undefined,
        hasDifference: difference !== undefined,
        ranges: false,
        limits: [],
      }),
    explanation: ({ recording }) => Promise.resolve(explanations[recording]),
    timeline: missing,
    tile: missing,
    sums: missing,
    episode: missing,
    heat: missing,
    comparison: () => Promise.resolve(comparison),
    difference: () => Promise.resolve(difference),
    close: () => {},
  };
}
