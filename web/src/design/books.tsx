/** What stands around every view that shows books: they are on their way, failed, or the part of them that is chosen. */
import type { ComponentType } from 'preact';
import type { Explanation } from '../engine/engine.js';
import { latest } from '../state/loading.js';
import { explanation, range, workspace } from '../state/workspace.js';
import { Banner, FailedState, LoadingState } from './states.jsx';
import { shownText } from './text.js';

interface BooksProps {
  readonly View: ComponentType<{ explanation: Explanation }>;
}

export function WithBooks({ View }: BooksProps) {
  const asked = explanation.value;
  if (asked.state === 'failed') return <FailedState fault={asked.fault} />;
  const books = latest(asked);
  if (books === undefined) return <LoadingState />;
  const isOld = asked.state === 'loading';
  const space = latest(workspace.value);
  const limits = space?.limits ?? [];
  return (
    <div class={isOld ? 'books old' : 'books'} aria-busy={isOld}>
      {isOld && <progress class="thin" aria-label="counting what is chosen" />}
      {limits.map((limit) => (
        <Banner key={limit} kind="note">
          {shownText(limit)}
        </Banner>
      ))}
      {space?.ranges === false && range.value !== undefined && (
        <Banner kind="note">
          These numbers are of all of T, not of the range that is selected: only the timeline and the heat maps have
          that here. <code>vmtoll open</code> with the recording counts any range.
        </Banner>
      )}
      {!books.recording.clockMeasuresTime && (
        <Banner kind="warning">
          The clock of this recording orders events but does not measure time: no duration here means anything.
        </Banner>
      )}
      <View explanation={books} />
    </div>
  );
}
