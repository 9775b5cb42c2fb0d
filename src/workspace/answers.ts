/** Answers what is asked about timelines. */
import { encodeTile } from '../episodes/tile-codec.js';
import type { EpisodeTimeline } from '../episodes/timeline.js';
import type { BooksOfParts } from '../explain/books-of-parts.js';
import { type Answer, type ExplanationQuery, refused, type TimelineQuestion } from './protocol.js';

/** @param timelines by position of their recording */
export function answerFrom(timelines: readonly EpisodeTimeline[], question: TimelineQuestion): Answer {
  const timeline = timelines[question.recording];
  if (timeline === undefined) return refused('no-such-recording', `There is no recording ${question.recording}.`);
  switch (question.ask) {
    case 'tile':
      return { ok: true, bytes: encodeTile(timeline.tile(question)) };
    case 'sums':
      return json(timeline.sums(question));
    case 'episode':
      return json(timeline.episode(question));
    case 'heat':
      return json(timeline.heat(question));
    default:
      return json(timeline.info);
  }
}

/**
 * The books of a machine or a vCPU over all of T.
 * @param parts by position of their recording
 * @param textOf writes an Explanation as JSON
 */
export function partFrom(
  parts: readonly BooksOfParts[],
  { recording, machine, vcpu }: ExplanationQuery,
  textOf: (value: unknown) => string,
): Answer {
  const part = parts[recording];
  if (part === undefined) return refused('no-such-recording', `There is no recording ${recording}.`);
  const result = part.of({ ...(machine !== undefined && { machine }), ...(vcpu !== undefined && { vcpu }) });
  return result.ok ? { ok: true, text: textOf(result.value) } : result;
}

const json = (value: unknown): Answer => ({ ok: true, text: value === undefined ? '' : JSON.stringify(value) });
