/** What the server's thread and the threads that analyse recordings say to each other. */
import type { Issue } from '../base/issue.js';
import type { Answer, ExplanationQuery, Progress, Question, Workspace } from '../workspace/protocol.js';

/** @template Task what is to be opened, plain data */
export type ToAnalyst<Task> =
  | { readonly kind: 'open'; readonly task: Task }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  /** For a thread that is there for this alone. */
  | { readonly kind: 'part'; readonly task: Task; readonly query: ExplanationQuery }
  | { readonly kind: 'difference'; readonly task: Task };

export type FromAnalyst =
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** `explanations` are JSON, by recording; `comparison` is empty where there is none. */
  | {
      readonly kind: 'opened';
      readonly workspace: Workspace;
      readonly explanations: readonly string[];
      readonly comparison: string;
    }
  | { readonly kind: 'failed'; readonly issue: Issue }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer };
