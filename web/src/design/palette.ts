/**
 * All colours of the page, once for light and once for dark.
 *
 * Accounts have one colour everywhere. The ten were chosen so that any two stay apart by at least 0.09 in OKLab (about
 * four just noticeable differences) for people with full colour vision, protanopia, deuteranopia and tritanopia alike;
 * a test computes it, and that text has at least the contrast that WCAG 2 AA asks for.
 */
import type { AccountName } from '../../../src/ledger/accounts.js';

export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const ACCOUNT_COLOURS: Readonly<Record<Theme, Readonly<Record<AccountName, string>>>> = {
  light: {
    guest: '#a5d8b8',
    hypervisor: '#2c4a9e',
    vmm: '#57b0f5',
    interrupt: '#ffd92b',
    poll: '#9a45d4',
    idle: '#f1f3f6',
    blocked: '#b98fa3',
    wakeup: '#e59a0b',
    preempted: '#9b1226',
    unknown: '#66707c',
  },
  dark: {
    guest: '#3d6152',
    hypervisor: '#6f93f5',
    vmm: '#a5e6fb',
    interrupt: '#f9ee5f',
    poll: '#7a55cf',
    idle: '#262b33',
    blocked: '#cfa9bd',
    wakeup: '#f7a11b',
    preempted: '#e8502f',
    unknown: '#868c95',
  },
};

/** Of everything else. `onAccent` is text on `accent`; the verdicts are text on `surface` and `page`. */
export interface Surfaces {
  readonly page: string;
  readonly surface: string;
  readonly raised: string;
  readonly line: string;
  readonly strongLine: string;
  readonly text: string;
  readonly quiet: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly selected: string;
  readonly worse: string;
  readonly better: string;
  readonly unclear: string;
  readonly warning: string;
  /** Threads on pCPUs that are neither vCPUs nor of a VMM: of the kernel, and of other processes. */
  readonly kernelThread: string;
  readonly otherThread: string;
}

export const SURFACES: Readonly<Record<Theme, Surfaces>> = {
  light: {
    page: '#f4f6f8',
    surface: '#ffffff',
    raised: '#eaeef3',
    line: '#d8dee6',
    strongLine: '#8a95a3',
    text: '#171c23',
    quiet: '#545e6b',
    accent: '#1b57b8',
    onAccent: '#ffffff',
    selected: '#dde9fb',
    worse: '#a3181d',
    better: '#0b5cad',
    unclear: '#5f6670',
    warning: '#fff3d1',
    kernelThread: '#c3ab92',
    otherThread: '#7f6954',
  },
  dark: {
    page: '#0e1217',
    surface: '#151a21',
    raised: '#1f2630',
    line: '#2b3440',
    strongLine: '#66717f',
    text: '#e7ebf1',
    quiet: '#a3aebb',
    accent: '#86b4ff',
    onAccent: '#0b1526',
    selected: '#1d3355',
    worse: '#ff8a7a',
    better: '#7cc0ff',
    unclear: '#a7b0ba',
    warning: '#3a3013',
    kernelThread: '#6e5c4b',
    otherThread: '#a58b73',
  },
};
