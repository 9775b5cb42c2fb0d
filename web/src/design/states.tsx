/** What stands where a view would: it is being read, it failed, there is nothing. */
import type { ComponentChildren } from 'preact';
import type { Progress } from '../engine/engine.js';
import type { Fault } from '../state/loading.js';
import { formatCount, shownText } from './text.js';

export function LoadingState({ progress }: { progress?: Progress | undefined }) {
  return (
    <section class="state" aria-live="polite" aria-busy="true">
      <h2>{progress === undefined ? 'Opening …' : `${shownText(progress.doing)} …`}</h2>
      <progress
        aria-label="how far reading is"
        max={1}
        {...(progress?.fraction !== undefined && { value: progress.fraction })}
      />
      <p class="quiet">{progress === undefined ? ' ' : progressWords(progress)}</p>
    </section>
  );
}

function progressWords({ fraction, records, recordsPerSecond, leftMs }: Progress): string {
  const parts = [`${formatCount(records)} records`];
  if (recordsPerSecond > 0) parts.push(`${formatCount(recordsPerSecond)} a second`);
  if (fraction !== undefined) parts.push(`${Math.floor(fraction * 100)} %`);
  if (leftMs !== undefined) parts.push(`about ${Math.max(1, Math.round(leftMs / 1000))} s left`);
  return parts.join(' · ');
}

interface FailedProps {
  readonly fault: Fault;
  /** What can be done at once. */
  readonly children?: ComponentChildren;
}

export function FailedState({ fault: { code, message, hint }, children }: FailedProps) {
  return (
    <section class="state failed" role="alert">
      <h2>This cannot be shown</h2>
      <p>{shownText(message)}</p>
      {hint !== undefined && <p>{shownText(hint)}</p>}
      {children}
      <p class="quiet">
        Code <code>{code}</code>
      </p>
    </section>
  );
}

export function NothingHere({ message }: { message: string }) {
  return (
    <section class="state">
      <h2>Nothing to show here</h2>
      <p>{message}</p>
    </section>
  );
}

/** Something beside the answer that has to be known: what is partial, and why. */
export function Banner({ kind, children }: { kind: 'note' | 'warning'; children: ComponentChildren }) {
  return (
    <p class={`banner ${kind}`} role="note">
      {children}
    </p>
  );
}
