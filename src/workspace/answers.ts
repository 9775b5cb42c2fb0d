/** Answers what is asked about timelines. */
import { encodeTile } from '../episodes/tile-codec.js';
import type { EpisodeTimeline } from '../episodes/timeline.js';
import { type Answer, refused, type TimelineQuestion } from './protocol.js';

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

const json = (value: unknown): Answer => ({ ok: true, text: value === undefined ? '' : JSON.stringify(value) });
