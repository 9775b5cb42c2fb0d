/** The thread that opens recordings for vmtoll open and answers about them; see src/server/messages.ts. */
import { parentPort } from 'node:worker_threads';
import type { Issue } from '../base/issue.js';
import type { EpisodeTimeline } from '../episodes/timeline.js';
import type { BooksOfParts } from '../explain/books-of-parts.js';
import type { FromAnalyst, ToAnalyst } from '../server/messages.js';
import { answerFrom, partFrom } from '../workspace/answers.js';
import type { Answer, ExplanationQuery, RecordingInfo } from '../workspace/protocol.js';
import { differenceOf } from './diff.js';
import { comparisonOf, explainedPart, type OpenedRecording, type OpenTask, openRecordingAt } from './opening.js';
import { jsonText } from './output.js';

const port = parentPort;
if (port === null) throw new Error('this is the code of a thread');
const tell = (message: FromAnalyst): void => port.postMessage(message);

let timelines: readonly EpisodeTimeline[] = [];
let parts: readonly BooksOfParts[] = [];

port.on('message', (message: ToAnalyst<OpenTask>) => {
  if (message.kind === 'open') void open(message.task);
  else if (message.kind === 'part') void part(message.task, message.query);
  else if (message.kind === 'difference') void difference(message.task);
  else tell({ kind: 'answer', id: message.id, answer: answered(message.question) });
});

function answered(question: Extract<ToAnalyst<OpenTask>, { kind: 'ask' }>['question']): Answer {
  const { ask } = question;
  if (ask === 'comparison' || ask === 'difference') throw new Error(`${ask} is not asked here`);
  return ask === 'explanation' ? partFrom(parts, question, jsonText) : answerFrom(timelines, question);
}

async function open(task: OpenTask): Promise<void> {
  const comparison = comparisonOf(task);
  if (!comparison.ok) {
    tell({ kind: 'failed', issue: comparison.issue });
    return;
  }
  const [infos, explanations]: [RecordingInfo[], string[]] = [[], []];
  const opened: OpenedRecording[] = [];
  for (const index of task.recordings.keys()) {
    const result = await openRecordingAt(task, index, (progress) => tell({ kind: 'progress', progress }));
    if (!result.ok) {
      tell({ kind: 'failed', issue: result.issue });
      return;
    }
    infos.push(result.value.info);
    explanations.push(jsonText(result.value.explanation));
    opened.push(result.value);
  }
  timelines = opened.map(({ timeline }) => timeline);
  parts = opened.map((one) => one.parts);
  tell({
    kind: 'opened',
    workspace: {
      version: task.version,
      recordings: infos,
      hasComparison: comparison.value !== undefined,
      hasDifference: infos.length === 2,
      ranges: !task.recordings.some((paths) => paths.includes('-')),
      limits: timelines.map(({ info }) => info.limit).filter((limit) => limit !== ''),
    },
    explanations,
    comparison: comparison.value === undefined ? '' : jsonText(comparison.value),
  });
}

async function part(task: OpenTask, query: ExplanationQuery): Promise<void> {
  const result = await explainedPart(task, query);
  settle(result.ok ? { value: result.value } : result);
}

async function difference(task: OpenTask): Promise<void> {
  const [before, after] = task.recordings;
  const result = await differenceOf({ before: before ?? [], after: after ?? [] }, task.flags);
  settle(result.ok ? { value: result.value } : result);
}

/** The one answer of a thread that is there for it alone. */
function settle(outcome: { readonly value: unknown } | { readonly issue: Issue }): void {
  const answer: Answer =
    'issue' in outcome ? { ok: false, issue: outcome.issue } : { ok: true, text: jsonText(outcome.value) };
  tell({ kind: 'answer', id: 0, answer });
}
