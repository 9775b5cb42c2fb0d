/** The page takes files wherever they are dropped. */
import { signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { shownText } from '../design/text.js';
import { type DroppedFile, WORKER_LIMITS } from '../engine/worker-engine.js';
import { engineForFiles } from '../starting.js';
import { FIRST_VIEW, forgetViews, goTo } from '../state/address.js';
import { type Fault, faultOf } from '../state/loading.js';
import { openEngine } from '../state/workspace.js';
import { droppedFiles } from './dropped.js';

const refused = signal<Fault | undefined>(undefined);

export function DropZone({ children }: { children: ComponentChildren }) {
  const isOver = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      isOver.value = false;
      if (event.dataTransfer !== null) void droppedFiles(event.dataTransfer).then(openFiles, refuse);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return (
    <div class="page">
      <Refusal />
      {children}
      {isOver.value && (
        <div class="drop-here">
          <p>Drop to analyse it here: nothing leaves this computer</p>
          <p class="limits">{WORKER_LIMITS}</p>
        </div>
      )}
    </div>
  );
}

export function FileChooser() {
  return (
    <label class="button primary">
      Choose files
      <input
        class="visually-hidden"
        type="file"
        multiple
        onChange={({ currentTarget: { files } }) =>
          openFiles([...(files ?? [])].map((file) => ({ file, path: file.name })))
        }
      />
    </label>
  );
}

function openFiles(files: readonly DroppedFile[]): void {
  try {
    const engine = engineForFiles(files);
    refused.value = undefined;
    goTo(FIRST_VIEW, { recording: null, from: null, to: null, machine: null, vcpu: null, cost: null });
    forgetViews();
    void openEngine(engine);
  } catch (error) {
    refuse(error);
  }
}

function refuse(error: unknown): void {
  refused.value = faultOf(error);
}

/** Why dropped files were not opened; what was open before is left as it is. */
function Refusal() {
  const fault = refused.value;
  if (fault === undefined) return null;
  return (
    <p class="banner warning refusal" role="alert">
      <span>
        {shownText(fault.message)} {fault.hint !== undefined && shownText(fault.hint)}
      </span>
      <button
        type="button"
        class="plain"
        aria-label="Dismiss"
        onClick={() => {
          refused.value = undefined;
        }}
      >
        ✕
      </button>
    </p>
  );
}
