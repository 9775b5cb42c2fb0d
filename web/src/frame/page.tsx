/** The page around the views: header, tabs, what is open, what went wrong. */
import { useEffect, useRef } from 'preact/hooks';
import { FailedState, LoadingState, NothingHere } from '../design/states.jsx';
import { Tooltip } from '../design/tooltip.jsx';
import { address, goBackTo } from '../state/address.js';
import { useKeys } from '../state/keys.js';
import { latest } from '../state/loading.js';
import { engine, selectRange, undoRange, workspace } from '../state/workspace.js';
import { VIEWS } from '../views/registry.js';
import { DropZone, FileChooser } from './drop-zone.jsx';
import { Header } from './header.jsx';
import { HelpDialog, openHelp } from './help.jsx';
import { openSearch, Search } from './search.jsx';
import { Tabs } from './tabs.jsx';
import { Welcome } from './welcome.jsx';

const PAGE_KEYS = {
  title: 'Everywhere',
  yields: true,
  bindings: [
    { keys: ['/'], does: 'Search machines, exits, devices, threads, findings', run: openSearch },
    { keys: ['?'], does: 'Show these keys', run: openHelp },
    {
      keys: VIEWS.map((_, index) => String(index + 1)),
      does: 'Go to a view by the number of its tab, as it was left',
      run: ({ key }: KeyboardEvent) => goBackTo(VIEWS[Number(key) - 1].id),
    },
    { keys: ['u'], does: 'Undo: back to the range that was selected before', run: undoRange },
    { keys: ['0'], does: 'Count all of T again', run: () => selectRange(null) },
  ],
};

export function Page() {
  useKeys(PAGE_KEYS);
  const view = VIEWS.find(({ id }) => id === address.value.view) ?? VIEWS[0];
  const main = useRef<HTMLDivElement>(null);
  useEffect(() => {
    document.title = `${view.title} · vmtoll`;
    main.current?.scrollTo?.(0, 0);
  }, [view]);
  return (
    <DropZone>
      <Header />
      {engine.value !== undefined && <Tabs shown={view.id} />}
      <main>
        <div class="view" id="view" role="tabpanel" aria-labelledby={`tab-${view.id}`} tabIndex={-1} ref={main}>
          <Opened id={view.id} />
        </div>
      </main>
      <Search />
      <HelpDialog />
      <Tooltip />
    </DropZone>
  );
}

function Opened({ id }: { id: string }) {
  const space = workspace.value;
  if (engine.value === undefined) return <Welcome />;
  if (space.state === 'loading') return <LoadingState progress={space.progress} />;
  if (space.state === 'failed') {
    return <FailedState fault={space.fault}>{engine.value.kind === 'worker' && <FileChooser />}</FailedState>;
  }
  const { missing, Content } = VIEWS.find((view) => view.id === id) ?? VIEWS[0];
  const what = missing(latest(space)!);
  return what === undefined ? <Content /> : <NothingHere message={what} />;
}
