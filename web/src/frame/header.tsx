/** What is open, which part of it counts, whose time counts, and how the page looks. */
import { formatMoment, formatTime, shownName } from '../design/text.js';
import { chooseTheme, THEME_CHOICES, type ThemeChoice, themeChoice } from '../design/theme.js';
import { linkTo, setParameters } from '../state/address.js';
import { latest } from '../state/loading.js';
import {
  costKind,
  explanation,
  lengthNs,
  machine,
  range,
  recording,
  selectRange,
  undoRange,
  vcpu,
  wholeExplanation,
  workspace,
} from '../state/workspace.js';
import { openHelp } from './help.jsx';
import { openSearch } from './search.jsx';

export function Header() {
  return (
    <header class="header">
      <a class="brand" href={linkTo('overview')}>
        vmtoll
      </a>
      <RecordingChoice />
      <VcpuChoice />
      <RangeChip />
      <span class="spring" />
      <CostChoice />
      <span class="header-tools">
        <button type="button" onClick={openSearch} title="Search (/)" class="search-button">
          Search <span class="key">/</span>
        </button>
        <ThemeSelect />
        <button type="button" onClick={openHelp} aria-label="Keys (?)" title="Keys (?)">
          ?
        </button>
      </span>
    </header>
  );
}

/** The last part of a path, which is what tells recordings apart best. */
const shortName = (name: string): string => shownName(name.split('/').slice(-2).join('/'));

function RecordingChoice() {
  const recordings = latest(workspace.value)?.recordings ?? [];
  if (recordings.length === 0) return null;
  const labels = recordings.map(({ names }) => names.map(shortName).join(' + '));
  if (recordings.length === 1) {
    return (
      <span class="recording-name" title={recordings[0].names.map(shownName).join('\n')}>
        {labels[0]}
      </span>
    );
  }
  return (
    <select
      aria-label="Recording"
      value={recording.value}
      onChange={({ currentTarget: { value } }) =>
        setParameters({ recording: value === '0' ? null : value, from: null, to: null, machine: null, vcpu: null })
      }
    >
      {labels.map((label, index) => (
        <option key={index} value={index}>
          {index === 0 ? 'before: ' : 'after: '}
          {label}
        </option>
      ))}
    </select>
  );
}

function VcpuChoice() {
  const machines = latest(wholeExplanation.value)?.machines ?? [];
  const hasParts = latest(workspace.value)?.recordings[recording.value]?.hasParts === true;
  if (!hasParts || machines.length === 0) return null;
  if (machines.length === 1 && machines[0].vcpus.length === 1) return null;
  const chosen = machine.value === undefined ? '' : JSON.stringify([machine.value, vcpu.value ?? null]);
  const choose = (value: string) => {
    if (value === '') return setParameters({ machine: null, vcpu: null });
    const [id, number] = JSON.parse(value) as [string, number | null];
    return setParameters({ machine: id, vcpu: number });
  };
  return (
    <select aria-label="vCPUs that count" value={chosen} onChange={({ currentTarget }) => choose(currentTarget.value)}>
      <option value="">all vCPUs</option>
      {machines.map(({ id, vcpus }) => (
        <optgroup key={id} label={shownName(id)}>
          <option value={JSON.stringify([id, null])}>{shownName(id)}, all vCPUs</option>
          {vcpus.map(({ id: number }) => (
            <option key={number} value={JSON.stringify([id, number])}>
              {shownName(id)}, vCPU {number}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

function RangeChip() {
  const chosen = range.value;
  const isBusy = explanation.value.state === 'loading';
  if (lengthNs.value === 0) return null;
  if (chosen === undefined) {
    return (
      <span class="range" title="All views count the whole recording. Select a range in the timeline or a heat map.">
        T = {formatTime(lengthNs.value)}
      </span>
    );
  }
  return (
    <span class="range chosen" aria-busy={isBusy}>
      <span>
        {formatMoment(chosen.fromNs)} – {formatMoment(chosen.toNs)} <b>({formatTime(chosen.toNs - chosen.fromNs)})</b>
      </span>
      <button type="button" class="plain" onClick={undoRange} title="Back to the range before (U)">
        Undo
      </button>
      <button
        type="button"
        class="plain"
        aria-label="Count all of T"
        title="Count all of T (0)"
        onClick={() => selectRange(null)}
      >
        ✕
      </button>
    </span>
  );
}

function CostChoice() {
  if (lengthNs.value === 0) return null;
  return (
    <fieldset class="switch" aria-label="Whose time counts">
      {(
        [
          ['delay', 'Guest delay', 'What guests suffer: hypervisor + vmm + interrupt + blocked + wakeup + preempted'],
          ['host', 'Host cost', 'What the host burns beside guest code: hypervisor + vmm + interrupt + poll'],
        ] as const
      ).map(([kind, label, title]) => (
        <label key={kind} title={title}>
          <input
            type="radio"
            name="cost"
            checked={costKind.value === kind}
            onChange={() => setParameters({ cost: kind === 'delay' ? null : kind })}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

const THEME_LABELS: Readonly<Record<ThemeChoice, string>> = { system: 'Auto', light: 'Light', dark: 'Dark' };

function ThemeSelect() {
  return (
    <select
      aria-label="Light or dark"
      value={themeChoice.value}
      onChange={({ currentTarget }) => chooseTheme(currentTarget.value as ThemeChoice)}
    >
      {THEME_CHOICES.map((choice) => (
        <option key={choice} value={choice}>
          {THEME_LABELS[choice]}
        </option>
      ))}
    </select>
  );
}
