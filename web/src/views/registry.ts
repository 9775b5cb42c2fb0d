/** The views, in the order of their tabs and of the keys 1, 2, 3 … */
import { benchmarksView } from './benchmarks/benchmarks.jsx';
import { compareView } from './compare/compare.jsx';
import { exitsView } from './exits/exits.jsx';
import { findingsView } from './findings/findings.jsx';
import { heatView } from './heat/heat.jsx';
import { overviewView } from './overview/overview.jsx';
import { schedulingView } from './scheduling/scheduling.jsx';
import { timelineView } from './timeline/timeline.jsx';
import type { View } from './view.js';

export const VIEWS: readonly View[] = [
  overviewView,
  timelineView,
  exitsView,
  heatView,
  schedulingView,
  findingsView,
  benchmarksView,
  compareView,
];
