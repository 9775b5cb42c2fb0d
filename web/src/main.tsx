/** The start of the page. */
import { render } from 'preact';
import { startTheme } from './design/theme.js';
import { Page } from './frame/page.jsx';
import { firstEngine } from './starting.js';
import { startKeys } from './state/keys.js';
import { openEngine, startWorkspace } from './state/workspace.js';

startTheme();
startKeys();
startWorkspace();
const root = document.querySelector('#page')!;
root.replaceChildren();
render(<Page />, root);
const first = firstEngine();
if (first !== undefined) void openEngine(first);
