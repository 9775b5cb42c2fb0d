/** Light or dark: as the system says, or as chosen; on paper always light. */
import { computed, effect, signal } from '@preact/signals';
import { ACCOUNTS } from '../../../src/ledger/accounts.js';
import { textColourOn } from '../drawing/lane-image.js';
import { ACCOUNT_COLOURS, SURFACES, THEMES, type Theme } from './palette.js';

export const THEME_CHOICES = ['system', ...THEMES] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

const STORED_AS = 'vmtoll.theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

const choice = signal<ThemeChoice>(storedChoice());
const isSystemDark = signal(systemIsDark.matches);
const isPrinting = signal(false);

/** What is shown. Whoever draws on a canvas reads it, and draws again when it changes. */
export const theme = computed<Theme>(() => {
  if (isPrinting.value) return 'light';
  if (choice.value !== 'system') return choice.value;
  return isSystemDark.value ? 'dark' : 'light';
});

export const themeChoice = computed(() => choice.value);

export function chooseTheme(wanted: ThemeChoice): void {
  choice.value = wanted;
  try {
    localStorage.setItem(STORED_AS, wanted);
  } catch {
    // A page from a file may have no storage: the choice then lasts as long as the page.
  }
}

/** Sets the custom properties that all styles use, now and at every change. */
export function startTheme(): void {
  systemIsDark.addEventListener('change', ({ matches }) => {
    isSystemDark.value = matches;
  });
  addEventListener('beforeprint', () => {
    isPrinting.value = true;
  });
  addEventListener('afterprint', () => {
    isPrinting.value = false;
  });
  effect(() => {
    const { style } = document.documentElement;
    style.colorScheme = theme.value;
    document.documentElement.dataset.theme = theme.value;
    for (const [name, colour] of Object.entries(SURFACES[theme.value])) style.setProperty(`--${name}`, colour);
    for (const account of ACCOUNTS) {
      const colour = ACCOUNT_COLOURS[theme.value][account];
      style.setProperty(`--account-${account}`, colour);
      style.setProperty(`--on-${account}`, textColourOn(colour));
    }
    for (const ground of ['kernelThread', 'otherThread'] as const) {
      style.setProperty(`--on-${ground}`, textColourOn(SURFACES[theme.value][ground]));
    }
  });
}

function storedChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(STORED_AS);
    return THEME_CHOICES.find((one) => one === stored) ?? 'system';
  } catch {
    return 'system';
  }
}
