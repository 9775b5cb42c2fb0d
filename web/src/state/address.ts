/**
 * The state of the page is its address: the part after "#", which no server sees and which works from a file.
 *
 * `#v1/VIEW?NAME=VALUE&…`. What is common to all views (SHARED) stays when the view changes; the rest belongs to one view.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals';

const VERSION = 'v1';
export const FIRST_VIEW = 'overview';

/** Which recording, which part of T, which vCPUs, and whose time counts. */
const SHARED = ['recording', 'from', 'to', 'machine', 'vcpu', 'cost'] as const;
export type SharedName = (typeof SHARED)[number];

export type Parameters = Readonly<Record<string, string>>;

export interface Address {
  readonly view: string;
  readonly parameters: Parameters;
}

/** null takes a parameter away. */
export type Changes = Readonly<Record<string, string | number | null>>;

const current = signal<Address>(parseAddress(location.hash));

export const address: ReadonlySignal<Address> = computed(() => current.value);

/** How each view was left, while the page is open. */
const left = new Map<string, Parameters>();

for (const event of ['hashchange', 'popstate']) addEventListener(event, () => become(parseAddress(location.hash)));

function become(wanted: Address): void {
  const { view, parameters } = current.peek();
  if (view !== wanted.view) left.set(view, parameters);
  current.value = wanted;
}

export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const [version, view] = path.split('/', 2);
  // An address of another version, or none: what it meant is not known.
  if (version !== VERSION || view === undefined || view === '') return { view: FIRST_VIEW, parameters: {} };
  return { view, parameters: Object.fromEntries(new URLSearchParams(query)) };
}

export function formatAddress({ view, parameters }: Address): string {
  const query = new URLSearchParams(parameters).toString();
  return `#${VERSION}/${view}${query === '' ? '' : `?${query}`}`;
}

/** The address of a view, with what is shared kept as it is unless changed: for links. */
export function linkTo(view: string, changes: Changes = {}): string {
  return formatAddress(changed(view, changes));
}

/** Goes there; the back button leads back. */
export function goTo(view: string, changes: Changes = {}): void {
  show(changed(view, changes), 'pushState');
}

/** The address of a view as it was left, with what is shared as it is now: for tabs. */
export const linkBackTo = (view: string): string => formatAddress(asLeft(view));

/** Goes to a view as it was left. */
export const goBackTo = (view: string): void => show(asLeft(view), 'pushState');

/** Other recordings are open: what was looked at says nothing about them. */
export const forgetViews = (): void => left.clear();

/** Changes parameters of this view; `quietly` leaves no step for the back button (typing, dragging). */
export function setParameters(changes: Changes, quietly = false): void {
  show(changed(current.value.view, changes), quietly ? 'replaceState' : 'pushState');
}

export const parameter = (name: string): string | undefined => current.value.parameters[name];

const isShared = (name: string): boolean => SHARED.some((shared) => shared === name);

function asLeft(view: string): Address {
  const { view: before, parameters } = current.value;
  if (view === before) return { view, parameters };
  const was = left.get(view) ?? {};
  // Lanes and times are of one recording.
  const own = was['recording'] === parameters['recording'] ? Object.entries(was) : [];
  const shared = Object.entries(parameters).filter(([name]) => isShared(name));
  return { view, parameters: Object.fromEntries([...own.filter(([name]) => !isShared(name)), ...shared]) };
}

function changed(view: string, changes: Changes): Address {
  const { view: before, parameters } = current.value;
  const isKept = (name: string): boolean => view === before || isShared(name);
  const kept = Object.entries(parameters).filter(([name]) => isKept(name) && !(name in changes));
  const added = Object.entries(changes).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  return { view, parameters: Object.fromEntries([...kept, ...added]) };
}

function show(wanted: Address, how: 'pushState' | 'replaceState'): void {
  const hash = formatAddress(wanted);
  if (hash === formatAddress(current.value)) return;
  history[how](null, '', hash);
  become(wanted);
}
