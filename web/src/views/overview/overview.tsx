/** The answer in one screen. */

import { latest } from '../../state/loading.js';
import { explanation } from '../../state/workspace.js';
import type { View } from '../view.js';
import { needsRecording } from '../view.js';

export const overviewView: View = {
  id: 'overview',
  title: 'Overview',
  about: 'where the time went, in one screen',
  missing: needsRecording,
  Content: Overview,
};

function Overview() {
  const books = latest(explanation.value);
  return <p>{books === undefined ? 'Reading' : books.totals.exits}</p>;
}
