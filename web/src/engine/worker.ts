/** The worker that analyses dropped files: nothing leaves the browser. */
import type { FromAnalyst } from '../../../src/server/messages.js';
import { type Answer, type ExplanationQuery, type Question, refused } from '../../../src/workspace/protocol.js';
import type { DroppedFile } from './dropped-files.js';
import { FileAnalysis } from './file-analysis.js';

export type ToWorker =
  | { readonly kind: 'open'; readonly files: readonly DroppedFile[] }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'part'; readonly files: readonly DroppedFile[]; readonly query: ExplanationQuery };

declare const self: {
  postMessage(message: FromAnalyst, transfer?: readonly ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: ToWorker }) => void): void;
};

/** Only workers have it. */
declare const FileReaderSync: new () => { readAsArrayBuffer(blob: Blob): ArrayBuffer };

const reader = new FileReaderSync();
const readNow = (blob: Blob): Uint8Array => new Uint8Array(reader.readAsArrayBuffer(blob));

let analysis: FileAnalysis | undefined;

self.addEventListener('message', ({ data }) => {
  void answered(data).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    self.postMessage({ kind: 'failed', issue: { code: 'unexpected', severity: 'error', message } });
  });
});

async function answered(message: ToWorker): Promise<void> {
  if (message.kind === 'open') await open(message.files);
  else if (message.kind === 'part') {
    const answer = await new FileAnalysis(message.files, readNow).part(message.query);
    self.postMessage({ kind: 'answer', id: 0, answer });
  } else self.postMessage({ kind: 'answer', id: message.id, answer: answerOf(message.question) });
}

/** Whoever asked waits for an answer, whatever happens. */
function answerOf(question: Question): Answer {
  try {
    return analysis?.answer(question) ?? refused('not-open-yet', 'The recording is still being read.');
  } catch (error) {
    return refused('unexpected', error instanceof Error ? error.message : String(error));
  }
}

async function open(files: readonly DroppedFile[]): Promise<void> {
  analysis = new FileAnalysis(files, readNow);
  const opened = await analysis.open((progress) => self.postMessage({ kind: 'progress', progress }));
  if (!opened.ok) self.postMessage({ kind: 'failed', issue: opened.issue });
  else self.postMessage({ kind: 'opened', workspace: opened.value, explanations: [], comparison: '' });
}
