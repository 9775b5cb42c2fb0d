/** What a view is: one file in its folder exports one, and one line in registry.ts adds it. */
import type { ComponentType } from 'preact';
import type { Workspace } from '../engine/engine.js';

export interface View {
  /** In the address. */
  readonly id: string;
  /** On the tab. */
  readonly title: string;
  /** What is in it, for the search and the help. */
  readonly about: string;
  /** Whether there is anything to see; a sentence says what is missing. */
  readonly missing: (workspace: Workspace) => string | undefined;
  readonly Content: ComponentType;
}

export const needsRecording = ({ recordings }: Workspace): string | undefined =>
  recordings.length > 0 ? undefined : 'There is no recording here, only benchmarks: vmtoll open RECORDING NATIVE VM';
