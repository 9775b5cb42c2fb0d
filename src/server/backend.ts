/** Who answers the server's questions. */
import type { Issue } from '../base/issue.js';
import type { Answer, Progress, Question, Workspace } from '../workspace/protocol.js';

export type Opening =
  | { readonly state: 'working'; readonly progress: Progress }
  | { readonly state: 'ready'; readonly workspace: Workspace }
  | { readonly state: 'failed'; readonly issue: Issue };

export interface Backend {
  /** How far it is. Questions are answered when it is ready. */
  opening(): Opening;
  /** @param signal when nobody waits for the answer any more */
  ask(question: Question, signal: AbortSignal): Promise<Answer>;
}
